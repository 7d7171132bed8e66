//! Whether who was let in may still do what it might: an association may last for days.

use std::net::IpAddr;
use std::time::{Duration, Instant};

use archive::access::{Caller, Door, ShownCertificate};
use archive::{AeTitle, Archive, Error};

use crate::association::Association;

/// How long rights are believed that another process may have changed. What this one changes counts at once.
const BELIEVED: Duration = Duration::from_secs(1);

/// Who asked for an association, as far as its rights come of that.
pub(crate) struct Standing {
    title: AeTitle,
    from: IpAddr,
    certificate: Option<ShownCertificate>,
    door: Door,
    /// The user whose identity was shown.
    user: Option<String>,
    asked: Instant,
    /// Changes of users and application entities that count already.
    changes: u64,
    /// It was not let in any more: its rights do not come back in this association.
    lost: bool,
}

impl Standing {
    /// Of somebody who was let in just now, after so many `changes`.
    pub(crate) fn new(
        title: AeTitle,
        from: IpAddr,
        certificate: Option<ShownCertificate>,
        door: Door,
        user: Option<String>,
        changes: u64,
    ) -> Self {
        // Where it calls from does not change.
        let door = Door { check_address: false, ..door };
        Self { title, from, certificate, door, user, asked: Instant::now(), changes, lost: false }
    }

    /// Whether it is to be asked again before an operation. Asks nobody.
    pub(crate) fn is_old(&self, archive: &Archive) -> bool {
        !self.lost && (archive.changes_of_access() != self.changes || self.asked.elapsed() >= BELIEVED)
    }

    /// Asks again. Who is not let in any more has no rights.
    pub(crate) async fn renew(&mut self, archive: &Archive, association: &mut Association) {
        let changes = archive.changes_of_access();
        let caller = Caller { title: &self.title, from: self.from, certificate: self.certificate.as_ref() };
        match archive.standing(&caller, self.door, self.user.as_deref()).await {
            Ok(actor) => association.act_as(actor),
            Err(error @ (Error::Unavailable(..) | Error::OutOfResources)) => {
                // Nothing is stored or found without the databases: the operation says so itself.
                tracing::debug!(%error, "rights cannot be asked for");
                return;
            }
            Err(error) => {
                tracing::info!(%error, "the association has no rights any more");
                self.lost = true;
                association.lose_rights();
            }
        }
        (self.asked, self.changes) = (Instant::now(), changes);
    }
}
