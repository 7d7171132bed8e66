//! Encapsulated documents (PS3.3 §A.45): PDF, CDA and models, given as the files that they were.

use std::ops::Range;

use data_set::tags;

use crate::retrieve::{Body, check_range};
use crate::{Archive, Error, StoredInstance};

/// Encapsulated STL Storage. Its last bytes may be NUL and still belong to the file.
const STL: &str = "1.2.840.10008.5.1.4.1.1.104.3";

/// Media type of the documents of a SOP Class (PS3.3 §A.45, §A.85, §A.93); `None` when it is none of documents.
pub fn document_media_type(sop_class: &str) -> Option<&'static str> {
    Some(match sop_class.strip_prefix("1.2.840.10008.5.1.4.1.1.104.")? {
        "1" => "application/pdf",
        "2" => "text/xml",
        "3" => "model/stl",
        "4" => "model/obj",
        "5" => "model/mtl",
        _ => return None,
    })
}

impl Archive {
    /// The document that an instance encapsulates, without the byte that pads an odd one.
    ///
    /// # Errors
    /// `NotAcceptable` when it holds no document.
    pub async fn document(&self, instance: &StoredInstance) -> Result<Body, Error> {
        let place = self.document_place(instance).await?;
        self.document_part(instance, place).await
    }

    /// Bytes of such a document.
    ///
    /// # Errors
    /// As of [`Archive::document`]; `BadRequest` when the document does not have them.
    pub async fn document_range(&self, instance: &StoredInstance, range: Range<u64>) -> Result<Body, Error> {
        let place = self.document_place(instance).await?;
        check_range(&range, place.end - place.start, "document")?;
        self.document_part(instance, place.start + range.start..place.start + range.end).await
    }

    async fn document_part(&self, instance: &StoredInstance, place: Range<u64>) -> Result<Body, Error> {
        let length = place.end - place.start;
        let content = self.content(instance, vec![place]).await?;
        Ok(Body { length: Some(length), content, transfer_syntax: instance.transfer_syntax.clone() })
    }

    async fn document_place(&self, instance: &StoredInstance) -> Result<Range<u64>, Error> {
        let set = self.data_set(instance).await?;
        let root = set.root();
        let none = || Error::NotAcceptable(format!("instance {} holds no document", instance.instance));
        let element = root.get(tags::ENCAPSULATED_DOCUMENT).ok_or_else(none)?;
        let mut range = element.value.clone();
        let length = range.end - range.start;
        let declared = root.int(tags::ENCAPSULATED_DOCUMENT_LENGTH).and_then(|length| u64::try_from(length).ok());
        match declared {
            Some(declared) if declared == length || declared + 1 == length => range.end = range.start + declared,
            // Objects older than the declaration: a text does not end with NUL.
            _ if length > 0 && instance.sop_class != STL => {
                let last = self.bytes(instance, std::iter::once(range.end - 1..range.end).collect()).await?;
                range.end -= u64::from(last.first() == Some(&0));
            }
            _ => {}
        }
        Ok(range)
    }
}
