//! Our responses.

use super::Association;
use crate::message::{Message, Response};
use crate::upper_layer::End;

impl Association {
    /// Sends the response that ends an operation, after the rest of the request's data set was read and dropped.
    pub(crate) async fn respond(&mut self, request: &Message, response: &Response) -> Result<(), End> {
        self.drain().await?;
        self.pdata.send(request.context.id, true, &response.encode(), true).await?;
        self.pdata.flush().await
    }

    /// Sends a response with a data set, encoded in the transfer syntax of the request's context.
    ///
    /// Responses of which there are many are written together, a PDU each: they go out when there are some, with the next
    /// [`respond`](Self::respond), or by [`flush`](Self::flush), which is for before a pause.
    pub(crate) async fn respond_with(
        &mut self,
        request: &Message,
        response: &Response,
        data_set: &[u8],
    ) -> Result<(), End> {
        self.drain().await?;
        self.pdata.send(request.context.id, true, &response.encode_with_data_set(), true).await?;
        self.pdata.send(request.context.id, false, data_set, true).await
    }

    /// Sends a response after which others come (Pending) and that has no data set. It waits for the next ones too.
    pub(crate) async fn respond_pending(&mut self, request: &Message, response: &Response) -> Result<(), End> {
        self.drain().await?;
        self.pdata.send(request.context.id, true, &response.encode(), true).await
    }

    /// Writes responses that wait to be written together.
    pub(crate) async fn flush(&mut self) -> Result<(), End> {
        self.pdata.flush().await
    }
}
