//! What C-MOVE and C-GET have in common: the tally of how the C-STORE sub-operations ended, and what is told of it.

use archive::Error;
use data_set::model::{Attribute, Content, Value, encode_whole};
use data_set::{VR, tags};

use super::Status;
use crate::association::Association;
use crate::message::{Message, Response, SubOperations};
use crate::requestor::Done;
use crate::upper_layer::End;

/// Most bytes of a Failed SOP Instance UID List (0008,0058): what a value of VR UI holds in Explicit VR.
const LONGEST_LIST: usize = 65_534;

/// How the sub-operations of a retrieval have ended so far.
pub(super) struct Tally {
    counts: SubOperations,
    remaining: usize,
    /// Failed SOP Instance UID List, as far as there is room.
    failed: String,
    /// Bytes that were sent, and taken.
    pub(super) bytes: u64,
}

impl Tally {
    /// So many sub-operations are to be done.
    pub(super) fn new(count: usize) -> Self {
        Self { counts: SubOperations::default(), remaining: count, failed: String::new(), bytes: 0 }
    }

    /// One has ended.
    pub(super) fn note(&mut self, sop_instance_uid: &str, done: Done) {
        self.remaining = self.remaining.saturating_sub(1);
        match done {
            Done::Completed => self.counts.completed += 1,
            Done::Warning => self.counts.warning += 1,
            Done::Failed => {
                self.counts.failed += 1;
                self.name(sop_instance_uid);
            }
        }
    }

    /// One has ended, whose data set has so many bytes.
    pub(super) fn note_sent(&mut self, sop_instance_uid: &str, done: Done, size: u64) {
        if done != Done::Failed {
            self.bytes += size;
        }
        self.note(sop_instance_uid, done);
    }

    /// One could not even begin.
    pub(super) fn note_unfit(&mut self, (sop_instance_uid, error): &(String, Error)) {
        tracing::info!(instance = %sop_instance_uid, %error, "an instance cannot be sent");
        self.note(sop_instance_uid, Done::Failed);
    }

    fn name(&mut self, sop_instance_uid: &str) {
        let length = self.failed.len() + 1 + sop_instance_uid.len();
        if length > LONGEST_LIST {
            return;
        }
        if !self.failed.is_empty() {
            self.failed.push('\\');
        }
        self.failed.push_str(sop_instance_uid);
    }

    /// How many are left to do.
    pub(super) fn remaining(&self) -> usize {
        self.remaining
    }

    /// Whether nothing is left to do.
    pub(super) fn is_over(&self) -> bool {
        self.remaining == 0
    }

    /// A response that others follow: how far we are.
    pub(super) fn pending(&self, message: &Message) -> Response {
        let counts = SubOperations { remaining: Some(self.remaining), ..self.counts };
        Response::to(message, Status::Pending as u16).sub_operations(&counts)
    }

    /// The status of the whole. What is left over without having been cancelled is gone, or cannot be read: it failed.
    fn conclude(&mut self, cancelled: bool) -> Status {
        // A cancel that crosses the last response comes too late.
        if cancelled && self.remaining > 0 {
            self.counts.remaining = Some(self.remaining);
            return Status::Cancelled;
        }
        self.counts.failed += std::mem::take(&mut self.remaining);
        match (self.counts.completed, self.counts.warning, self.counts.failed) {
            (_, 0, 0) => Status::Success,
            (0, 0, _) => Status::CannotPerform,
            _ => Status::SomeFailed,
        }
    }

    /// Sends the final response; gives its status.
    pub(super) async fn finish(
        mut self,
        association: &mut Association,
        message: &Message,
        cancelled: bool,
        words: Option<String>,
    ) -> Result<u16, End> {
        let status = self.conclude(cancelled);
        let mut response = Response::to(message, status as u16).sub_operations(&self.counts);
        if let Some(words) = words {
            response = response.comment(&words);
        }
        match failed_list(&self.failed, &message.context.transfer_syntax) {
            Some(list) => {
                association.respond_with(message, &response, &list).await?;
                association.flush().await?;
            }
            None => association.respond(message, &response).await?,
        }
        Ok(status as u16)
    }
}

