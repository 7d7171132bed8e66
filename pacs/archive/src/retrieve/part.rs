//! Parts of what is sent, for who has the rest of it (RFC 9110 §14).

use std::ops::Range;

use bytes::{Buf, Bytes};
use futures_util::{Stream, StreamExt, TryStreamExt};

use super::Content;
use crate::Error;

/// That `what`, which has so many bytes, has those of the range.
pub(crate) fn check(range: &Range<u64>, length: u64, what: &str) -> Result<(), Error> {
    let is_there = range.start <= range.end && range.end <= length;
    is_there.then_some(()).ok_or_else(|| Error::BadRequest(format!("the {what} has {length} bytes")))
}

/// Where a part lies of what lies in `ranges`, back to back.
pub(crate) fn within(ranges: &[Range<u64>], part: &Range<u64>) -> Vec<Range<u64>> {
    let mut place = 0;
    let cut = |range: &Range<u64>| {
        let start = range.start.saturating_add(part.start.saturating_sub(place)).min(range.end);
        let end = range.start.saturating_add(part.end.saturating_sub(place)).min(range.end);
        place += range.end - range.start;
        start..end
    };
    ranges.iter().map(cut).filter(|range| !range.is_empty()).collect()
}

/// As many bytes as `range` has, without the first `skip` ones.
pub(crate) fn cut(
    content: impl Stream<Item = Result<Bytes, Error>> + Send + 'static,
    mut skip: u64,
    range: &Range<u64>,
) -> Content {
    let mut left = range.end - range.start;
    content
        .map_ok(move |mut piece| {
            let skipped = skip.min(piece.len() as u64);
            skip -= skipped;
            piece.advance(skipped as usize);
            piece.truncate(left.min(piece.len() as u64) as usize);
            left -= piece.len() as u64;
            piece
        })
        .boxed()
}

#[cfg(test)]
mod tests {
    use futures_util::stream;

    use super::*;

    #[test]
    fn finds_a_part_in_several_ranges() {
        let ranges = [10..14, 20..20, 30..33];
        for (part, found) in [
            (0..7, "[10..14, 30..33]"),
            (1..3, "[11..13]"),
            (3..5, "[13..14, 30..31]"),
            (4..7, "[30..33]"),
            (7..7, "[]"),
        ] {
            assert_eq!(format!("{:?}", within(&ranges, &part)), found, "{part:?}");
        }
    }

    #[tokio::test]
    async fn cuts_a_part_out_of_what_comes_in_pieces() {
        let pieces = || stream::iter([b"012".as_slice(), b"34", b"56789"].map(|piece| Ok(Bytes::from_static(piece))));
        for (range, part) in [(0..10, "0123456789"), (2..6, "2345"), (4..4, ""), (9..10, "9")] {
            let content = cut(pieces(), range.start, &range);
            assert_eq!(super::super::collected(content).await.expect("no failure"), part, "{range:?}");
        }
    }

    #[test]
    fn says_how_much_there_is() {
        assert!(check(&(3..5), 5, "frame").is_ok());
        for range in [3..6, Range { start: 3, end: 2 }] {
            assert!(
                matches!(check(&range, 5, "frame"), Err(Error::BadRequest(words)) if words.contains("frame has 5"))
            );
        }
    }
}
