//! Where the bytes of a rewritten object come from: the stored file, inflated when it is deflated.

use std::fs::File;
use std::io::{self, Read};
use std::ops::Range;
use std::os::unix::fs::FileExt;

use crate::node::{inflating, read_failure};
use crate::retrieve::is_deflated;
use crate::{Error, StoredInstance};

/// How much of a file is read ahead: a plan has many small ranges, close together.
const WINDOW: usize = 64 << 10;

/// Ranges of a stored object, by positions as [`data_set::Reader`] counts them. Blocks.
pub(super) struct Origin {
    file: File,
    data_set_start: u64,
    form: Form,
}

enum Form {
    /// The bytes as they are, and a part of them that has been read already.
    Plain { window: Vec<u8>, start: u64 },
    /// A stream that only goes forward; starting again costs all that was passed. The byte before its position is kept:
    /// frames of single bits share one.
    Deflated { stream: Option<Box<dyn Read + Send>>, position: u64, last: u8 },
}

impl Origin {
    pub(super) fn new(file: File, instance: &StoredInstance) -> Self {
        let form = if is_deflated(&instance.transfer_syntax) {
            Form::Deflated { stream: None, position: 0, last: 0 }
        } else {
            Form::Plain { window: Vec::new(), start: 0 }
        };
        Self { file, data_set_start: instance.data_set_start, form }
    }

    /// Appends a range to `out`. The caller bounds its length.
    pub(super) fn append(&mut self, range: Range<u64>, out: &mut Vec<u8>) -> Result<(), Error> {
        let end = out.len() + (range.end - range.start) as usize;
        let done = match self.form {
            Form::Plain { .. } => self.append_plain(range, out),
            Form::Deflated { .. } => self.append_inflated(range, out),
        };
        done.map_err(read_failure)?;
        debug_assert_eq!(out.len(), end);
        Ok(())
    }

    fn append_plain(&mut self, range: Range<u64>, out: &mut Vec<u8>) -> io::Result<()> {
        let Form::Plain { window, start } = &mut self.form else { return Ok(()) };
        let length = (range.end - range.start) as usize;
        if length >= WINDOW {
            let at = out.len();
            out.resize(at + length, 0);
            return self.file.read_exact_at(&mut out[at..], range.start);
        }
        if range.start < *start || range.end > *start + window.len() as u64 {
            window.resize(WINDOW, 0);
            let read = read_at_most(&self.file, window, range.start)?;
            window.truncate(read);
            *start = range.start;
        }
        let first = (range.start - *start) as usize;
        let part = window.get(first..first + length).ok_or(io::ErrorKind::UnexpectedEof)?;
        out.extend_from_slice(part);
        Ok(())
    }

    fn append_inflated(&mut self, range: Range<u64>, out: &mut Vec<u8>) -> io::Result<()> {
        let Form::Deflated { stream, position, last } = &mut self.form else { return Ok(()) };
        if range.is_empty() {
            return Ok(());
        }
        let mut start = range.start;
        if start + 1 == *position {
            out.push(*last);
            start += 1;
        }
        if stream.is_none() || start < *position {
            *stream = Some(Box::new(inflating(&self.file, self.data_set_start)?));
            *position = 0;
        }
        let Some(stream) = stream else { return Ok(()) };
        let (skip, length) = (start - *position, range.end - start);
        let skipped = io::copy(&mut stream.take(skip), &mut io::sink())?;
        let read = stream.take(length).read_to_end(out)? as u64;
        *position += skipped + read;
        *last = out.last().copied().unwrap_or_default();
        if skipped == skip && read == length { Ok(()) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
    }
}

/// Fills `buffer` as far as the file goes.
fn read_at_most(file: &File, buffer: &mut [u8], start: u64) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match file.read_at(&mut buffer[filled..], start + filled as u64) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;
    use crate::render::tests::stored_instance;

    fn file(bytes: &[u8]) -> File {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        file
    }

    fn read(origin: &mut Origin, range: Range<u64>) -> Vec<u8> {
        let mut out = Vec::new();
        origin.append(range, &mut out).unwrap();
        out
    }

    #[test]
    fn reads_small_and_large_ranges_in_any_order() {
        let bytes: Vec<u8> = (0..300_000_u32).map(|i| (i / 7) as u8).collect();
        let mut origin = Origin::new(file(&bytes), &stored_instance("1.2.840.10008.1.2"));
        for range in [0..10, 65_530..65_540, 5..9, 1..200_000, 299_990..300_000] {
            assert_eq!(read(&mut origin, range.start as u64..range.end as u64), bytes[range]);
        }
        assert!(matches!(origin.append(299_999..300_001, &mut Vec::new()), Err(Error::Damaged(_))));
    }

    #[test]
    fn counts_positions_of_a_deflated_object_in_what_it_inflates_to() {
        let mut deflated = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::fast());
        let inner: Vec<u8> = (0..100_000_u32).map(|i| (i / 3) as u8).collect();
        deflated.write_all(&inner).unwrap();
        let stored = [b"preamble".as_slice(), &deflated.finish().unwrap()].concat();
        let mut instance = stored_instance("1.2.840.10008.1.2.1.99");
        instance.data_set_start = 8;
        let whole = [b"preamble".as_slice(), &inner].concat();
        let mut origin = Origin::new(file(&stored), &instance);
        for range in [0..20, 50_000..99_000, 4..12, 100_000..100_008] {
            assert_eq!(read(&mut origin, range.start as u64..range.end as u64), whole[range]);
        }
        assert!(matches!(origin.append(100_000..100_009, &mut Vec::new()), Err(Error::Damaged(_))));
    }

    #[test]
    fn goes_on_in_a_deflated_object_from_the_byte_that_it_has_come_to() {
        let mut deflated = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::fast());
        let inner: Vec<u8> = (0..100_000_u32).map(|i| (i / 3) as u8).collect();
        deflated.write_all(&inner).unwrap();
        let instance = stored_instance("1.2.840.10008.1.2.1.99");
        let start = instance.data_set_start as usize;
        let stored = file(&[vec![0; start], deflated.finish().unwrap()].concat());
        let mut origin = Origin::new(stored.try_clone().unwrap(), &instance);
        let whole = [vec![0; start], inner].concat();
        let first = start..start + 1000;
        assert_eq!(read(&mut origin, first.start as u64..first.end as u64), whole[first.clone()]);
        // From here on there is no beginning to start again from.
        stored.write_all_at(&[0xff; 64], start as u64).unwrap();
        for range in [first.end - 1..first.end + 10, first.end + 10..first.end + 10, first.end + 9..90_000] {
            assert_eq!(read(&mut origin, range.start as u64..range.end as u64), whole[range]);
        }
        assert!(origin.append(start as u64..start as u64 + 10, &mut Vec::new()).is_err());
    }
}
