//! A data set without what tells whose it is.

use std::ops::Range;
use std::sync::Arc;

use data_set::edited::{Edit, Editor, NewContent, NewElement};
use data_set::{Element, Kind, VR, tags};

use super::treatment::{self, Treatment};
use super::{Disguise, MARKED, METHOD_CODES, METHODS, values};

/// What makes of the elements of a data set what may be given to those who may not know whose it is. Whether it may be given
/// at all is another question: [`super::withheld`].
pub(crate) type Editing = Editor<Box<dyn FnMut(&Element, Option<&[u8]>) -> Edit + Send>>;

impl Disguise {
    /// What takes the elements of an object and gives them on as they may be given. `frames` is where its native frames lie.
    pub(crate) fn editing(self: &Arc<Self>, data_set_start: u64, frames: Option<Range<u64>>) -> Editing {
        let disguise = self.clone();
        let edit = move |element: &Element, value: Option<&[u8]>| edit(element, value, &disguise, frames.as_ref());
        Editor::new(data_set_start, Box::new(edit), marks())
    }
}

/// The group of Pixel Data.
const PIXELS: u16 = 0x7FE0;

fn edit(element: &Element, value: Option<&[u8]>, disguise: &Disguise, frames: Option<&Range<u64>>) -> Edit {
    let is_pixels = element.depth == 0 && element.tag == tags::PIXEL_DATA;
    if element.kind == Kind::Fragments && !is_pixels {
        return Edit::Remove;
    }
    // A sequence that came as UN of undefined length is an SQ to the reader already.
    let vr = if element.kind == Kind::Sequence { VR::SQ } else { element.vr };
    let at_root = element.depth == 0;
    let tag = (element.tag.group(), element.tag.element());
    let known = treatment::vr(tag, vr);
    if tag.0 == PIXELS {
        return pixels(element, at_root, frames);
    }
    match treatment::of(tag, vr) {
        Treatment::Keep if values::is_plain(known, value) || is_long(tag, known, value) => Edit::Keep,
        Treatment::Keep => Edit::Value(Vec::new()),
        Treatment::Remove => Edit::Remove,
        Treatment::Empty => Edit::Value(Vec::new()),
        Treatment::Dummy => Edit::Value(values::dummy(known)),
        Treatment::OwnUid => Edit::Value(each(value, |uid| Some(disguise.uid(uid)))),
        Treatment::Uid => Edit::Value(each(value, |uid| Some(disguise.other_uid(uid)))),
        Treatment::Time => Edit::Value(each(value, values::time)),
        Treatment::Move => Edit::Value(each(value, |date| disguise.moved(date))),
        // Within a sequence it may be somebody else.
        Treatment::Patient if at_root => Edit::Value(disguise.patient().as_bytes().to_vec()),
        Treatment::Patient => Edit::Value(Vec::new()),
        Treatment::Accession => Edit::Value(each(value, |number| Some(disguise.accession(number)))),
    }
}

/// Pixels of the image itself, cut to its frames: whatever follows them is none. Pictures within sequences go.
fn pixels(element: &Element, at_root: bool, frames: Option<&Range<u64>>) -> Edit {
    let is_sample = matches!(element.tag, tags::PIXEL_DATA | tags::FLOAT_PIXEL_DATA | tags::DOUBLE_FLOAT_PIXEL_DATA);
    match (element.kind, frames) {
        _ if !at_root => Edit::Remove,
        (Kind::Fragments, _) => Edit::Keep,
        (Kind::Value, Some(frames)) if is_sample && element.value.start == frames.start => {
            Edit::First(frames.end - frames.start)
        }
        (Kind::Value, _) if !is_sample => match treatment::of((PIXELS, element.tag.element()), element.vr) {
            Treatment::Keep => Edit::Keep,
            _ => Edit::Remove,
        },
        _ => Edit::Remove,
    }
}

/// Numbers of contours and doses, which may be too many to be looked at.
fn is_long(tag: (u16, u16), vr: VR, value: Option<&[u8]>) -> bool {
    value.is_none() && matches!(vr, VR::DS | VR::IS) && matches!(tag.0, 0x3004 | 0x3006)
}

/// Most values of one element that are replaced. Longer lists are left out: what takes their place may be much longer.
const MOST_VALUES: usize = 10_000;

/// Each of several values; what is no text in ASCII, or too long to be one, is left out.
fn each(value: Option<&[u8]>, with: impl Fn(&str) -> Option<String>) -> Vec<u8> {
    let value = value.filter(|value| value.iter().filter(|byte| **byte == b'\\').count() < MOST_VALUES);
    let text = value.filter(|value| value.is_ascii()).and_then(|value| std::str::from_utf8(value).ok());
    let values = text.unwrap_or_default().split('\\').map(|value| value.trim_matches(['\0', ' ']));
    let with = |value: &str| if value.is_empty() { String::new() } else { with(value).unwrap_or_default() };
    values.map(with).collect::<Vec<_>>().join("\\").into_bytes()
}

/// What says that the object was de-identified, and how (PS3.15 §E.1.1).
fn marks() -> Vec<NewElement> {
    let text = |tag, vr, text: &str| NewElement { tag, vr, content: NewContent::Value(text.as_bytes().to_vec()) };
    let code = |(code, meaning): &(&str, &str)| {
        let element = |tag, vr, text: &str| (tag, vr, text.as_bytes().to_vec());
        vec![
            element(tags::CODE_VALUE, VR::SH, code),
            element(tags::CODING_SCHEME_DESIGNATOR, VR::SH, "DCM"),
            element(tags::CODE_MEANING, VR::LO, meaning),
        ]
    };
    let codes = NewContent::Items(METHOD_CODES.iter().map(code).collect());
    vec![
        text(tags::PATIENT_IDENTITY_REMOVED, VR::CS, "YES"),
        text(tags::DEIDENTIFICATION_METHOD, VR::LO, &METHODS.join("\\")),
        NewElement { tag: tags::DEIDENTIFICATION_METHOD_CODE_SEQUENCE, vr: VR::SQ, content: codes },
        text(tags::LONGITUDINAL_TEMPORAL_INFORMATION_MODIFIED, VR::CS, MARKED),
    ]
}

#[cfg(test)]
mod tests {
    use data_set::Tag;

    use super::*;

    #[test]
    fn marks_are_those_that_are_made_anew() {
        let made: Vec<Tag> = marks().into_iter().map(|mark| mark.tag).collect();
        assert_eq!(made, treatment::MARKS.map(|(group, element)| Tag(group, element)));
    }
}
