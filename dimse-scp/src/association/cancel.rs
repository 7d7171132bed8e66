//! C-CANCEL (PS3.7 §9.3.2.3): heard while the operation that it is about is being answered.

use std::time::Duration;

use super::Association;
use crate::message::{Message, command_field};
use crate::upper_layer::End;

/// The peer owes us nothing while we answer: its silence has no limit.
const WITHOUT_LIMIT: Duration = Duration::MAX;

impl Association {
    /// Whether the peer has cancelled the operation that `request` asked for. Does not wait. Fails when the peer has
    /// ended the association meanwhile, which is the better reason to stop.
    pub(crate) async fn is_cancelled(&mut self, request: &Message) -> Result<bool, End> {
        tokio::select! {
            biased;
            cancelled = self.cancelled(request) => cancelled.map(|()| true),
            () = std::future::ready(()) => Ok(false),
        }
    }

    /// Waits until the peer cancels the operation, or ends the association: to be raced with what takes long.
    /// Cancel-safe.
    pub(crate) async fn cancelled(&mut self, request: &Message) -> Result<(), End> {
        while self.cancelled != Some(request.id) {
            if self.waiting.is_some() {
                // A peer that asks for the next thing already is read no further.
                return std::future::pending().await;
            }
            let message = self.command_within(WITHOUT_LIMIT).await?;
            match message.field {
                command_field::C_CANCEL_RQ => self.cancelled = Some(message.id),
                _ => self.waiting = self.put_by(message),
            }
        }
        Ok(())
    }
}
