//! The instances of one Store request, and its body (PS3.18 §10.5.1), which is made as it is sent.

use archive::retrieve::{Body, Encoding, Selected};
use archive::{Archive, Error, StoredInstance};
use bytes::Bytes;
use futures_util::{Stream, stream};

use crate::multipart::{Multipart, Part, PartHead};

/// Most instances of a request, and most of their bytes unless one has more: what a server refuses is sent again.
const MOST: usize = 32;
const MOST_BYTES: u64 = 256 << 20;
const DICOM: &str = "application/dicom";

/// Instances that are open, to be sent in one request.
#[derive(Default)]
pub(super) struct Batch {
    members: Vec<(StoredInstance, Body)>,
}

impl Batch {
    /// Opens the next instances. Those that cannot be opened are put to `failed`.
    ///
    /// # Errors
    /// The index does not answer: nobody knows which are left.
    pub(super) async fn gather(
        archive: &Archive,
        selected: &mut Selected,
        transfer_syntax: Option<&str>,
        failed: &mut Vec<String>,
    ) -> Result<Self, Error> {
        let mut batch = Self::default();
        let mut bytes = 0;
        while batch.members.len() < MOST && bytes < MOST_BYTES {
            let Some(instance) = selected.next().await? else { break };
            match open(archive, &instance, transfer_syntax).await {
                Ok(body) => {
                    bytes += instance.size;
                    batch.members.push((instance, body));
                }
                Err(error) => {
                    tracing::info!(instance = %instance.instance, %error, "an instance cannot be forwarded");
                    failed.push(instance.instance);
                }
            }
        }
        Ok(batch)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// Their SOP Instance UIDs.
    pub(super) fn instances(&self) -> Vec<String> {
        self.members.iter().map(|(instance, _)| instance.instance.clone()).collect()
    }

    /// The Study Instance UID of each.
    pub(super) fn studies(&self) -> Vec<String> {
        self.members.iter().map(|(instance, _)| instance.study.clone()).collect()
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
    let encoding = match wanted {
        None => Encoding::Stored,
        Some(wanted) => match archive.acceptable(instance, &[wanted]).await {
            Err(Error::NotAcceptable(_)) => Encoding::Stored,
            other => other?,
        },
    };
    archive.object(instance, encoding).await
}
