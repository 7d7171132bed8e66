//! What the client accepts (PS3.18 §8.7.5): the query parameter `accept` first, then the header `Accept`.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::header::ACCEPT;
use actix_web::{FromRequest, HttpRequest};

use crate::media_type::MediaType;
use crate::query::Query;
use crate::{Failure, charset};

/// Media ranges in order of preference. A request that says nothing accepts anything.
#[derive(Debug, Clone)]
pub(crate) struct Accept(Vec<MediaType>);

impl Accept {
    /// From the values of `accept=` and of `Accept`. Within each: by weight, then named types before wildcards, then as written.
    pub fn new<'a, 'b>(parameter: impl Iterator<Item = &'a str>, header: impl Iterator<Item = &'b str>) -> Self {
        let (mut first, given) = ranked(parameter);
        let (second, given_by_header) = ranked(header);
        first.extend(second);
        if !given && !given_by_header {
            first.extend(MediaType::parse("*/*"));
        }
        Self(first)
    }

    /// The ranges, best first.
    pub fn ranges(&self) -> &[MediaType] {
        &self.0
    }

    /// The representation for the best range that `supply` has one for.
    pub fn choose<T>(&self, supply: impl FnMut(&MediaType) -> Option<T>) -> Option<T> {
        self.0.iter().find_map(supply)
    }
}

/// The ranges of a list by preference, and whether the list said anything at all.
fn ranked<'a>(values: impl Iterator<Item = &'a str>) -> (Vec<MediaType>, bool) {
    let mut given = false;
    let mut ranges: Vec<(u16, MediaType)> = Vec::new();
    for value in values {
        given |= !value.trim().is_empty();
        ranges.extend(MediaType::parse_list(value).map(|range| (weight(&range), range)));
    }
    ranges.retain(|(weight, _)| *weight > 0);
    ranges.sort_by_key(|(weight, range)| (std::cmp::Reverse(*weight), wildcards(&range.essence)));
    (ranges.into_iter().map(|(_, range)| range).collect(), given)
}

/// The weight in thousandths; what is no weight counts as 1.
fn weight(range: &MediaType) -> u16 {
    let value = range.parameter("q").and_then(|text| text.parse::<f32>().ok()).filter(|value| value.is_finite());
    (value.unwrap_or(1.0).clamp(0.0, 1.0) * 1000.0).round() as u16
}

fn wildcards(essence: &str) -> usize {
    essence.bytes().filter(|byte| *byte == b'*').count()
}

/// Query parameters that make no sense are refused; `charset` (§8.3.3.2) too, which goes with `accept`.
fn read(request: &HttpRequest) -> Result<Accept, Failure> {
    let query = Query::parse(request.query_string())?;
    charset::check(&query)?;
    query.all("accept").try_for_each(|list| MediaType::check_list("accept", list))?;
    let header = request.headers().get_all(ACCEPT).filter_map(|value| value.to_str().ok());
    Ok(Accept::new(query.all("accept"), header))
}

impl FromRequest for Accept {
    type Error = Failure;
    type Future = Ready<Result<Self, Failure>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(read(request))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(parameter: &str, header: &str) -> Vec<String> {
        let accept = Accept::new([parameter].into_iter(), [header].into_iter());
        accept.ranges().iter().map(|range| range.essence.clone()).collect()
    }

    #[test]
    fn orders_by_weight_then_precision() {
        assert_eq!(
            order("", "*/*, image/png;q=0.5, image/*, image/jpeg"),
            ["image/jpeg", "image/*", "*/*", "image/png"]
        );
        assert_eq!(order("", "a/b;q=0, c/d;q=0.001"), ["c/d"]);
    }

    #[test]
    fn prefers_the_query_parameter() {
        assert_eq!(order("image/png", "image/jpeg, */*"), ["image/png", "image/jpeg", "*/*"]);
    }

    #[test]
    fn accepts_anything_when_nothing_is_said() {
        assert_eq!(order("", ""), ["*/*"]);
    }

    #[test]
    fn accepts_nothing_when_everything_is_refused() {
        assert!(order("", "*/*;q=0").is_empty());
    }
}
