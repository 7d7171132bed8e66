//! Where somebody goes after logging in.

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

/// Longest path that is carried through the log-in page.
const LONGEST: usize = 2048;
/// What would end or change a query value.
const VALUE: &AsciiSet =
    &CONTROLS.add(b' ').add(b'"').add(b'#').add(b'%').add(b'&').add(b'+').add(b'<').add(b'>').add(b'\'').add(b'?');

/// A path (and query) of this server. Never another host's: a link to the log-in page must not lead elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Next(String);

impl Next {
    /// The path, or the start page when it is not one of this server's.
    ///
    /// Browsers take `//host`, `/\host` and `/<tab>/host` for other hosts.
    pub(crate) fn new(path: Option<&str>) -> Self {
        let local = |path: &&str| {
            path.starts_with('/')
                && !path.starts_with("//")
                && !path.starts_with("/login")
                && path.len() <= LONGEST
                && path.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\')
        };
        Self(path.filter(local).unwrap_or("/").to_owned())
    }

    /// The path.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// The log-in page that leads here.
    pub(crate) fn login(&self) -> String {
        if self.0 == "/" { "/login".to_owned() } else { format!("/login?next={}", utf8_percent_encode(&self.0, VALUE)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leads_nowhere_but_here() {
        for elsewhere in [
            "//evil.example",
            "/\\evil.example",
            "/\t/evil.example",
            "/\n/evil.example",
            "https://evil.example/",
            "evil.example",
            "javascript:alert(1)",
            "/viewer\\..\\x",
            "/login?next=/login",
            "",
            &format!("/{}", "a".repeat(LONGEST)),
        ] {
            assert_eq!(Next::new(Some(elsewhere)).as_str(), "/", "{elsewhere:?}");
        }
        assert_eq!(Next::new(None).as_str(), "/");
        for here in ["/", "/viewer/", "/viewer/viewer?StudyInstanceUIDs=1.2.3&x=%20", "/api"] {
            assert_eq!(Next::new(Some(here)).as_str(), here);
        }
    }

    #[test]
    fn survives_the_query_of_the_login_page() {
        let next = Next::new(Some("/viewer/viewer?StudyInstanceUIDs=1.2&b=a%20c"));
        assert_eq!(next.login(), "/login?next=/viewer/viewer%3FStudyInstanceUIDs=1.2%26b=a%2520c");
        assert_eq!(Next::new(None).login(), "/login");
    }
}
