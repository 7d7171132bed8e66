//! The end of an association that we asked for (PS3.8 §7.2).

use std::time::Duration;

use super::Association;

/// A-RELEASE-RQ.
const RELEASE_REQUEST: [u8; 10] = [5, 0, 0, 0, 0, 4, 0, 0, 0, 0];
/// How long the peer may take to confirm.
const PATIENCE: Duration = Duration::from_secs(2);

impl Association {
    /// Releases it: waits a little for the confirmation, which changes nothing.
    pub(crate) async fn release(self) {
        let mut connection = self.pdata.into_connection();
        if connection.send(&RELEASE_REQUEST).await.is_ok() {
            let _ = tokio::time::timeout(PATIENCE, connection.take_array::<10>()).await;
            connection.close().await;
        }
    }

    /// Whether the peer has said nothing since the last response, which could be its last word only. Does not wait.
    pub(crate) async fn is_alive(&mut self) -> bool {
        tokio::select! {
            biased;
            _ = self.receive() => false,
            () = std::future::ready(()) => true,
        }
    }
}
