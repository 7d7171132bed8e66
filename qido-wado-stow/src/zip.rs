//! `application/zip` as it is sent (PS3.18 §8.7.3.6): entries one after the other, nothing held and nothing compressed, for
//! pixels hardly are, or are already.

use std::cell::RefCell;
use std::io::{self, Write};
use std::pin::Pin;
use std::rc::Rc;

use archive::Error;
use archive::retrieve::Content;
use bytes::Bytes;
use futures_util::{Stream, StreamExt, stream};
use zip::CompressionMethod;
use zip::write::{SimpleFileOptions, StreamWriter, ZipWriter};

/// What an entry of unknown or great length needs: lengths of 64 bits.
const LARGE: u64 = u32::MAX as u64;

/// One file of the archive.
pub(crate) struct Entry {
    /// Its path, with `/` between folders.
    pub name: String,
    /// Its length, when it is known.
    pub length: Option<u64>,
    /// Its bytes.
    pub content: Content,
}

/// The archive's bytes. An error in an entry is an error here, so that the connection breaks off instead of ending well.
pub(crate) fn zipped(
    entries: impl Stream<Item = Result<Entry, Error>> + 'static,
) -> impl Stream<Item = Result<Bytes, Error>> + 'static {
    stream::try_unfold(Some(Zipping::new(entries)), |zipping| async move {
        let Some(mut zipping) = zipping else { return Ok(None) };
        loop {
            let goes_on = zipping.step().await?;
            let written = zipping.written.take();
            match (written.is_empty(), goes_on) {
                (true, true) => {}
                (true, false) => return Ok(None),
                (false, goes_on) => return Ok(Some((written, goes_on.then_some(zipping)))),
            }
        }
    })
}

struct Zipping {
    entries: Pin<Box<dyn Stream<Item = Result<Entry, Error>>>>,
    /// What is left of the entry that is being written.
    current: Option<Content>,
    writer: Option<ZipWriter<StreamWriter<Written>>>,
    written: Written,
}

impl Zipping {
    fn new(entries: impl Stream<Item = Result<Entry, Error>> + 'static) -> Self {
        let written = Written::default();
        let writer = Some(ZipWriter::new_stream(written.clone()));
        Self { entries: Box::pin(entries), current: None, writer, written }
    }

    /// Writes a piece, or what stands between entries; `false` after the end.
    async fn step(&mut self) -> Result<bool, Error> {
        let Some(writer) = &mut self.writer else { return Ok(false) };
        if let Some(content) = &mut self.current {
            match content.next().await {
                Some(piece) => writer.write_all(&piece?).map_err(|error| failed(error.into()))?,
                None => self.current = None,
            }
            return Ok(true);
        }
        let Some(entry) = self.entries.next().await else {
            let writer = self.writer.take().map(ZipWriter::finish);
            writer.transpose().map_err(|error| failed(Box::new(error)))?;
            return Ok(false);
        };
        let entry = entry?;
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Stored)
            .large_file(entry.length.is_none_or(|length| length >= LARGE));
        writer.start_file(entry.name, options).map_err(|error| failed(Box::new(error)))?;
        self.current = Some(entry.content);
        Ok(true)
    }
}

fn failed(error: Box<dyn std::error::Error + Send + Sync>) -> Error {
    Error::Internal("a ZIP archive was not written".into(), Some(error))
}

/// What was written and not sent yet: a piece, and what stands around it.
#[derive(Clone, Default)]
struct Written(Rc<RefCell<Vec<u8>>>);

impl Written {
    fn take(&self) -> Bytes {
        std::mem::take(&mut *self.0.borrow_mut()).into()
    }
}

impl Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Read};

    use futures_util::TryStreamExt;

    use super::*;

    fn entry(name: &str, length: Option<u64>, pieces: &[&'static [u8]]) -> Result<Entry, Error> {
        let content =
            stream::iter(pieces.iter().map(|piece| Ok(Bytes::from_static(piece))).collect::<Vec<_>>()).boxed();
        Ok(Entry { name: name.into(), length, content })
    }

    #[actix_web::test]
    async fn writes_what_others_read() {
        let entries = vec![
            entry("A/1", Some(6), &[b"abc", b"def"]),
            entry("A/2", None, &[]),
            entry("B", Some(u64::MAX), &[b"x"]),
        ];
        let written: Vec<Bytes> = zipped(stream::iter(entries)).try_collect().await.unwrap();
        let mut archive = zip::ZipArchive::new(Cursor::new(written.concat())).unwrap();
        let mut found = Vec::new();
        for place in 0..archive.len() {
            let mut file = archive.by_index(place).unwrap();
            let mut content = String::new();
            file.read_to_string(&mut content).unwrap();
            found.push((file.name().unwrap().into_owned(), content));
        }
        assert_eq!(found, [("A/1", "abcdef"), ("A/2", ""), ("B", "x")].map(|(a, b)| (a.to_owned(), b.to_owned())));
    }

    #[actix_web::test]
    async fn breaks_off_when_an_entry_fails() {
        let written: Vec<_> = zipped(stream::iter([Err(Error::NotFound("it".into()))])).collect().await;
        assert!(written.last().is_some_and(Result::is_err));
    }
}
