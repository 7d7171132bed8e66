//! N-EVENT-REPORT on an association that we ask for: what became of a storage commitment request (PS3.4 §J.3.3).

use archive::Uid;
use archive::access::ApplicationEntity;
use archive::commitment::Decision;

use super::{Proposal, RequestFailure, Requestor};
use crate::association::Association;
use crate::service::commitment::report;
use crate::upper_layer::End;

impl Requestor {
    /// Tells an application entity what was decided. We are the SCP, and say so by role selection.
    ///
    /// # Errors
    /// Why it has not taken it, in words for an administrator.
    pub(crate) async fn report_commitment(
        &self,
        entity: &ApplicationEntity,
        transaction: &Uid,
        decision: &Decision,
    ) -> Result<(), RequestFailure> {
        let mut association = self.dial(entity, &Proposal::commitment()).await?;
        let Some(context) = association.contexts().iter().next().cloned() else {
            association.release().await;
            return Err(RequestFailure::NoContext);
        };
        let answered = async |association: &mut Association| {
            let id = report(association, &context, transaction, decision).await?;
            Ok::<_, End>(association.response(id).await?.status())
        };
        match answered(&mut association).await {
            Ok(status) => {
                association.release().await;
                match status {
                    Some(0) => Ok(()),
                    other => Err(RequestFailure::Status(other.unwrap_or(u16::MAX))),
                }
            }
            Err(end) => {
                let failure = RequestFailure::from(&end);
                association.close(&end).await;
                Err(failure)
            }
        }
    }
}
