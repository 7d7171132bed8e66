//! Whole objects, and ranges of their files.

use std::io;
use std::ops::Range;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use data_set::explicit::EXPLICIT_VR_BIG_ENDIAN as BIG_ENDIAN;
use futures_util::TryStreamExt;

use super::part::check;
use super::{Body, Content, Encoding, StoredInstance};
use crate::node::{OpenFile, Stored};
use crate::transcode::{self, Native};
use crate::{Archive, Error, archive, node};

/// Deflated Explicit VR Little Endian (PS3.5 §A.5), and the other syntaxes whose data set is deflated as a whole.
const DEFLATED: [&str; 3] = [
    data_set::uids::DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN,
    data_set::uids::JPIP_REFERENCED_DEFLATE,
    data_set::uids::JPIPHTJ2K_REFERENCED_DEFLATE,
];

impl Archive {
    /// The whole object: the PS3.10 file as stored, or in another transfer syntax.
    pub async fn object(&self, instance: &StoredInstance, encoding: Encoding) -> Result<Body, Error> {
        self.can_give_stored(instance, encoding)?;
        if instance.is_file(encoding) {
            return self.range(instance, 0..instance.size).await;
        }
        // What works on an object needs room, which those do not have to carry along who pass it on as it is.
        Box::pin(self.made(instance, encoding)).await
    }

    /// The object anew.
    async fn made(&self, instance: &StoredInstance, encoding: Encoding) -> Result<Body, Error> {
        match encoding {
            Encoding::Stored => transcode::edited_object(self, instance).await,
            Encoding::Native => transcode::native_object(self, instance, Native::Explicit).await,
            Encoding::Encoded(syntax) if syntax == instance.transfer_syntax => {
                transcode::edited_object(self, instance).await
            }
            Encoding::Encoded(syntax) => match Native::of(syntax) {
                Some(form) => transcode::native_object(self, instance, form).await,
                None => transcode::encoded_object(self, instance, syntax).await,
            },
        }
    }

    /// Whether an instance can be given in an encoding, as far as its attributes tell. Costs nothing but for
    /// [`Encoding::Encoded`], which looks at the header.
    ///
    /// # Errors
    /// `NotAcceptable`, with the reason.
    pub async fn can_give(&self, instance: &StoredInstance, encoding: Encoding) -> Result<(), Error> {
        self.can_give_stored(instance, encoding)?;
        self.disclosable(instance).await?;
        match encoding {
            Encoding::Stored => Ok(()),
            Encoding::Encoded(syntax) if codec::encodable(syntax).is_some() => {
                transcode::can_encode(self, instance, syntax).await
            }
            Encoding::Native | Encoding::Encoded(_) => {
                transcode::decodable(instance, &*self.frame_index(instance).await?)
            }
        }
    }

    /// What is treated is not written big endian: what is stored so is given in other transfer syntaxes.
    fn can_give_stored(&self, instance: &StoredInstance, encoding: Encoding) -> Result<(), Error> {
        let is_stored = encoding == Encoding::Stored || encoding == Encoding::Encoded(BIG_ENDIAN);
        if is_stored && instance.is_deidentified() && instance.transfer_syntax == BIG_ENDIAN {
            return Err(Error::NotAcceptable(
                "de-identified, an object that is stored big endian is available in other transfer syntaxes only"
                    .to_owned(),
            ));
        }
        Ok(())
    }

    /// Bytes of the stored file, read. Errors as of [`Archive::stored`].
    pub async fn range(&self, instance: &StoredInstance, range: Range<u64>) -> Result<Body, Error> {
        let stored = self.stored(instance, range).await?;
        let transfer_syntax = instance.transfer_syntax.clone();
        Ok(Body { length: Some(stored.length()), content: stored.content_and(Bytes::new()), transfer_syntax })
    }

    /// Bytes of the stored file, where they lie. `Error::BadRequest` when the file does not have them, or they are not to be
    /// given as they are.
    pub async fn stored(&self, instance: &StoredInstance, range: Range<u64>) -> Result<Stored, Error> {
        if instance.is_deidentified() {
            return Err(Error::BadRequest("a de-identified object is made anew, and has no ranges".to_owned()));
        }
        check(&range, instance.size, "object")?;
        Ok(Stored::new(self.opened(instance).await?, range))
    }

    /// The stored file, open for who reads at given places.
    pub(crate) async fn opened(&self, instance: &StoredInstance) -> Result<Arc<OpenFile>, Error> {
        let node = &self.0.node;
        if let Some(file) = node.opened.get(&instance.path).filter(|_| instance.node == node.id) {
            return Ok(file);
        }
        let file = Arc::new(OpenFile::new(self.file(instance).await?));
        node.opened.put(&instance.path, file.clone());
        Ok(file)
    }

    /// The stored file, opened for the caller alone.
    pub(crate) async fn file(&self, instance: &StoredInstance) -> Result<std::fs::File, Error> {
        let node = self.0.node.clone();
        let path = instance.path.clone();
        if instance.node != node.id {
            return Err(Error::Unavailable("the storage node of the instance", None));
        }
        if let Some(file) = node.open_at_hand(&path) {
            return Ok(file);
        }
        let opened = archive::blocking(move || Ok(node.open_object(&path))).await?;
        match opened {
            Err(error) if error.kind() == io::ErrorKind::NotFound && !self.is_still(instance).await? => {
                Err(Error::Unavailable("the instance, which has just been changed,", None))
            }
            opened => opened.map_err(node::read_failure),
        }
    }

    /// Ranges of the object as [`data_set::Reader`] counts them, back to back: positions in a deflated data set are
    /// positions in what it inflates to.
    pub(crate) async fn content(&self, instance: &StoredInstance, ranges: Vec<Range<u64>>) -> Result<Content, Error> {
        if is_deflated(&instance.transfer_syntax) {
            return Ok(node::inflated(self.file(instance).await?, instance.data_set_start, ranges));
        }
        Ok(node::ranges(self.opened(instance).await?.file().clone(), ranges))
    }

    /// The same in memory, for content whose size is bounded by what a frame or a value may be.
    pub(crate) async fn bytes(&self, instance: &StoredInstance, ranges: Vec<Range<u64>>) -> Result<Bytes, Error> {
        collected(self.content(instance, ranges).await?).await
    }
}

/// Whether the data set is deflated as a whole.
pub(crate) fn is_deflated(transfer_syntax: &str) -> bool {
    DEFLATED.contains(&transfer_syntax)
}

/// All pieces in one.
pub(crate) async fn collected(content: Content) -> Result<Bytes, Error> {
    let gathered = content.try_fold(BytesMut::new(), |mut gathered, piece| async move {
        gathered.extend_from_slice(&piece);
        Ok(gathered)
    });
    Ok(gathered.await?.freeze())
}
