//! Verification (PS3.4 §A): C-ECHO.

use super::Performed;
use crate::association::Association;
use crate::message::{EchoRequest, Message, Response};
use crate::upper_layer::End;

/// The only status of C-ECHO that we have a use for (PS3.7 §9.1.5.1.4).
pub(super) const SUCCESS: u16 = 0x0000;

/// Answers that we are here.
pub(super) async fn c_echo(association: &mut Association, message: &Message) -> Result<Performed, End> {
    let request = EchoRequest::from(message);
    association.respond(message, &Response::to(message, SUCCESS)).await?;
    tracing::debug!(message = request.id, "C-ECHO");
    Ok(Performed { operation: "C-ECHO", status: SUCCESS, bytes: 0 })
}
