//! What an Instance can be rendered as, by its Resource Category (PS3.18 §8.7.2, Table 8.7.4-1), and the choice among it.

use archive::StoredInstance;
use archive::render::{document_media_type, is_presentation_state, is_report, is_waveform};

use super::rendering::Picture;
use crate::accept::Accept;
use crate::media_type::MediaType;
use crate::transfer_syntax;

/// A rendered representation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// A picture of one frame.
    Still(Picture),
    /// An animated GIF of several frames.
    Animation,
    /// The stored stream of a video.
    Video(&'static str),
    /// The document that is encapsulated.
    Document(&'static str),
    /// A report as a page.
    Html,
    /// A report as lines of text.
    Plain,
    /// A report in the Native DICOM Model (PS3.19 §A.1).
    Xml,
}

/// How an answer is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Packing {
    Single,
    Multipart,
}

const STILLS: [Form; 3] = [Form::Still(Picture::Jpeg), Form::Still(Picture::Png), Form::Still(Picture::Gif)];

impl Form {
    /// The forms of an Instance, its default first; none for what has no rendering.
    pub fn of_instance(instance: &StoredInstance) -> Vec<Self> {
        let stored = transfer_syntax::media_type(&instance.transfer_syntax);
        match instance.frame_count {
            1.. if stored.starts_with("video/") => vec![Form::Video(stored)],
            1 => STILLS.to_vec(),
            2.. => vec![STILLS[0], STILLS[1], Form::Animation],
            0 if is_report(&instance.sop_class) => vec![Form::Html, Form::Plain, Form::Xml],
            0 if is_presentation_state(&instance.sop_class) || is_waveform(&instance.sop_class) => STILLS.to_vec(),
            0 => document_media_type(&instance.sop_class).map(Form::Document).into_iter().collect(),
        }
    }

    /// The forms of one frame.
    pub fn of_frame() -> Vec<Self> {
        STILLS.to_vec()
    }

    /// Whether it is stored bytes, which are the same each time.
    pub fn is_stored(self) -> bool {
        matches!(self, Form::Video(_) | Form::Document(_))
    }

    /// The media type, as it is asked for.
    pub fn media_type(self) -> &'static str {
        match self {
            Form::Still(picture) => picture.media_type(),
            Form::Animation => "image/gif",
            Form::Video(media_type) | Form::Document(media_type) => media_type,
            Form::Html => "text/html",
            Form::Plain => "text/plain",
            Form::Xml => "text/xml",
        }
    }

    /// The value of Content-Type. Documents tell their own character set.
    pub fn content_type(self) -> String {
        match self {
            Form::Html | Form::Plain | Form::Xml => format!("{}; charset=utf-8", self.media_type()),
            other => other.media_type().to_owned(),
        }
    }
}

/// The first acceptable packing in which any item has a form, and the form of each item; `None` for an item that has no
/// acceptable one. Items are given by their possible forms.
pub(super) fn choose(accept: &Accept, items: &[Vec<Form>]) -> Option<(Packing, Vec<Option<Form>>)> {
    let wishes: Vec<(Packing, String)> =
        accept.ranges().iter().filter_map(|range| wish(range, items.len() == 1)).collect();
    let has = |wanted: &str| items.iter().any(|forms| covered(forms, wanted).is_some());
    let packing = wishes.iter().find(|(_, wanted)| has(wanted))?.0;
    let form = |forms: &Vec<Form>| {
        wishes.iter().filter(|wish| wish.0 == packing).find_map(|(_, wanted)| covered(forms, wanted))
    };
    Some((packing, items.iter().map(form).collect()))
}

fn wish(range: &MediaType, is_one: bool) -> Option<(Packing, String)> {
    let all = || "*/*".to_owned();
    match range.essence.as_str() {
        "multipart/related" => Some((Packing::Multipart, range.root_type().unwrap_or_else(all))),
        "multipart/*" => Some((Packing::Multipart, all())),
        "*/*" if !is_one => Some((Packing::Multipart, all())),
        single if is_one => Some((Packing::Single, single.to_owned())),
        _ => None,
    }
}

/// The first form that `wanted` names or covers.
fn covered(forms: &[Form], wanted: &str) -> Option<Form> {
    let covers = |form: &Form| {
        let media_type = form.media_type();
        let kind = media_type.split('/').next();
        wanted == "*/*" || wanted.eq_ignore_ascii_case(media_type) || wanted.strip_suffix("/*") == kind
    };
    forms.iter().copied().find(covers)
}

#[cfg(test)]
mod tests {
    use super::*;

    const JPEG: Form = STILLS[0];
    const PNG: Form = STILLS[1];

    fn chosen(accept: &str, items: &[&[Form]]) -> Option<(Packing, Vec<Option<Form>>)> {
        let items: Vec<Vec<Form>> = items.iter().map(|forms| forms.to_vec()).collect();
        choose(&Accept::new([].into_iter(), [accept].into_iter()), &items)
    }

    #[test]
    fn one_item_comes_alone_or_as_a_part() {
        let one = |accept| chosen(accept, &[&STILLS]).map(|(packing, forms)| (packing, forms[0]));
        assert_eq!(one("image/webp, image/png;q=0.5"), Some((Packing::Single, Some(PNG))));
        assert_eq!(one("*/*"), Some((Packing::Single, Some(JPEG))));
        assert_eq!(one(r#"multipart/related; type="image/png""#), Some((Packing::Multipart, Some(PNG))));
        assert_eq!(one("multipart/related"), Some((Packing::Multipart, Some(JPEG))));
        assert_eq!(one("text/html"), None);
    }

    #[test]
    fn several_items_come_as_parts_each_in_the_form_it_has() {
        let report = [Form::Html, Form::Plain];
        assert_eq!(chosen("image/jpeg", &[&STILLS, &STILLS]), None);
        assert_eq!(chosen("*/*", &[&STILLS, &report]), Some((Packing::Multipart, vec![Some(JPEG), Some(Form::Html)])));
        let both = r#"multipart/related; type="image/png", multipart/related; type="text/plain""#;
        assert_eq!(chosen(both, &[&report, &[], &STILLS]).unwrap().1, [Some(Form::Plain), None, Some(PNG)]);
        let pictures = r#"multipart/related; type="image/*""#;
        assert_eq!(chosen(pictures, &[&report, &STILLS]).unwrap().1, [None, Some(JPEG)]);
    }

    #[test]
    fn media_types_have_no_case() {
        let video = [Form::Video("video/H265")];
        for accept in ["video/h265", "VIDEO/H265", "video/*"] {
            assert_eq!(chosen(accept, &[&video]).unwrap().1, [Some(video[0])]);
        }
    }
}
