//! Person Names: matched without case and accents, each component group by itself (PS3.4 §C.2.2.2.1).
//!
//! Folded names are kept with `=` between their component groups, so a pattern that stops at `=` matches one group.

use crate::fold::{fold, fold_person_name};

/// What folded names are compared with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NamePattern {
    /// A regular expression.
    pub(crate) expression: String,
    /// What one of the name's component groups must begin with, so that an index finds it; none when that is not said.
    pub(crate) begins: Option<String>,
}

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
        Some(match (expressions.as_slice(), groups.as_slice()) {
            ([one], [group]) => Self { expression: format!("(^|=){one}($|=)"), begins: beginning(group) },
            (several, _) => Self { expression: format!("^{}($|=)", several.join("=")), begins: None },
        })
    }
}

/// What a group begins with before its first wild card.
fn beginning(group: &str) -> Option<String> {
    let folded = fold_person_name(group).replace('=', " ");
    let name = folded.split(['*', '?']).next().unwrap_or_default();
    // `Doe^*` is also `Doe`.
    let name = if name.len() < folded.len() { name.trim_end_matches('^') } else { name };
    (!name.is_empty()).then(|| name.to_owned())
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

/// Words of a fuzzy key that are looked for; the rest of an overlong one is not.
const MOST_WORDS: usize = 10;
/// Words shorter than this must be right: with one letter changed they would be too many others.
const SHORTEST_WRONG: usize = 4;
/// Words longer than this must be right: no name is so long, and every letter lengthens the expression.
const LONGEST_WRONG: usize = 32;

/// Patterns for the words of a fuzzy key: each begins a word of the name, at most one of its letters being wrong,
/// missing, too much, or swapped with the next. `None`: there are no words.
pub(super) fn words(value: &str) -> Option<Vec<NamePattern>> {
    let folded = fold(value);
    // Voicing marks of kana and the like are part of their letter.
    let separates = |character: char| character.is_ascii() && !character.is_ascii_alphanumeric();
    let words = folded.split(separates).filter(|word| !word.is_empty()).take(MOST_WORDS);
    let patterns: Vec<NamePattern> = words
        .map(|word| NamePattern { expression: format!("(^|[\\^=, .'-])({})", nearly(word)), begins: None })
        .collect();
    (!patterns.is_empty()).then_some(patterns)
}

/// Alternatives of a word of letters and digits.
fn nearly(word: &str) -> String {
    let letters: Vec<char> =
        word.chars().filter(|letter| letter.is_ascii_alphanumeric() || !letter.is_ascii()).collect();
    let text = |letters: &[char]| letters.iter().collect::<String>();
    let mut alternatives = vec![text(&letters)];
    if (SHORTEST_WRONG..=LONGEST_WRONG).contains(&letters.len()) {
        for at in 0..letters.len() {
            let (before, rest) = (text(&letters[..at]), &letters[at..]);
            alternatives.push(format!("{before}[^\\^=]{}", text(&rest[1..])));
            alternatives.push(format!("{before}{}", text(&rest[1..])));
            alternatives.push(format!("{before}[^\\^=]{}", text(rest)));
            if let [one, other, rest @ ..] = rest {
                alternatives.push(format!("{before}{other}{one}{}", text(rest)));
            }
        }
    }
    alternatives.join("|")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(value: &str) -> Option<String> {
        NamePattern::parse(value).map(|pattern| pattern.expression)
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
    fn knows_what_a_group_begins_with() {
        let begins = |value| NamePattern::parse(value).and_then(|pattern| pattern.begins);
        assert_eq!(begins("Müller^An*").as_deref(), Some("muller^an"));
        assert_eq!(begins("Doe").as_deref(), Some("doe"));
        assert_eq!(begins("Doe^*").as_deref(), Some("doe"));
        assert_eq!(begins("Do?").as_deref(), Some("do"));
        assert_eq!(begins("*Doe"), None);
        assert_eq!(begins("Yamada=山田"), None);
    }

    #[test]
    fn escapes_regular_expressions() {
        assert_eq!(parse("a.(b)[c]{d}+$|\\").as_deref(), Some("(^|=)a\\.\\(b\\)\\[c\\]\\{d\\}\\+\\$\\|\\\\($|=)"));
    }

    #[test]
    fn splits_fuzzy_keys_into_words() {
        let found = |value| words(value).map(|words| words.into_iter().map(|word| word.expression).collect::<Vec<_>>());
        let pattern = |word| format!("(^|[\\^=, .'-])({word})");
        assert_eq!(found("Ädä, Li*"), Some(vec![pattern("ada"), pattern("li")]));
        let anna = "anna|[^\\^=]nna|nna|[^\\^=]anna|nana|a[^\\^=]na|ana|a[^\\^=]nna|anna|an[^\\^=]a|ana|an[^\\^=]na|anan|ann[^\\^=]|ann|ann[^\\^=]a";
        assert_eq!(found("anna"), Some(vec![pattern(anna)]));
        assert_eq!(found("^ ,"), None);
    }
}
