//! Objects that are sent as somebody has them in memory, stored nowhere.

use std::convert::Infallible;
use std::sync::Arc;

use archive::access::ApplicationEntity;
use archive::retrieve::Kind;
use bytes::Bytes;
use futures_util::stream;

use super::{Proposal, RequestFailure, Requestor};
use crate::association::Association;
use crate::message::Request;
use crate::upper_layer::{Context, End};

/// Statuses of operations that cannot be asked for, or are answered without one (PS3.7 §C).
const SOP_CLASS_NOT_SUPPORTED: u16 = 0x0122;
const PROCESSING_FAILURE: u16 = 0x0110;

/// An object in memory.
#[derive(Debug, Clone)]
pub struct ObjectInMemory {
    /// Its SOP Class, and the transfer syntax of the data set.
    pub kind: Kind,
    /// SOP Instance UID.
    pub sop_instance: String,
    /// The data set, without file meta information.
    pub data_set: Bytes,
}

impl Requestor {
    /// Sends objects over an association of their own (C-STORE, PS3.4 §B.2). `answered` hears the status of each.
    ///
    /// # Errors
    /// There is no association, or it ended before all were answered.
    pub async fn send(
        &self,
        entity: &ApplicationEntity,
        objects: &[ObjectInMemory],
        mut answered: impl FnMut(&ObjectInMemory, u16),
    ) -> Result<(), RequestFailure> {
        let mut kinds: Vec<Kind> = objects.iter().map(|object| object.kind.clone()).collect();
        kinds.sort_unstable();
        kinds.dedup();
        let mut association = self.dial(entity, &Proposal::to_store(&kinds)).await?;
        for object in objects {
            match store(&mut association, object).await {
                Ok(status) => answered(object, status),
                Err(end) => {
                    let failure = RequestFailure::from(&end);
                    association.close(&end).await;
                    return Err(failure);
                }
            }
        }
        association.release().await;
        Ok(())
    }
}

async fn store(association: &mut Association, object: &ObjectInMemory) -> Result<u16, End> {
    let Kind { sop_class, transfer_syntax } = &object.kind;
    let fits =
        |context: &&Arc<Context>| context.abstract_syntax == *sop_class && context.transfer_syntax == *transfer_syntax;
    let context = association.contexts().iter().find(fits).cloned();
    let Some(context) = context else { return Ok(SOP_CLASS_NOT_SUPPORTED) };
    let request = Request::c_store(sop_class, &object.sop_instance);
    let whole = stream::iter([Ok::<_, Infallible>(object.data_set.clone())]);
    let id = association.request_with(&context, &request, whole).await?;
    Ok(association.response(id).await?.status().unwrap_or(PROCESSING_FAILURE))
}
