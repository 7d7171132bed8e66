//! From a connection to an association: A-ASSOCIATE-RQ in, A-ASSOCIATE-AC, -RJ or A-ABORT out (PS3.8 §7.1).

use std::net::IpAddr;
use std::sync::Arc;

use archive::access::{Admitted, Caller, ShownCertificate};
use archive::audit::{Action, AuditEvent, Outcome};
use archive::{Actor, AeTitle, Archive, access};
use data_set::uids;
use dicom_ul::pdu::{AssociationAC, AssociationRQ, Pdu, PresentationContextResult, write_pdu};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::association::{Association, Peer};
use crate::connection::Connection;
use crate::metric;
use crate::seats::{Full, Seat, Seats};
use crate::settings::Settings;
use crate::standing::Standing;
use crate::upper_layer::{
    AbortReason, Contexts, End, PData, Refusal, Rejection, answer, claim, max_length, read_request, smallest_usable,
};

/// DICOM's only application context.
const APPLICATION_CONTEXT: &str = uids::DICOM_APPLICATION_CONTEXT;
/// How actors of this shell are said to come.
const VIA: &str = "dimse";
/// Smallest Maximum Length that we announce.
const SMALLEST_PDU: u32 = 4 * 1024;

/// What negotiation needs of the server.
pub(crate) struct Door {
    pub(crate) archive: Archive,
    pub(crate) settings: Settings,
    /// A permit for each association there may be.
    pub(crate) room: Arc<Semaphore>,
    /// The associations of each calling AE title.
    pub(crate) seats: Arc<Seats>,
}

/// An association, who asked for it, and its places among all and among those of its AE.
pub(crate) type Established = (Association, Standing, Places);

/// They are free again when dropped.
type Places = (OwnedSemaphorePermit, Seat);

impl Door {
    /// Negotiates. Who is not let in has been told so, and the connection is closed.
    pub(crate) async fn accept(&self, mut connection: Connection, from: IpAddr) -> Option<Established> {
        let request = match read_request(&mut connection).await {
            Ok(request) => request,
            Err(refusal) => {
                self.refuse(connection, refusal, None, from).await;
                return None;
            }
        };
        record(&request);
        let certificate = connection.certificate();
        match self.decide(&request, certificate.as_ref(), from).await {
            Ok(decision) => decision.establish(connection, &self.settings).await,
            Err(refusal) => {
                self.refuse(connection, refusal, Some(&request), from).await;
                None
            }
        }
    }

    async fn decide(
        &self,
        request: &AssociationRQ,
        certificate: Option<&ShownCertificate>,
        from: IpAddr,
    ) -> Result<Decision, Refusal> {
        if request.protocol_version & 1 == 0 {
            return Err(Rejection::ProtocolVersion.into());
        }
        if request.application_context_name != APPLICATION_CONTEXT {
            return Err(Rejection::ApplicationContext.into());
        }
        let max_sent = max_length(&request.user_variables);
        if !smallest_usable(max_sent) {
            return Err(Rejection::MaximumLength.into());
        }
        if self.settings.check_called && request.called_ae_title != self.settings.ae_title.as_str() {
            return Err(Rejection::CalledAeTitle.into());
        }
        let (calling, admitted) = self.admit(request, certificate, from).await?;
        // What is changed from here on is found by the first operation.
        let changes = self.archive.changes_of_access();
        let (actor, identity) = self.identify(request, admitted.actor, from).await?;
        // Limits come after identity: whoever is not who it says is told so, and takes nobody's place meanwhile.
        let permit = Arc::clone(&self.room).try_acquire_owned().map_err(|_| Rejection::LocalLimit)?;
        let own = admitted.max_associations;
        let most = own.or(self.settings.max_associations_per_ae);
        // Whoever was given a number by an administrator may have so many, also of those that are kept for others.
        let free = own.map_or_else(|| self.room.available_permits(), |_| usize::MAX);
        let seat = self.seats.take(&calling, most, free).map_err(|full| match full {
            Full::Limit => Rejection::LimitOfAe,
            Full::Kept => Rejection::KeptForOthers,
        })?;
        let (mut contexts, answers) = Contexts::negotiate_by(&request.presentation_contexts, &self.settings.prefer)?;
        contexts.agree(&request.user_variables);
        let max_received = self.settings.max_pdu.max(SMALLEST_PDU);
        let ac = acceptance(request, &contexts, answers, max_received, identity == Some(true));
        let user = identity.is_some().then(|| actor.name.clone());
        let standing = Standing::new(calling.clone(), from, certificate.cloned(), self.door(), user, changes);
        let peer = Peer { calling, called: self.settings.ae_title.clone(), actor };
        Ok(Decision { ac, contexts, peer, standing, places: (permit, seat), max_received, max_sent })
    }

    /// Who may call.
    fn door(&self) -> access::Door {
        let Settings { accept_unknown, require_certificate, check_address, .. } = self.settings;
        access::Door { accept_unknown, require_certificate, check_address }
    }

