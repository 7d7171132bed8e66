//! Person Names: matched without case and accents, each component group by itself (PS3.4 §C.2.2.2.1).
//!
//! Folded names are kept with `=` between their component groups, so a pattern that stops at `=` matches one group.

use crate::fold::{fold, fold_person_name};

/// A regular expression for folded names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NamePattern(pub(crate) String);

/// Any characters of one component group.
const ANY: &str = "[^=]*";

impl NamePattern {
    /// Reads a key's value. One component group may be any of the name's; several are those at their places.
    /// `None`: it matches everything.
    pub(super) fn parse(value: &str) -> Option<Self> {
        let groups: Vec<&str> = value.trim_end_matches(['=', ' ']).splitn(3, '=').collect();
        let expressions: Vec<String> = groups.iter().map(|group| expression(group)).collect();
        if expressions.iter().all(|expression| expression == ANY) {
            return None;
        }
        Some(Self(match expressions.as_slice() {
            [one] => format!("(^|=){one}($|=)"),
            several => format!("^{}($|=)", several.join("=")),
        }))
    }
}

/// The regular expression of one group. `Doe^*` is also `Doe`, whose given name is empty.
fn expression(group: &str) -> String {
    let folded = fold_person_name(group);
    let mut name = folded.as_str();
    while let Some(shorter) = name.strip_suffix("^*") {
        name = shorter;
    }
    let mut expression = String::with_capacity(name.len() + 16);
    for character in name.chars() {
        match character {
            '*' if expression.ends_with(ANY) => {}
            '*' => expression.push_str(ANY),
            '?' => expression.push_str("[^=]"),
            '=' => expression.push(' '),
            other if other.is_ascii() && !other.is_ascii_alphanumeric() && other != ' ' => {
                expression.extend(['\\', other]);
            }
            other => expression.push(other),
        }
    }
    if name.len() < folded.len() && !expression.is_empty() && !expression.ends_with(ANY) {
        expression.push_str("(\\^[^=]*)?");
    }
    if expression.is_empty() { ANY.to_owned() } else { expression }
}

/// The words of a fuzzy key, folded. `None`: there are none.
pub(super) fn tokens(value: &str) -> Option<Vec<String>> {
    let folded = fold(value);
    let separates =
        |character: char| !character.is_alphanumeric() && character != '\u{3099}' && character != '\u{309A}';
    let tokens: Vec<String> = folded.split(separates).filter(|token| !token.is_empty()).map(str::to_owned).collect();
    (!tokens.is_empty()).then_some(tokens)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(value: &str) -> Option<String> {
        NamePattern::parse(value).map(|pattern| pattern.0)
    }

    #[test]
    fn makes_patterns_that_stay_in_their_group() {
        assert_eq!(parse("Quaestor^Ada*").as_deref(), Some("(^|=)quaestor\\^ada[^=]*($|=)"));
        assert_eq!(parse("M?ller").as_deref(), Some("(^|=)m[^=]ller($|=)"));
        assert_eq!(parse("Yamada^Tarou=山田*").as_deref(), Some("^yamada\\^tarou=山田[^=]*($|=)"));
        assert_eq!(parse("=山田^太郎").as_deref(), Some("^[^=]*=山田\\^太郎($|=)"));
    }

    #[test]
    fn takes_an_open_given_name_for_a_missing_one_too() {
        assert_eq!(parse("Doe^*^").as_deref(), Some("(^|=)doe(\\^[^=]*)?($|=)"));
        assert_eq!(parse("*^*"), None);
    }

    #[test]
    fn escapes_regular_expressions() {
        assert_eq!(parse("a.(b)[c]{d}+$|\\").as_deref(), Some("(^|=)a\\.\\(b\\)\\[c\\]\\{d\\}\\+\\$\\|\\\\($|=)"));
    }

    #[test]
    fn splits_fuzzy_keys_into_words() {
        assert_eq!(tokens("Ada, Quäestor*"), Some(vec!["ada".to_owned(), "quaestor".to_owned()]));
        assert_eq!(tokens("^ ,"), None);
    }
}
