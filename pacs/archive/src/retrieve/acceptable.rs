//! Instances for a receiver that accepts some transfer syntaxes: as stored when it accepts that, else made anew, without
//! loss; and the data set alone, as a message carries it.

use std::fs::File;
use std::ops::Range;
use std::sync::Arc;

use bytes::BytesMut;
use data_set::explicit::EXPLICIT_VR_BIG_ENDIAN;
use data_set::uids;
use futures_util::{StreamExt, TryStreamExt, stream};

use super::{Content, Encoding, StoredInstance, encodings};
use crate::{Archive, Error, node};

/// Preamble, prefix, and the group length of the file meta information (PS3.10 §7.1).
const BEFORE_META: usize = 132 + 12;
/// Shortest piece but the last of what is made anew, in bytes.
const SHORTEST_PIECE: usize = 128 << 10;
/// Longest file meta information that is passed over.
const LONGEST_META: usize = 64 << 10;

impl Archive {
    /// How an instance is given to a receiver that accepts these transfer syntaxes. Stored bytes are not touched when they
    /// are accepted as they are; else native ones are preferred, then those that compress without loss, because what loses
    /// something would be another instance.
    ///
    /// # Errors
    /// `NotAcceptable` when nothing of it can be made, with the reason.
    pub async fn acceptable(&self, instance: &StoredInstance, accepted: &[&str]) -> Result<Encoding, Error> {
        self.disclosable(instance).await?;
        let mut reason = None;
        if accepted.contains(&instance.transfer_syntax.as_str()) {
            match self.can_give(instance, Encoding::Stored).await {
                Ok(()) => return Ok(Encoding::Stored),
                Err(Error::NotAcceptable(words)) => reason = Some(words),
                Err(error) => return Err(error),
            }
        }
        for encoding in others(&instance.transfer_syntax).filter(|encoding| accepted.contains(&syntax(*encoding))) {
            match self.can_give(instance, encoding).await {
                Ok(()) => return Ok(encoding),
                Err(Error::NotAcceptable(words) | Error::Damaged(words)) => reason = Some(words),
                Err(error) => return Err(error),
            }
        }
        let words = format!("the receiver does not accept transfer syntax {}", instance.transfer_syntax);
        Err(Error::NotAcceptable(match reason {
            Some(reason) => format!("{words}, and {reason}"),
            None => words,
        }))
    }

    /// The data set of an instance by itself, without preamble and file meta information. What is stored is on its way
    /// into memory when this returns, and comes in pieces of whole fragments of so many bytes.
    pub async fn message_data_set(
        &self,
        instance: &StoredInstance,
        encoding: Encoding,
        fragment: usize,
    ) -> Result<MessageDataSet, Error> {
        if encoding == Encoding::Stored && !instance.is_deidentified() {
            let part = instance.data_set_start..instance.size;
            let content = stored(self.file(instance).await?, part, fragment).await?;
            return Ok(MessageDataSet { transfer_syntax: instance.transfer_syntax.clone(), content });
        }
        let body = self.object(instance, encoding).await?;
        let content = gathered(without_meta(body.content));
        Ok(MessageDataSet { transfer_syntax: body.transfer_syntax, content })
    }
}

/// A data set as a message carries it.
pub struct MessageDataSet {
    /// Transfer Syntax UID of what comes.
    pub transfer_syntax: String,
    /// Its bytes: at least one; every piece but the last is of even length (PS3.8 §E.1).
    pub content: Content,
}

/// A part of a stored file.
///
/// # Errors
/// `Damaged` when there is nothing, or when the file ends before.
async fn stored(file: File, part: Range<u64>, fragment: usize) -> Result<Content, Error> {
    if part.is_empty() {
        return Err(Error::Damaged("the stored object is empty".to_owned()));
    }
    if file.metadata().map_err(node::read_failure)?.len() < part.end {
        return Err(Error::Damaged("the file of the stored object is too short".to_owned()));
    }
    let file = Arc::new(file);
    node::read_ahead(&file, &part).await?;
    Ok(node::fragments(file, part, fragment))
}

/// What can be made without loss of an instance that is stored in `stored`, best first.
fn others(stored: &str) -> impl Iterator<Item = Encoding> {
    let lossless = encodings(true).filter(move |uid| codec::lossy_method(uid).is_none() || codec::recodes(stored, uid));
    let native = [uids::IMPLICIT_VR_LITTLE_ENDIAN, EXPLICIT_VR_BIG_ENDIAN].into_iter().chain(lossless);
    [Encoding::Native].into_iter().chain(native.map(Encoding::Encoded))
}

fn syntax(encoding: Encoding) -> &'static str {
    match encoding {
        Encoding::Encoded(syntax) => syntax,
        Encoding::Native | Encoding::Stored => uids::EXPLICIT_VR_LITTLE_ENDIAN,
    }
}

