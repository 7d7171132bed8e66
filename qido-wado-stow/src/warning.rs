//! The header `Warning: 299` by which the Standard says that something was done otherwise (PS3.18 §8.3.4).

use actix_web::HttpResponseBuilder;
use actix_web::http::header::{HeaderValue, WARNING};

use archive::retrieve::LeftOut;

use crate::address::Address;

/// Adds `Warning: 299 <service>: <words>`. Characters that a header cannot hold become `?`.
pub(crate) fn add(response: &mut HttpResponseBuilder, address: &Address, words: &str) {
    let plain: String = words.chars().map(|c| if c.is_ascii_graphic() || c == ' ' { c } else { '?' }).collect();
    if let Ok(value) = HeaderValue::from_str(&format!("299 {}: {plain}", address.base())) {
        response.append_header((WARNING, value));
    }
}

/// Adds how many instances are left out of an answer, and why, if there are any.
pub(crate) fn add_left_out(response: &mut HttpResponseBuilder, address: &Address, left_out: &[LeftOut]) {
    if let Some(words) = left_out_words(left_out) {
        add(response, address, &words);
    }
}

/// The same in words; `None` when nothing is left out.
pub(crate) fn left_out_words(left_out: &[LeftOut]) -> Option<String> {
    let reasons: Vec<String> = left_out.iter().map(|of| format!("{} ({})", of.reason, of.count)).collect();
    let words = match left_out.iter().map(|of| of.count).sum::<usize>() {
        0 => return None,
        1 => "1 instance is withheld because it cannot be de-identified".to_owned(),
        count => format!("{count} instances are withheld because they cannot be de-identified"),
    };
    Some(format!("{words}: {}", reasons.join("; ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_how_many_are_withheld_and_why() {
        let (video, page) =
            (LeftOut { reason: "it is a video", count: 2 }, LeftOut { reason: "it is a page", count: 1 });
        assert_eq!(left_out_words(&[]), None);
        assert_eq!(
            left_out_words(&[video, page]).as_deref(),
            Some("3 instances are withheld because they cannot be de-identified: it is a video (2); it is a page (1)")
        );
    }
}
