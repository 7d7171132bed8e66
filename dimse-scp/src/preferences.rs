//! Which transfer syntaxes are preferred for the objects of a SOP Class, where a requestor offers several in one
//! presentation context.

use std::collections::BTreeMap;
use std::str::FromStr;

use archive::Uid;

/// What stands for all SOP Classes of Storage that are not named.
const ALL: &str = "*";

/// Transfer syntaxes by SOP Class, the best first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Preferences(BTreeMap<String, Vec<String>>);

impl FromStr for Preferences {
    type Err = String;

    /// Reads `SOP_CLASS=TRANSFER_SYNTAX,TRANSFER_SYNTAX` for each SOP Class, with blanks between; `*` is all others.
    fn from_str(text: &str) -> Result<Self, String> {
        let uid = |text: &str| Uid::new(text).map(|_| text.to_owned()).map_err(|error| format!("{text}: {error}"));
        let mut all = BTreeMap::new();
        for entry in text.split_whitespace() {
            let (class, syntaxes) = entry
                .split_once('=')
                .ok_or_else(|| format!("'{entry}' is not SOP_CLASS=TRANSFER_SYNTAX,TRANSFER_SYNTAX"))?;
            let class = if class == ALL { class.to_owned() } else { uid(class)? };
            all.insert(class, syntaxes.split(',').map(uid).collect::<Result<Vec<_>, _>>()?);
        }
        Ok(Self(all))
    }
}

impl Preferences {
    /// The best of those that are offered; none when none of them is preferred.
    pub(crate) fn choose<'a>(&self, class: &str, offered: &'a [String]) -> Option<&'a str> {
        let preferred = self.0.get(class).or_else(|| self.0.get(ALL))?;
        preferred.iter().find_map(|uid| offered.iter().find(|offered| *offered == uid)).map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefers_by_class_and_for_all_others() {
        let preferences: Preferences = "1.2.3=1.5,1.4  *=1.6".parse().unwrap();
        let offered = ["1.4", "1.6", "1.5"].map(str::to_owned);
        assert_eq!(preferences.choose("1.2.3", &offered), Some("1.5"));
        assert_eq!(preferences.choose("1.2.4", &offered), Some("1.6"));
        assert_eq!(preferences.choose("1.2.3", &offered[1..2]), None);
        assert_eq!(Preferences::default().choose("1.2.3", &offered), None);
    }

    #[test]
    fn refuses_what_is_no_preference() {
        for bad in ["1.2.3", "1.2.3=", "=1.2", "1.2.3=x", "1.2.3=1.4,", "**=1.2"] {
            assert!(bad.parse::<Preferences>().is_err(), "{bad}");
        }
    }
}
