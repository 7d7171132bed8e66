//! The whole object in Deflated Explicit VR Little Endian (PS3.5 §A.5), deflated as it is sent.

use std::io::Write;

use bytes::Bytes;
use flate2::Compression;
use flate2::write::DeflateEncoder;
use futures_util::{StreamExt, stream};

use crate::retrieve::Content;
use crate::{Error, archive};

/// A data set on its way through the encoder.
struct Deflating {
    content: Content,
    encoder: DeflateEncoder<Vec<u8>>,
    /// Bytes that were given away.
    written: u64,
}

/// The file meta information as it is, and after it the data set deflated, of even length.
pub(super) fn deflated(head: Vec<u8>, data_set: Content) -> Content {
    let encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    let deflating = Some(Deflating { content: data_set, encoder, written: 0 });
    let body = stream::try_unfold(deflating, |deflating| async move {
        match deflating {
            Some(deflating) => deflating.next().await,
            None => Ok(None),
        }
    });
    stream::iter([Ok(Bytes::from(head))]).chain(body).boxed()
}

impl Deflating {
    async fn next(mut self) -> Result<Option<(Bytes, Option<Self>)>, Error> {
        loop {
            let Some(piece) = self.content.next().await.transpose()? else { break };
            let (taken, out) = archive::blocking(move || {
                self.encoder.write_all(&piece).map_err(failed)?;
                let out = std::mem::take(self.encoder.get_mut());
                Ok((self, out))
            })
            .await?;
            self = taken;
            if !out.is_empty() {
                self.written += out.len() as u64;
                return Ok(Some((out.into(), Some(self))));
            }
        }
        let mut last = self.encoder.finish().map_err(failed)?;
        if (self.written + last.len() as u64) % 2 == 1 {
            last.push(0);
        }
        Ok(Some((last.into(), None)))
    }
}

fn failed(error: std::io::Error) -> Error {
    Error::Internal("the data set cannot be deflated".into(), Some(Box::new(error)))
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;
    use crate::retrieve::collected;

    #[tokio::test]
    async fn inflates_to_what_it_was() {
        for length in [0, 1, 100, 300_000_u32] {
            let data: Vec<u8> = (0..length).map(|i| (i.wrapping_mul(i) >> 5) as u8).collect();
            let pieces: Vec<_> = data.chunks(70_000).map(|piece| Ok(Bytes::copy_from_slice(piece))).collect();
            let whole = collected(deflated(b"head".to_vec(), stream::iter(pieces).boxed())).await.expect("content");
            assert!(whole.starts_with(b"head") && whole.len() % 2 == 0);
            let mut back = Vec::new();
            flate2::read::DeflateDecoder::new(&whole[4..]).read_to_end(&mut back).expect("it inflates");
            assert_eq!(back, data);
        }
    }
}
