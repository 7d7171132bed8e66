//! Who calls by DIMSE: a title that is registered, and the certificate that goes with it.

use std::net::IpAddr;

use schema::access::users;

use super::gate::Grant;
use super::users::name_key;
use super::{Actor, ApplicationEntity, Right, ShownCertificate};
use crate::audit::{Action, AuditEvent, Outcome};
use crate::{AeTitle, Archive, Error};

/// What a caller says and shows.
#[derive(Debug, Clone)]
pub struct Caller<'a> {
    /// Calling AE title.
    pub title: &'a AeTitle,
    /// Where it calls from.
    pub from: IpAddr,
    /// The certificate that it showed, if it did.
    pub certificate: Option<&'a ShownCertificate>,
}

/// Who may call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Door {
    /// Titles that are not registered may store, search, retrieve and use the worklist, but not move.
    pub accept_unknown: bool,
    /// Nobody may call whose title has no certificate.
    pub require_certificate: bool,
    /// A title that is registered without a certificate may call from its registered host only.
    pub check_address: bool,
}

/// A caller that is let in.
#[derive(Debug, Clone)]
pub struct Admitted {
    /// Who acts, with its rights.
    pub actor: Actor,
    /// Most associations that it may have at once, if it has a limit of its own.
    pub max_associations: Option<u32>,
}

impl Archive {
    /// Who calls by DIMSE. [`Error::NotAuthorized`] when the title is not known here, or not shown to be the caller's own.
    ///
    /// An AE title is a name, not a proof: whoever reaches the port may call itself anything. A certificate that is
    /// registered with the title is the proof; the address that it calls from says something where the network is ours.
    pub async fn admit_ae(&self, caller: &Caller<'_>, door: Door) -> Result<Admitted, Error> {
        let entity = self.application_entity(caller.title).await?;
        let mut decision = decide(entity.as_ref(), caller.certificate, door);
        if let (Ok(()), true, Some(ApplicationEntity { host, certificate: None, .. })) =
            (decision, door.check_address, &entity)
        {
            decision = check_address(host, caller.from).await;
        }
        let (rights, max_associations) = match decision {
            Ok(()) => match &entity {
                Some(entity) => (entity.rights(), entity.max_associations),
                None => (vec![Right::Store, Right::Search, Right::Retrieve, Right::Worklist], None),
            },
            Err(why) => {
                self.audit(AuditEvent {
                    action: Action::Refuse,
                    actor: caller.title.as_str().to_owned(),
                    address: Some(caller.from),
                    via: "dimse",
                    study: None,
                    series: None,
                    instance: None,
                    outcome: Outcome::Failure,
                    detail: Some(why.to_owned()),
                });
                return Err(Error::NotAuthorized(format!("the AE title {} is not let in: {why}", caller.title)));
            }
        };
        let name = caller.title.as_str().to_owned();
        let actor = Actor { name, rights, identified: true, address: Some(caller.from), via: "dimse" };
        Ok(Admitted { actor, max_associations })
    }
}

impl Archive {
    /// How often this process has changed users and application entities.
    pub fn changes_of_access(&self) -> u64 {
        self.0.access.changes()
    }

    /// Who acts for a caller that was let in a while ago, and for the user whose identity it showed, as things are now.
    ///
    /// # Errors
    /// `NotAuthorized` when one of them would not be let in any more.
    pub async fn standing(&self, caller: &Caller<'_>, door: Door, user: Option<&str>) -> Result<Actor, Error> {
        let ae = self.admit_ae(caller, door).await?.actor;
        let Some(name) = user else { return Ok(ae) };
        let key = name_key(name);
        let row = self.with_index(move |connection| users::find(connection, &key)).await?;
        let gone = || Error::NotAuthorized(format!("the user {name} is not let in any more"));
        let user = row.as_ref().and_then(Grant::of).ok_or_else(gone)?;
        Ok(user.actor(Some(caller.from), "dimse").within(&ae))
    }
}

/// Nothing when the caller calls from this host, a name or an address; else why it does not.
async fn check_address(host: &str, from: IpAddr) -> Result<(), &'static str> {
    let all = tokio::net::lookup_host((host, 0)).await.map_err(|error| {
        tracing::warn!(host, %error, "where an application entity may call from is not known");
        "the host of the calling AE title has no address"
    })?;
    let is_it = all.into_iter().any(|address| address.ip().to_canonical() == from.to_canonical());
    if is_it { Ok(()) } else { Err("the address is not that of the calling AE title") }
}

/// Nothing when the caller may come in; else why not.
fn decide(
    entity: Option<&ApplicationEntity>,
    shown: Option<&ShownCertificate>,
    door: Door,
) -> Result<(), &'static str> {
    let bound = entity.and_then(|entity| entity.certificate.as_ref());
    match (entity, bound, shown) {
        (None, ..) if !door.accept_unknown => Err("unknown calling AE title"),
        (_, None, _) if door.require_certificate => Err("no certificate is registered for the calling AE title"),
        (_, Some(_), None) => Err("the calling AE title needs TLS with its certificate"),
        (_, Some(bound), Some(shown)) if !bound.is(shown) => Err("the certificate is not that of the calling AE title"),
        _ => Ok(()),
    }
}
