//! The header `Warning: 299` by which the Standard says that something was done otherwise (PS3.18 §8.3.4).

use actix_web::HttpResponseBuilder;
use actix_web::http::header::{HeaderValue, WARNING};

use crate::address::Address;

/// Adds `Warning: 299 <service>: <words>`. Characters that a header cannot hold become `?`.
pub(crate) fn add(response: &mut HttpResponseBuilder, address: &Address, words: &str) {
    let plain: String = words.chars().map(|c| if c.is_ascii_graphic() || c == ' ' { c } else { '?' }).collect();
    if let Ok(value) = HeaderValue::from_str(&format!("299 {}: {plain}", address.base())) {
        response.append_header((WARNING, value));
    }
}
