//! The end of an association that we asked for (PS3.8 §7.2).

use std::time::Duration;

use super::{Association, unexpected};
use crate::upper_layer::End;

/// A-RELEASE-RQ and A-RELEASE-RP (PS3.8 §9.3.6, §9.3.7).
const RELEASE_REQUEST: [u8; 10] = [5, 0, 0, 0, 0, 4, 0, 0, 0, 0];
const RELEASE_RESPONSE: [u8; 10] = [6, 0, 0, 0, 0, 4, 0, 0, 0, 0];
/// How long the peer may take to confirm.
const PATIENCE: Duration = Duration::from_secs(2);

impl Association {
    /// Releases it: waits a little for the confirmation, which changes nothing. When the peer asks for release at the same
    /// time, who asked for the association confirms first (PS3.8 §9.2.3, release collision).
    pub(crate) async fn release(self) {
        let mut connection = self.pdata.into_connection();
        if connection.send(&RELEASE_REQUEST).await.is_err() {
            return;
        }
        let confirmed = async {
            while connection.take_array().await.is_ok_and(|pdu: [u8; 10]| pdu == RELEASE_REQUEST) {
                if connection.send(&RELEASE_RESPONSE).await.is_err() {
                    return;
                }
            }
        };
        let _ = tokio::time::timeout(PATIENCE, confirmed).await;
        connection.close().await;
    }

    /// How it ended while nobody needed it: the peer released or aborted it, or spoke out of turn. None when the peer has
    /// said nothing since the last response. Does not wait.
    pub(crate) async fn ended(&mut self) -> Option<End> {
        tokio::select! {
            biased;
            said = self.receive() => Some(said.map_or_else(|end| end, |_| unexpected("a message that nobody asked for"))),
            () = std::future::ready(()) => None,
        }
    }
}