    /// Asks the archive who the calling AE is.
    async fn admit(
        &self,
        request: &AssociationRQ,
        certificate: Option<&ShownCertificate>,
        from: IpAddr,
    ) -> Result<(AeTitle, Admitted), Refusal> {
        let calling = AeTitle::new(&request.calling_ae_title).map_err(|_| Rejection::NoAeTitle)?;
        match self.archive.admit_ae(&Caller { title: &calling, from, certificate }, self.door()).await {
            Ok(admitted) => Ok((calling, admitted)),
            Err(error) => {
                tracing::info!(%error, "calling AE title not admitted");
                Err(Rejection::from_archive(&error, Rejection::CallingAeTitle).into())
            }
        }
    }

    /// Checks the user identity, if one is shown: then whether the requestor wants to hear of it. The user acts with the
    /// rights that both it and its AE have.
    async fn identify(
        &self,
        request: &AssociationRQ,
        ae: Actor,
        from: IpAddr,
    ) -> Result<(Actor, Option<bool>), Refusal> {
        let Some(claim) = claim(&request.user_variables) else { return Ok((ae, None)) };
        match self.archive.authenticate(claim.credentials, Some(from), VIA).await {
            Ok(user) => Ok((user.within(&ae), Some(claim.wants_answer))),
            Err(error) => {
                tracing::info!(%error, "user identity not accepted");
                Err(Rejection::from_archive(&error, Rejection::UserIdentity).into())
            }
        }
    }

    /// Tells the requestor, the audit trail and the log.
    async fn refuse(
        &self,
        mut connection: Connection,
        refusal: Refusal,
        request: Option<&AssociationRQ>,
        from: IpAddr,
    ) {
        let pdu = match refusal {
            Refusal::Rejected(rejection) => {
                let reason = rejection.reason();
                tracing::info!(reason, "association rejected");
                metric::rejected(reason);
                if !rejection.is_the_archives() {
                    self.archive.audit(event(reason, request, from));
                }
                Some(Pdu::from(rejection.pdu()))
            }
            Refusal::Ended(end) => {
                // Port scanners, health checks and lost visitors come this way: no noise.
                tracing::debug!(%end, "no association");
                end.last_word()
            }
        };
        if let Some(pdu) = pdu {
            say(&mut connection, &pdu).await;
            connection.close().await;
        }
    }
}

/// The A-ASSOCIATE-AC to a request.
pub(crate) fn acceptance(
    request: &AssociationRQ,
    contexts: &Contexts,
    answers: Vec<PresentationContextResult>,
    max_received: u32,
    identity_accepted: bool,
) -> AssociationAC {
    AssociationAC {
        protocol_version: 1,
        calling_ae_title: request.calling_ae_title.clone(),
        called_ae_title: request.called_ae_title.clone(),
        application_context_name: APPLICATION_CONTEXT.to_owned(),
        presentation_contexts: answers,
        user_variables: answer(&request.user_variables, contexts, max_received, identity_accepted),
    }
}

/// A line in the audit trail about a rejection.
fn event(reason: &str, request: Option<&AssociationRQ>, from: IpAddr) -> AuditEvent {
    AuditEvent {
        action: Action::Refuse,
        actor: request.map(|request| request.calling_ae_title.clone()).unwrap_or_default(),
        address: Some(from),
        via: VIA,
        study: None,
        series: None,
        instance: None,
        outcome: Outcome::Failure,
        detail: Some(reason.to_owned()),
    }
}

/// A request that is accepted.
struct Decision {
    ac: AssociationAC,
    contexts: Contexts,
    peer: Peer,
    standing: Standing,
    places: Places,
    max_received: u32,
    max_sent: u32,
}

impl Decision {
    async fn establish(self, mut connection: Connection, settings: &Settings) -> Option<Established> {
        if !say(&mut connection, &Pdu::from(self.ac)).await {
            return None;
        }
        let pdata = PData::new(connection, self.max_received, self.max_sent);
        Some((Association::new(pdata, self.contexts, self.peer, settings.idle), self.standing, self.places))
    }
}

/// Writes a PDU; false when it could not be sent.
async fn say(connection: &mut Connection, pdu: &Pdu) -> bool {
    let mut bytes = Vec::new();
    if let Err(error) = write_pdu(&mut bytes, pdu) {
        tracing::debug!(%error, "the requestor's words cannot be repeated");
        let end = End::Protocol(AbortReason::InvalidPduParameter, "not encodable");
        bytes.clear();
        if end.last_word().is_none_or(|abort| write_pdu(&mut bytes, &abort).is_err()) {
            return false;
        }
        let _ = connection.send(&bytes).await;
        return false;
    }
    connection.send(&bytes).await.is_ok()
}

/// Names both sides in the association's span.
fn record(request: &AssociationRQ) {
    let span = tracing::Span::current();
    span.record("calling", &request.calling_ae_title);
    span.record("called", &request.called_ae_title);
}
