//! Some elements of a DICOM JSON object whose text comes in pieces.

use dicom_core::Tag;

use super::parts::{Joined, NoObject, Part, Parts};

/// Longest text of an element that is kept.
const LONGEST: usize = 64 << 10;
/// What takes the place of a longer one, which is not read where an excerpt is.
const ELSEWHERE: &[u8] = br#"{"vr":"UN","BulkDataURI":""}"#;

/// The elements of the top level that are wanted, as an object. One that is longer than 64 KiB stands in it as one
/// whose value is elsewhere.
pub struct Excerpt<F> {
    parts: Parts,
    wanted: F,
    object: Joined,
    depth: usize,
    /// A sequence of the top level that is being read, if it is wanted.
    sequence: Option<(Tag, Joined)>,
}

impl<F: FnMut(Tag) -> bool> Excerpt<F> {
    /// An excerpt of what is `wanted`: asked once for each element, in their order.
    pub fn new(wanted: F) -> Self {
        Self { parts: Parts::default(), wanted, object: Joined::default(), depth: 0, sequence: None }
    }

    /// Takes the next piece of the text.
    ///
    /// # Errors
    /// It is no DICOM JSON object.
    pub fn push(&mut self, piece: &[u8]) -> Result<(), NoObject> {
        self.push_and(piece, |_| Ok(()))
    }

    /// The same, and shows each part to `look`, wanted or not.
    ///
    /// # Errors
    /// It is no DICOM JSON object, or `look` says so.
    pub fn push_and(
        &mut self,
        piece: &[u8],
        mut look: impl FnMut(Part<'_>) -> Result<(), NoObject>,
    ) -> Result<(), NoObject> {
        let Self { parts, wanted, object, depth, sequence } = self;
        parts.push(piece, |part| {
            look(part)?;
            let is_within = *depth > 1;
            match part {
                Part::Open | Part::Sequence(_) => *depth += 1,
                Part::Close | Part::EndOfSequence => *depth -= 1,
                Part::Element(..) => {}
            }
            match part {
                Part::Element(tag, text) if !is_within && wanted(tag) => {
                    object.push(Part::Element(tag, if text.len() > LONGEST { ELSEWHERE } else { text }));
                }
                Part::Element(..) if !is_within => {}
                Part::Sequence(tag) if !is_within => {
                    *sequence = wanted(tag).then(|| (tag, Joined::default()));
                }
                part if is_within => {
                    if let Some((_, text)) = sequence.as_mut().filter(|(_, text)| text.text.len() <= LONGEST) {
                        text.push(part);
                    }
                    if *depth == 1 {
                        let Some((tag, text)) = sequence.take() else { return Ok(()) };
                        let text = [br#"{"vr":"SQ","Value":["#, &text.text[..]].concat();
                        object.push(Part::Element(tag, if text.len() > LONGEST { ELSEWHERE } else { &text }));
                    }
                }
                part => object.push(part),
            }
            Ok(())
        })
    }

    /// The object, when all of the text was taken.
    ///
    /// # Errors
    /// It was not all of an object.
    pub fn end(self) -> Result<Vec<u8>, NoObject> {
        self.parts.end()?;
        Ok(self.object.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn excerpt(text: &str, size: usize) -> String {
        let mut excerpt = Excerpt::new(|tag| tag.group() != 0x0010);
        for piece in text.as_bytes().chunks(size) {
            excerpt.push(piece).expect("an object");
        }
        String::from_utf8(excerpt.end().expect("all of it")).expect("text")
    }

    #[test]
    fn what_is_wanted_of_the_top_level_is_kept_with_all_that_is_in_it() {
        let kept = [
            r#""00080018":{"vr":"UI","Value":["1"]}"#,
            r#""00081140":{"vr":"SQ","Value":[{"00100010":{"vr":"PN"},"00081199":{"vr":"SQ","Value":[{}]}},{}]}"#,
            r#""00280010":{"vr":"US","Value":[1]}"#,
        ];
        let left = [r#""00100020":{"vr":"LO"}"#, r#""00101002":{"vr":"SQ","Value":[{"00080018":{"vr":"UI"}}]}"#];
        let whole = format!("{{{},{},{},{},{}}}", kept[0], kept[1], left[0], left[1], kept[2]);
        for size in 1..whole.len() {
            assert_eq!(excerpt(&whole, size), format!("{{{}}}", kept.join(",")), "{size}");
        }
    }

    #[test]
    fn what_is_long_is_elsewhere() {
        let long = format!(r#"{{"vr":"UT","Value":["{}"]}}"#, "x".repeat(LONGEST));
        let items = vec!["{}"; LONGEST].join(",");
        let whole =
            format!(r#"{{"00080018":{long},"00081140":{{"vr":"SQ","Value":[{items}]}},"00280010":{{"vr":"US"}}}}"#);
        let elsewhere = std::str::from_utf8(ELSEWHERE).expect("text");
        let expected = format!(r#"{{"00080018":{elsewhere},"00081140":{elsewhere},"00280010":{{"vr":"US"}}}}"#);
        assert_eq!(excerpt(&whole, 1_000), expected);
    }
}
