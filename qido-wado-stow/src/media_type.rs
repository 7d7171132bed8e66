//! Media types as clients write them (RFC 9110 §8.3.1), read leniently: quoted or not, in any case and order.

use crate::Failure;

/// A media type or media range with its parameters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct MediaType {
    /// `type/subtype` in lower case; may hold wildcards.
    pub essence: String,
    /// Parameters in order; names in lower case, values unquoted.
    pub parameters: Vec<(String, String)>,
}

impl MediaType {
    /// Reads one media type; `None` when there is no `type/subtype`.
    pub fn parse(text: &str) -> Option<Self> {
        let mut pieces = split(text, ';');
        let essence = pieces.next()?.trim().to_ascii_lowercase();
        let (kind, subtype) = essence.split_once('/')?;
        if kind.is_empty() || subtype.is_empty() || essence.contains([' ', '"', '=']) {
            return None;
        }
        let mut parameters: Vec<(String, String)> = pieces.filter_map(parameter).collect();
        unfold_type(&mut parameters);
        Some(Self { essence, parameters })
    }

    /// Reads a comma-separated list, leaving out what is no media type.
    pub fn parse_list(text: &str) -> impl Iterator<Item = Self> {
        split(text, ',').filter_map(Self::parse)
    }

    /// Refuses a list that holds something else; `name` is the query parameter that it is the value of. Header fields are
    /// read more leniently: proxies and libraries write them, and whoever asks may have no say in it.
    pub fn check_list(name: &str, text: &str) -> Result<(), Failure> {
        for piece in split(text, ',').map(str::trim).filter(|piece| !piece.is_empty()) {
            let shown: String = piece.chars().take(80).collect();
            let refuse = |words: &str| Err(Failure::BadRequest(format!("{name}: '{shown}' {words}")));
            let Some(media) = Self::parse(piece) else { return refuse("is no media type") };
            let is_weight = |text: &str| text.parse::<f32>().is_ok_and(|weight| (0.0..=1.0).contains(&weight));
            if media.parameter("q").is_some_and(|weight| !is_weight(weight)) {
                return refuse("has a weight q that is no number from 0 to 1");
            }
        }
        Ok(())
    }

    /// The value of a parameter; `name` in lower case.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The parameter `type` of `multipart/related` in lower case (RFC 2387 §3.1).
    pub fn root_type(&self) -> Option<String> {
        self.parameter("type").map(str::to_ascii_lowercase)
    }
}

fn parameter(text: &str) -> Option<(String, String)> {
    let (name, value) = text.split_once('=')?;
    Some((name.trim().to_ascii_lowercase(), unquote(value.trim())))
}

/// Some clients write `type="application/dicom; transfer-syntax=*"`: the inner parameters are taken as outer ones.
fn unfold_type(parameters: &mut Vec<(String, String)>) {
    let Some(place) = parameters.iter().position(|(name, value)| name == "type" && value.contains(';')) else { return };
    let mut pieces = split(&parameters[place].1, ';');
    let essence = pieces.next().unwrap_or_default().trim().to_owned();
    let inner: Vec<_> = pieces.filter_map(parameter).collect();
    parameters[place].1 = essence;
    parameters.extend(inner);
}

fn unquote(value: &str) -> String {
    let Some(inner) = value.strip_prefix('"') else { return value.to_owned() };
    let mut plain = String::with_capacity(inner.len());
    let mut characters = inner.chars();
    while let Some(character) = characters.next() {
        match character {
            '"' => break,
            '\\' => plain.extend(characters.next()),
            other => plain.push(other),
        }
    }
    plain
}

/// Pieces between `delimiter`s that are not inside double quotes.
fn split(text: &str, delimiter: char) -> impl Iterator<Item = &str> {
    let (mut quoted, mut escaped) = (false, false);
    text.split(move |character: char| {
        let splits = character == delimiter && !quoted;
        if character == '"' && !escaped {
            quoted = !quoted;
        }
        escaped = quoted && character == '\\' && !escaped;
        splits
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_quoted_and_unquoted_parameters_in_any_case() {
        for text in [
            r#"multipart/related; type="application/octet-stream"; transfer-syntax=*"#,
            "Multipart/Related;TYPE=application/octet-stream;Transfer-Syntax=*",
            r#"multipart/related; transfer-syntax="*" ;type=application/octet-stream"#,
        ] {
            let media = MediaType::parse(text).unwrap();
            assert_eq!(media.essence, "multipart/related");
            assert_eq!(media.root_type().as_deref(), Some("application/octet-stream"));
            assert_eq!(media.parameter("transfer-syntax"), Some("*"));
        }
    }

    #[test]
    fn takes_parameters_out_of_a_quoted_type() {
        let media = MediaType::parse(r#"multipart/related; type="application/dicom; transfer-syntax=*""#).unwrap();
        assert_eq!(media.root_type().as_deref(), Some("application/dicom"));
        assert_eq!(media.parameter("transfer-syntax"), Some("*"));
    }

    #[test]
    fn keeps_delimiters_that_are_quoted() {
        let media = MediaType::parse(r#"multipart/related; boundary="a;b,c\"d=:?"; type=x/y"#).unwrap();
        assert_eq!(media.parameter("boundary"), Some(r#"a;b,c"d=:?"#));
        let list: Vec<_> = MediaType::parse_list(r#"a/b; x="1,2", c/d"#).map(|media| media.essence).collect();
        assert_eq!(list, ["a/b", "c/d"]);
    }

    #[test]
    fn says_what_of_a_list_is_no_media_type() {
        for right in ["", "a/b", "a/b;q=0.5, */*;q=0", "multipart/related; type=\"a/b, c/d\"", "a/b,,c/d;q=1"] {
            assert!(MediaType::check_list("accept", right).is_ok(), "{right}");
        }
        for wrong in ["garbage", "a/b, c", "a/b;q=high", "a/b;q=1.5", "a/b;q=-1", "a/b;q=NaN", "a/b;q="] {
            let words = MediaType::check_list("accept", wrong).expect_err(wrong).to_string();
            assert!(words.starts_with("accept: "), "{wrong}: {words}");
        }
    }

    #[test]
    fn refuses_what_is_no_media_type() {
        for text in ["", "dicom", "/", "a/", "/b", "a b/c"] {
            assert_eq!(MediaType::parse(text), None, "{text:?}");
        }
    }
}