/// The Identifier of a final response: Failed SOP Instance UID List (0008,0058); none when nothing failed.
fn failed_list(failed: &str, transfer_syntax: &str) -> Option<Vec<u8>> {
    if failed.is_empty() {
        return None;
    }
    let values = failed.split('\\').map(|uid| Value::Text(uid.to_owned())).collect();
    let list = Attribute { tag: tags::FAILED_SOP_INSTANCE_UID_LIST, vr: VR::UI, content: Content::Values(values) };
    encode_whole(vec![list], transfer_syntax)
        .inspect_err(|error| tracing::error!(%error, "the list of failed instances cannot be written"))
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(outcomes: &[Done]) -> Tally {
        let mut tally = Tally::new(outcomes.len());
        outcomes.iter().enumerate().for_each(|(i, done)| tally.note(&format!("1.2.{i}"), *done));
        tally
    }

    #[test]
    fn concludes_as_the_standard_says() {
        use Done::{Completed, Failed, Warning};
        for (outcomes, status) in [
            (&[][..], Status::Success),
            (&[Completed, Completed], Status::Success),
            (&[Completed, Failed], Status::SomeFailed),
            (&[Completed, Warning], Status::SomeFailed),
            (&[Warning], Status::SomeFailed),
            (&[Warning, Failed], Status::SomeFailed),
            (&[Failed, Failed], Status::CannotPerform),
        ] {
            assert_eq!(tally(outcomes).conclude(false), status, "{outcomes:?}");
            assert_eq!(tally(outcomes).conclude(true), status, "a cancel after the last one is too late");
        }
    }

    #[test]
    fn what_remains_is_told_when_it_was_cancelled_and_failed_otherwise() {
        let mut tally = Tally::new(3);
        tally.note("1.2", Done::Completed);
        assert_eq!(tally.conclude(true), Status::Cancelled);
        assert_eq!((tally.counts.remaining, tally.counts.failed), (Some(2), 0));
        assert_eq!(tally.conclude(false), Status::SomeFailed);
        assert_eq!(tally.counts.failed, 2);
    }

    #[test]
    fn names_as_many_failed_instances_as_a_value_holds() {
        let mut tally = Tally::new(5_000);
        let uid = "1.2.840.113619.2.55.3.604688119.971.1291384322.467.1";
        (0..5_000).for_each(|_| tally.note(uid, Done::Failed));
        assert!(tally.failed.len() <= LONGEST_LIST && tally.failed.len() > LONGEST_LIST - uid.len() - 2);
        assert_eq!(tally.counts.failed, 5_000);
        for syntax in [data_set::uids::EXPLICIT_VR_LITTLE_ENDIAN, data_set::uids::IMPLICIT_VR_LITTLE_ENDIAN] {
            assert!(failed_list(&tally.failed, syntax).is_some_and(|list| list.len() <= LONGEST_LIST + 12));
        }
    }

    #[test]
    fn writes_the_list_in_the_transfer_syntax_of_the_context() {
        let implicit = failed_list("1.2\\1.3", data_set::uids::IMPLICIT_VR_LITTLE_ENDIAN).unwrap();
        assert_eq!(implicit, b"\x08\0\x58\0\x08\0\0\x001.2\\1.3\0");
        let explicit = failed_list("1.2\\1.3", data_set::uids::EXPLICIT_VR_LITTLE_ENDIAN).unwrap();
        assert_eq!(explicit, b"\x08\0\x58\0UI\x08\x001.2\\1.3\0");
        assert_eq!(failed_list("", data_set::uids::EXPLICIT_VR_LITTLE_ENDIAN), None);
    }
}
