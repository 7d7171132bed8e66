//! Query parameters (PS3.18 §8.3), percent-decoded, in the order of the request.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use percent_encoding::percent_decode_str;

use crate::Failure;

/// The query parameters of a request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Query(Vec<(String, String)>);

impl Query {
    /// Reads a raw query string. `+` means a blank, as browsers and most libraries write it, save in `accept` and
    /// `contentType`, whose media types hold a literal `+` (`application/dicom+json`) and no blanks.
    pub fn parse(raw: &str) -> Result<Self, Failure> {
        raw.split('&').filter(|pair| !pair.is_empty()).map(pair).collect::<Result<_, _>>().map(Self)
    }

    /// Parameters that came in another way, by name and value.
    pub fn of(pairs: Vec<(String, String)>) -> Self {
        Self(pairs)
    }

    /// All parameters.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Values of every parameter of this name.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.iter().filter(move |(key, _)| *key == name).map(|(_, value)| value)
    }

    /// The value of a parameter that may stand once.
    pub fn one(&self, name: &str) -> Result<Option<&str>, Failure> {
        let mut values = self.iter().filter(|(key, _)| *key == name).map(|(_, value)| value);
        let first = values.next();
        match values.next() {
            None => Ok(first),
            Some(_) => Err(Failure::BadRequest(format!("{name} may be given once"))),
        }
    }

    /// An unsigned integer; numbers beyond `u32` are taken as its largest.
    pub fn number(&self, name: &str) -> Result<Option<u32>, Failure> {
        let Some(text) = self.one(name)? else { return Ok(None) };
        if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(Failure::BadRequest(format!("{name} must be an unsigned integer")));
        }
        Ok(Some(text.parse().unwrap_or(u32::MAX)))
    }

    /// `true` or `false`; false when it is not given.
    pub fn flag(&self, name: &str) -> Result<bool, Failure> {
        match self.one(name)? {
            None => Ok(false),
            Some(value) if value.eq_ignore_ascii_case("true") => Ok(true),
            Some(value) if value.eq_ignore_ascii_case("false") => Ok(false),
            Some(_) => Err(Failure::BadRequest(format!("{name} must be true or false"))),
        }
    }
}

fn pair(text: &str) -> Result<(String, String), Failure> {
    let (name, value) = text.split_once('=').unwrap_or((text, ""));
    let bad = |words: String| Failure::BadRequest(words);
    let name = decode(name, true).ok_or_else(|| bad("the name of a query parameter is not UTF-8".into()))?;
    let is_media_type = matches!(name.as_str(), "accept" | "contentType");
    let value = decode(value, !is_media_type).ok_or_else(|| bad(format!("{name} is not UTF-8")))?;
    Ok((name, value))
}

fn decode(text: &str, plus_is_blank: bool) -> Option<String> {
    let blanks = if plus_is_blank { text.replace('+', " ") } else { text.to_owned() };
    percent_decode_str(&blanks).decode_utf8().ok().map(|text| text.into_owned())
}

impl FromRequest for Query {
    type Error = Failure;
    type Future = Ready<Result<Self, Failure>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Self::parse(request.query_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decodes_percent_and_blanks() {
        let query = Query::parse("PatientName=Quaestor%5EAda%2A&StudyDescription=a+b%2Bc&&x").unwrap();
        let pairs: Vec<_> = query.iter().collect();
        assert_eq!(pairs, [("PatientName", "Quaestor^Ada*"), ("StudyDescription", "a b+c"), ("x", "")]);
    }

    #[test]
    fn keeps_plus_in_accept() {
        let query = Query::parse("accept=application/dicom+json").unwrap();
        assert_eq!(query.one("accept").unwrap(), Some("application/dicom+json"));
    }

    #[test]
    fn refuses_bad_numbers_and_flags() {
        for raw in ["limit=-1", "limit=", "limit=a", "limit=1.5", "limit=1&limit=2"] {
            assert!(Query::parse(raw).unwrap().number("limit").is_err(), "{raw}");
        }
        assert_eq!(Query::parse("limit=99999999999").unwrap().number("limit").unwrap(), Some(u32::MAX));
        assert!(Query::parse("fuzzymatching=yes").unwrap().flag("fuzzymatching").is_err());
    }

    #[test]
    fn refuses_a_query_that_is_not_utf8() {
        assert!(Query::parse("PatientName=%FF").is_err_and(|failure| failure.to_string().contains("PatientName")));
        assert!(Query::parse("%FF=1").is_err());
    }
}
