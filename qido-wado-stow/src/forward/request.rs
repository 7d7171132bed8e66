//! The instances of one Store request, and its body (PS3.18 §10.5.1), which is made as it is sent.

use std::collections::VecDeque;

use crate::transfer_syntax::EXPLICIT_VR_LITTLE_ENDIAN;
use archive::retrieve::{Body, Encoding, Selected};
use archive::{Archive, Error, StoredInstance};
use bytes::Bytes;
use futures_util::{Stream, stream};

use super::Sent;
use crate::multipart::{Multipart, Part, PartHead};

/// Most instances of a request, and most of their bytes unless one has more: what a server refuses is sent again.
const MOST: usize = 32;
const MOST_BYTES: u64 = 256 << 20;
const DICOM: &str = "application/dicom";

/// The instances of a job that are still to be sent.
pub(super) struct Queue {
    /// Those whose request was refused.
    again: VecDeque<StoredInstance>,
    selected: Selected,
    /// Each in a request of its own: one that a server does not take must not keep others from it.
    one_by_one: bool,
}

impl Queue {
    pub(super) fn new(selected: Selected, one_by_one: bool) -> Self {
        Self { again: VecDeque::new(), selected, one_by_one }
    }

    /// Opens the next instances. `sent` is told of those that cannot be opened.
    ///
    /// # Errors
    /// The index does not answer: nobody knows which are left.
    pub(super) async fn gather(
        &mut self,
        archive: &Archive,
        transfer_syntax: Option<&str>,
        sent: &mut Sent,
    ) -> Result<Batch, Error> {
        let mut batch = Batch::default();
        let (mut bytes, most) = (0, if self.one_by_one { 1 } else { MOST });
        while batch.members.len() < most && bytes < MOST_BYTES {
            let Some(instance) = self.next().await? else { break };
            match open(archive, &instance, transfer_syntax).await {
                Ok(body) => {
                    bytes += instance.size;
                    batch.members.push((instance, body));
                }
                Err(error) => {
                    tracing::info!(instance = %instance.instance, %error, "an instance cannot be forwarded");
                    sent.fail([instance], error.to_string());
                }
            }
        }
        Ok(batch)
    }

    async fn next(&mut self) -> Result<Option<StoredInstance>, Error> {
        match self.again.pop_front() {
            Some(instance) => Ok(Some(instance)),
            None => self.selected.next().await,
        }
    }

    /// From here on each instance goes alone.
    pub(super) fn go_one_by_one(&mut self) {
        self.one_by_one = true;
    }

    /// These are sent again, each alone.
    pub(super) fn split(&mut self, instances: Vec<StoredInstance>) {
        self.go_one_by_one();
        self.again.extend(instances);
    }

    /// The SOP Instance UIDs of those whose turn has not come.
    ///
    /// # Errors
    /// The index does not answer.
    pub(super) async fn rest(&mut self) -> Result<Vec<String>, Error> {
        let mut rest = Vec::new();
        while let Some(instance) = self.next().await? {
            rest.push(instance.instance);
        }
        Ok(rest)
    }
}

/// Instances that are open, to be sent in one request.
#[derive(Default)]
pub(super) struct Batch {
    members: Vec<(StoredInstance, Body)>,
}

impl Batch {
    pub(super) fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// What is sent.
    pub(super) fn members(&self) -> Vec<StoredInstance> {
        self.members.iter().map(|(instance, _)| instance.clone()).collect()
    }

    /// Their SOP Instance UIDs.
    pub(super) fn instances(&self) -> Vec<String> {
        self.members.iter().map(|(instance, _)| instance.instance.clone()).collect()
    }

    /// Content-Type, length where it is known, and content.
    pub(super) fn body(self) -> (String, Option<u64>, impl Stream<Item = Result<Bytes, Error>> + Send + 'static) {
        let frame = Multipart::new();
        // The file says its transfer syntax itself, and there are servers that know the media type without parameters only.
        let head = PartHead { content_type: DICOM.to_owned(), location: String::new() };
        let heads = vec![head; self.members.len()];
        let lengths: Option<Vec<u64>> = self.members.iter().map(|(_, body)| body.length).collect();
        let length = lengths.map(|lengths| frame.length(heads.iter().zip(lengths)));
        let bodies = self.members.into_iter().map(|(_, body)| body.content);
        let parts: Vec<_> = heads.into_iter().zip(bodies).map(|(head, content)| Ok(Part { head, content })).collect();
        (frame.content_type(DICOM), length, frame.write(stream::iter(parts)))
    }
}

/// Opens an instance in the transfer syntax that is wanted where it can be had in it without loss, else as it is stored.
async fn open(archive: &Archive, instance: &StoredInstance, wanted: Option<&str>) -> Result<Body, Error> {
    let native = EXPLICIT_VR_LITTLE_ENDIAN;
    let as_stored = match archive.can_give(instance, Encoding::Stored).await {
        // It can be made anew if it cannot go as it is stored, unless it cannot go at all.
        Err(Error::NotAcceptable(_)) => archive.acceptable(instance, &[native]).await?,
        other => other.map(|()| Encoding::Stored)?,
    };
    let encoding = match wanted {
        None => as_stored,
        Some(wanted) => match archive.acceptable(instance, &[wanted]).await {
            Err(Error::NotAcceptable(_)) => as_stored,
            other => other?,
        },
    };
    archive.object(instance, encoding).await
}
