//! One C-STORE of ours (PS3.4 §B.2.2): an instance made ready before its turn, sent, and how it ended.

use std::collections::HashMap;
use std::sync::Arc;

use archive::retrieve::{Content, Encoding};
use archive::{Archive, Error, StoredInstance};
use bytes::Bytes;
use futures_util::{StreamExt, TryStreamExt, stream};

use crate::association::Association;
use crate::message::Request;
use crate::metric;
use crate::service::Service;
use crate::upper_layer::{Context, End};

/// So many bytes of an instance, and the rest of a piece, are read before its turn: what goes out in one write of an
/// object of usual size.
const AHEAD: usize = 512 * 1024;

/// The presentation contexts in which instances can be sent, by SOP Class. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub(crate) struct Ways {
    by_class: Arc<HashMap<String, Vec<Arc<Context>>>>,
    /// Transfer Syntax UID that is preferred to the stored one.
    preferred: Option<String>,
    /// Longest fragment that the peer takes, in bytes: pieces of so many are sent as they are.
    fragment: usize,
}

impl Ways {
    /// Those of an association that we asked for.
    pub(crate) fn of_ours(association: &Association, preferred: Option<String>) -> Self {
        Self { preferred, ..Self::of(association, |_| true) }
    }

    /// Those in which the requestor of an association is the SCP (PS3.7 §D.3.3.4).
    pub(crate) fn of_theirs(association: &Association) -> Self {
        Self::of(association, |context| association.contexts().asking(&context.abstract_syntax).next().is_some())
    }

    fn of(association: &Association, is_open: impl Fn(&Context) -> bool) -> Self {
        let mut ways: HashMap<String, Vec<Arc<Context>>> = HashMap::new();
        for context in
            association.contexts().iter().filter(|context| context.service == Service::Storage && is_open(context))
        {
            ways.entry(context.abstract_syntax.clone()).or_default().push(Arc::clone(context));
        }
        Self { by_class: Arc::new(ways), preferred: None, fragment: association.longest_fragment() }
    }

    /// Whether an instance goes as it is stored, or not at all.
    pub(super) fn take_as_stored(&self, instance: &StoredInstance) -> bool {
        let stored = &instance.transfer_syntax;
        let contexts = self.by_class.get(&instance.sop_class);
        self.preferred.as_ref().is_none_or(|preferred| preferred == stored)
            && contexts.is_none_or(|contexts| contexts.iter().any(|context| context.transfer_syntax == *stored))
    }

    /// The preferred transfer syntax if it can be made, else what is acceptable at all.
    async fn encoding(
        &self,
        archive: &Archive,
        instance: &StoredInstance,
        accepted: &[&str],
    ) -> Result<Encoding, Error> {
        if let Some(preferred) = self.preferred.as_deref().filter(|uid| accepted.contains(uid)) {
            match archive.acceptable(instance, &[preferred]).await {
                Err(Error::NotAcceptable(reason)) => {
                    tracing::debug!(instance = %instance.instance, reason, "not sent in the transfer syntax preferred");
                }
                other => return other,
            }
        }
        archive.acceptable(instance, accepted).await
    }
}

/// An instance that can be sent at once.
pub(crate) struct Ready {
    /// What it is.
    pub(crate) instance: StoredInstance,
    context: Arc<Context>,
    /// What of its data set is in memory.
    first: Vec<Bytes>,
    rest: Content,
}

impl Ready {
    /// Opens an instance, as stored where the peer takes that, and has what comes first of it in memory.
    ///
    /// # Errors
    /// `NotAcceptable` when it cannot be given in any transfer syntax that the peer takes; what else opening and
    /// reading come to.
    pub(crate) async fn new(archive: &Archive, instance: StoredInstance, ways: &Ways) -> Result<Self, Error> {
        let contexts = ways.by_class.get(&instance.sop_class).map_or(&[][..], Vec::as_slice);
        if contexts.is_empty() {
            return Err(Error::NotAcceptable(format!("the receiver does not accept SOP Class {}", instance.sop_class)));
        }
        let accepted: Vec<&str> = contexts.iter().map(|context| context.transfer_syntax.as_str()).collect();
        let encoding = ways.encoding(archive, &instance, &accepted).await?;
        let body = archive.message_data_set(&instance, encoding, ways.fragment).await?;
        let context = contexts.iter().find(|context| context.transfer_syntax == body.transfer_syntax);
        let context = context.ok_or_else(|| Error::Internal("an encoding that nobody accepted".into(), None))?;
        let context = Arc::clone(context);
        let (mut first, mut rest) = (Vec::new(), body.content);
        let mut length = 0;
        while length < AHEAD {
            let Some(piece) = rest.try_next().await? else { break };
            length += piece.len();
            first.push(piece);
        }
        if length == 0 {
            return Err(Error::Damaged("the stored object is empty".into()));
        }
        Ok(Self { instance, context, first, rest })
    }

    /// Whether the peer of an association with these contexts takes it as it was made ready.
    pub(crate) fn fits(&self, ways: &Ways) -> bool {
        ways.by_class.get(&self.instance.sop_class).is_some_and(|contexts| contexts.contains(&self.context))
    }

    /// Its C-STORE-RQ.
    pub(crate) fn request(&self) -> Request {
        Request::c_store(&self.instance.sop_class, &self.instance.instance)
    }
}

/// How a C-STORE of ours ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Done {
    /// Stored.
    Completed,
    /// Stored, with something to say about it.
    Warning,
    /// Not stored.
    Failed,
}

impl Done {
    /// One word for metrics.
    fn word(self) -> &'static str {
        match self {
            Self::Completed => "completed",
            Self::Warning => "warning",
            Self::Failed => "failed",
        }
    }

    /// By the response's status (PS3.7 §C).
    fn of(status: Option<u16>) -> Self {
        match status {
            Some(0x0000) => Self::Completed,
            Some(0x0001 | 0x0107 | 0x0116 | 0xB000..=0xBFFF) => Self::Warning,
            _ => Self::Failed,
        }
    }
}

/// Sends an instance and waits for the response. An error means that the association is over.
pub(crate) async fn store(association: &mut Association, ready: Ready, request: &Request) -> Result<Done, End> {
    let (context, instance, size) = (Arc::clone(&ready.context), ready.instance.instance.clone(), ready.instance.size);
    let data_set = stream::iter(ready.first.into_iter().map(Ok)).chain(ready.rest);
    let id = association.request_with(&context, request, data_set).await?;
    let status = association.response(id).await?.status();
    let done = Done::of(status);
    metric::sent(done.word(), size);
    if done != Done::Completed {
        let status = format_args!("{:04X}", status.unwrap_or_default());
        tracing::info!(%instance, %status, ?done, "the receiver's answer to a C-STORE");
    }
    Ok(done)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_statuses_apart() {
        for (status, done) in [
            (Some(0x0000), Done::Completed),
            (Some(0xB007), Done::Warning),
            (Some(0xA700), Done::Failed),
            (Some(0x0122), Done::Failed),
            (Some(0xC000), Done::Failed),
            (None, Done::Failed),
        ] {
            assert_eq!(Done::of(status), done, "{status:?}");
        }
    }
}
