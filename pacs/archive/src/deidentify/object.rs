//! A data set without what tells whose it is.

use data_set::edited::{Edit, NewContent, NewElement};
use data_set::{DataSet, Element, Kind, VR, tags};

use super::treatment::{self, Treatment};
use super::{Disguise, MARKED, METHOD_CODES, METHODS, values};

/// The data set as it may be given to those who may not know whose it is. Whether it may be given at all is another
/// question: [`super::withheld`].
pub(super) fn disguised(set: &DataSet, disguise: &Disguise) -> DataSet {
    set.edited(|element, value| edit(element, value, disguise), marks())
}

fn edit(element: &Element, value: Option<&[u8]>, disguise: &Disguise) -> Edit {
    let is_pixels = element.depth == 0 && element.tag == tags::PIXEL_DATA;
    if element.kind == Kind::Fragments && !is_pixels {
        return Edit::Remove;
    }
    // A sequence that came as UN of undefined length is an SQ to the reader already.
    let vr = if element.kind == Kind::Sequence { VR::SQ } else { element.vr };
    let at_root = element.depth == 0;
    let (group, number) = (element.tag.group(), element.tag.element());
    match treatment::of((group, number), vr) {
        Treatment::Keep => Edit::Keep,
        Treatment::Remove => Edit::Remove,
        Treatment::Empty => Edit::Value(Vec::new()),
        Treatment::Dummy => Edit::Value(values::dummy(vr)),
        Treatment::Uid => Edit::Value(each(value, |uid| Some(disguise.uid(uid)))),
        Treatment::Move => Edit::Value(each(value, |date| disguise.moved(date))),
        // Within a sequence it may be somebody else.
        Treatment::Patient if at_root => Edit::Value(disguise.patient().as_bytes().to_vec()),
        Treatment::Patient => Edit::Value(Vec::new()),
        Treatment::Accession => Edit::Value(each(value, |number| Some(disguise.accession(number)))),
    }
}

/// Each of several values; what is no text in ASCII, or too long to be one, is left out.
fn each(value: Option<&[u8]>, with: impl Fn(&str) -> Option<String>) -> Vec<u8> {
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
