//! The query parameter `charset` (PS3.18 §8.3.3.2). Every text that we send is in UTF-8, which can hold all of them, so a
//! known character set is noted and no more.

use encoding_rs::Encoding;

use crate::Failure;
use crate::query::Query;

/// 400 when the parameter names what is no character set.
pub(crate) fn check(query: &Query) -> Result<(), Failure> {
    let named = query.all("charset").flat_map(|value| value.split(','));
    let labels = named.map(|value| value.split(';').next().unwrap_or_default().trim());
    match labels.filter(|label| *label != "*").find(|label| Encoding::for_label(label.as_bytes()).is_none()) {
        None => Ok(()),
        Some(unknown) => {
            let shown: String = unknown.chars().take(40).collect();
            Err(Failure::BadRequest(format!("charset: '{shown}' is no character set; answers are in UTF-8")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_character_sets_by_their_names() {
        let of = |raw: &str| check(&Query::parse(raw).unwrap());
        for known in ["", "charset=utf-8", "charset=ISO-8859-1,utf-8;q=0.5", "charset=*", "charset=Shift_JIS"] {
            assert!(of(known).is_ok(), "{known}");
        }
        for unknown in ["charset=no-such-set", "charset=", "charset=utf-8,x"] {
            assert!(of(unknown).is_err_and(|failure| failure.to_string().contains("charset")), "{unknown}");
        }
    }
}
