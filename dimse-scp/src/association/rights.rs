//! What the peer may do, when that changes.

use archive::Actor;

use super::Association;

impl Association {
    /// The peer may do this from now on.
    pub(crate) fn act_as(&mut self, actor: Actor) {
        self.peer.actor = actor;
    }

    /// The peer may do nothing any more.
    pub(crate) fn lose_rights(&mut self) {
        self.peer.actor.rights.clear();
        self.peer.actor.identified = false;
    }
}
