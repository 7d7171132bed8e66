//! What retrieval does with a request of unknown origin before the archive is asked.

use super::form::{self, Form, Packing};
use super::frame_list;
use super::rendering::{self, Picture, Rendering};
use super::wado_uri;
use crate::accept::Accept;
use crate::exercise::said;
use crate::query::Query;

/// Rendering parameters, and those of the URI Service.
pub(crate) fn parameters(query: &Query) {
    if let Some(rendering) = said(Rendering::read(query)) {
        assert!((1..=100).contains(&rendering.quality));
        let area = rendering.request.viewport.map_or(0, |(width, height)| u64::from(width) * u64::from(height));
        assert!(area <= u64::from(rendering::LONGEST_SIDE).pow(2));
    }
    said(Rendering::read_thumbnail(query, (128, 128)));
    wado_uri::exercise(query);
}

/// A frame list.
pub(crate) fn frames(text: &str) {
    if let Some(frames) = said(frame_list::read(text, 100)) {
        assert!(!frames.is_empty() && frames.iter().all(|frame| (1..=100).contains(frame)));
    }
}

/// The choice of a rendering, of one thing and of several.
pub(crate) fn forms(accept: &Accept) {
    said(rendering::choose(accept));
    let kinds = [
        vec![Form::Still(Picture::Jpeg), Form::Still(Picture::Png), Form::Animation],
        vec![Form::Html, Form::Plain, Form::Xml],
        vec![Form::Video("video/mp4")],
        Vec::new(),
    ];
    for items in [&kinds[..1], &kinds[3..], &kinds[..]] {
        let Some((packing, forms)) = form::choose(accept, items) else { continue };
        assert_eq!(forms.len(), items.len());
        assert!(forms.iter().any(Option::is_some));
        assert!(packing == Packing::Multipart || forms.len() == 1);
    }
}
