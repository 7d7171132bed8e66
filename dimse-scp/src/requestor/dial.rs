//! From an address to an association: TCP, TLS, A-ASSOCIATE-RQ out, the answer in (PS3.8 §7.1).

use archive::Actor;
use archive::access::ApplicationEntity;
use data_set::explicit::{IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION_NAME};
use data_set::uids;
use dicom_ul::pdu::{AssociationRQ, Pdu, RequestorRoles, UserVariableItem, write_pdu};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::answer::read_answer;
use super::{Proposal, RequestFailure, Requestor};
use crate::association::{Association, Peer};
use crate::connection::Connection;
use crate::pace::LEAST_RATE;
use crate::transport::Transport;
use crate::upper_layer::PData;

/// Largest PDU that we receive: responses are small.
const MAX_PDU: u32 = 64 * 1024;

impl Requestor {
    /// Asks for an association.
    pub(super) async fn dial(
        &self,
        entity: &ApplicationEntity,
        proposal: &Proposal,
    ) -> Result<Association, RequestFailure> {
        let limit = self.0.outgoing.establishment;
        match timeout(limit, self.negotiate(entity, proposal)).await {
            Ok(result) => result,
            Err(_) => Err(RequestFailure::Silent(limit)),
        }
    }

    async fn negotiate(&self, entity: &ApplicationEntity, proposal: &Proposal) -> Result<Association, RequestFailure> {
        let outgoing = &self.0.outgoing;
        let socket = TcpStream::connect((entity.host.as_str(), entity.port));
        let socket = socket.await.map_err(RequestFailure::Unreachable)?;
        let connector = match (entity.tls, self.0.tls.read().clone()) {
            (true, Some(connector)) => Some(connector),
            (true, None) => return Err(RequestFailure::NoTls),
            (false, _) => None,
        };
        let transport = Transport::connect(socket, connector.as_ref(), &entity.host);
        let transport = transport.await.map_err(RequestFailure::Handshake)?;
        let mut connection = Connection::new(transport, outgoing.silence).at_least(LEAST_RATE);
        let request = self.request(entity, proposal);
        let mut bytes = Vec::new();
        let proposed = request.presentation_contexts.clone();
        write_pdu(&mut bytes, &Pdu::from(request)).map_err(|_| RequestFailure::Protocol("nothing can be proposed"))?;
        connection.send(&bytes).await.map_err(|end| RequestFailure::from(&end))?;
        let (contexts, max_sent) = read_answer(&mut connection, &proposed).await?;
        let (host, accepted) = (&entity.host, contexts.iter().count());
        tracing::info!(called = %entity.title, host, accepted, max_sent, "association established by us");
        let pdata = PData::new(connection, MAX_PDU, max_sent);
        // Nobody is let in by this: what the peer may do here is nothing.
        let actor = Actor {
            name: entity.title.to_string(),
            rights: Vec::new(),
            identified: false,
            address: None,
            via: "dimse",
        };
        let peer = Peer { calling: entity.title.clone(), called: self.0.title.clone(), actor };
        Ok(Association::new(pdata, contexts, peer, outgoing.response))
    }

    fn request(&self, entity: &ApplicationEntity, proposal: &Proposal) -> AssociationRQ {
        AssociationRQ {
            protocol_version: 1,
            calling_ae_title: self.0.title.to_string(),
            called_ae_title: entity.title.to_string(),
            application_context_name: uids::DICOM_APPLICATION_CONTEXT.to_owned(),
            presentation_contexts: proposal.contexts(),
            user_variables: user_variables(proposal),
        }
    }
}

fn user_variables(proposal: &Proposal) -> Vec<UserVariableItem> {
    let of_us = [
        UserVariableItem::MaxLength(MAX_PDU),
        UserVariableItem::ImplementationClassUID(IMPLEMENTATION_CLASS_UID.to_owned()),
        UserVariableItem::ImplementationVersionName(IMPLEMENTATION_VERSION_NAME.to_owned()),
    ];
    let as_scp = RequestorRoles { scu: false, scp: true };
    let roles = proposal.provided().map(|class| UserVariableItem::ScuScpRoleSelectionSubItem(class.to_owned(), as_scp));
    of_us.into_iter().chain(roles).collect()
}