/// What follows the file meta information of a file that we made: its group length is there, and right.
fn without_meta(content: Content) -> Content {
    let head = Some(BytesMut::new());
    stream::try_unfold((content, head), |(mut content, mut head)| async move {
        while let Some(mut gathered) = head.take() {
            let Some(piece) = content.try_next().await? else {
                return Err(Error::Damaged("the object ends within its file meta information".to_owned()));
            };
            gathered.extend_from_slice(&piece);
            match data_set_start(&gathered)? {
                Some(start) if start < gathered.len() => {
                    let rest = gathered.split_off(start).freeze();
                    return Ok(Some((rest, (content, None))));
                }
                Some(start) if start == gathered.len() => {}
                _ => head = Some(gathered),
            }
        }
        Ok(content.try_next().await?.map(|piece| (piece, (content, None))))
    })
    .boxed()
}

/// The same in longer pieces, of even length as fragments of messages are (PS3.8 §E.1).
fn gathered(content: Content) -> Content {
    stream::try_unfold((content, BytesMut::new()), |(mut content, mut held)| async move {
        while let Some(piece) = content.try_next().await? {
            held.extend_from_slice(&piece);
            if held.len() >= SHORTEST_PIECE {
                let odd = held.split_off(held.len() & !1);
                return Ok(Some((held.freeze(), (content, odd))));
            }
        }
        let last = (!held.is_empty()).then(|| held.split().freeze());
        Ok(last.map(|last| (last, (content, held))))
    })
    .boxed()
}

/// Where the data set begins, once enough is there to tell.
fn data_set_start(head: &[u8]) -> Result<Option<usize>, Error> {
    let Some(length) = head.get(BEFORE_META - 4..BEFORE_META) else { return Ok(None) };
    let length = length.iter().rev().fold(0, |length, byte| length << 8 | usize::from(*byte));
    if length > LONGEST_META {
        return Err(Error::Damaged("the file meta information is too long".to_owned()));
    }
    Ok(Some(BEFORE_META + length))
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::retrieve::collected;

    fn file(meta: usize, data_set: &[u8]) -> Vec<u8> {
        let length = u32::try_from(meta).unwrap().to_le_bytes();
        [&[0; 140][..], &length, &vec![7; meta], data_set].concat()
    }

    #[tokio::test]
    async fn says_when_a_file_is_shorter_than_its_row_says() {
        let file = || {
            let mut file = tempfile::tempfile().unwrap();
            std::io::Write::write_all(&mut file, b"0123456789").unwrap();
            file
        };
        for part in [2..11, 3..3] {
            assert!(matches!(stored(file(), part, 4).await, Err(Error::Damaged(_))));
        }
        let content = stored(file(), 2..9, 4).await.unwrap();
        assert_eq!(collected(content).await.unwrap(), b"2345678"[..]);
    }

    #[tokio::test]
    async fn passes_over_the_file_meta_information_however_it_comes() {
        let whole = file(30, b"the data set");
        for size in [1, 7, 143, 144, 174, 175, 1000] {
            let pieces: Vec<_> = whole.chunks(size).map(|piece| Ok(Bytes::copy_from_slice(piece))).collect();
            let rest = collected(without_meta(stream::iter(pieces).boxed())).await.unwrap();
            assert_eq!(rest, b"the data set"[..], "pieces of {size}");
        }
    }

    #[tokio::test]
    async fn says_when_there_is_no_end_of_the_file_meta_information() {
        let cut = file(30, b"")[..160].to_vec();
        let content = stream::iter([Ok(Bytes::from(cut))]).boxed();
        assert!(matches!(collected(without_meta(content)).await, Err(Error::Damaged(_))));
    }

    #[tokio::test]
    async fn gives_pieces_of_even_length() {
        let whole: Vec<u8> = (0..1_000_001_u32).map(|i| (i / 7) as u8).collect();
        let pieces: Vec<_> = whole.chunks(1_001).map(|piece| Ok(Bytes::copy_from_slice(piece))).collect();
        let pieces: Vec<Bytes> = gathered(stream::iter(pieces).boxed()).try_collect().await.unwrap();
        let (last, others) = pieces.split_last().unwrap();
        assert!(others.iter().all(|piece| piece.len() % 2 == 0 && piece.len() >= SHORTEST_PIECE));
        assert!(last.len() % 2 == 1 && pieces.concat() == whole);
    }

    #[test]
    fn never_makes_another_instance_of_one() {
        for stored in [uids::EXPLICIT_VR_LITTLE_ENDIAN, uids::JPEG_BASELINE8_BIT, uids::RLE_LOSSLESS] {
            assert!(others(stored).all(|encoding| codec::lossy_method(syntax(encoding)).is_none()));
        }
        let jpeg = Encoding::Encoded(uids::JPEG_BASELINE8_BIT);
        assert!(others(uids::JPEGXLJPEG_RECOMPRESSION).any(|encoding| encoding == jpeg));
    }
}
