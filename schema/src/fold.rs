//! Folding of text, so that names match whatever their case and accents (PS3.4 §C.2.2.2.1).

use unicode_normalization::UnicodeNormalization;

/// Folds case, accents and compatibility forms (full width, ligatures) away. Scripts without accents stay as they are;
/// marks that make another letter (Japanese voicing, Indic vowels) are kept.
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for character in text.nfkd().filter(|character| !is_accent(*character)).flat_map(char::to_lowercase) {
        match character {
            'ß' => folded.push_str("ss"),
            'æ' => folded.push_str("ae"),
            'œ' => folded.push_str("oe"),
            'ø' => folded.push('o'),
            'ł' => folded.push('l'),
            'đ' | 'ð' => folded.push('d'),
            'þ' => folded.push_str("th"),
            'ı' => folded.push('i'),
            'ς' => folded.push('σ'),
            other if is_accent(other) => {}
            other => folded.push(other),
        }
    }
    folded.nfc().collect()
}

/// Folds one component group of a Person Name: also without blanks around its components and empty ones at its end.
pub fn fold_person_name(group: &str) -> String {
    let folded = fold(group);
    let components: Vec<&str> = folded.split('^').map(str::trim).collect();
    components.join("^").trim_end_matches('^').to_owned()
}

fn is_accent(character: char) -> bool {
    ('\u{300}'..='\u{36F}').contains(&character)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folds_case_and_accents() {
        assert_eq!(fold("Müller^ÅSA"), "muller^asa");
        assert_eq!(fold("Żółw Straße"), "zolw strasse");
        assert_eq!(fold("ΓΙΏΡΓΟΣ"), fold("γιώργοσ"));
        assert_eq!(fold("İpek"), "ipek");
    }

    #[test]
    fn keeps_marks_that_make_another_letter() {
        assert_ne!(fold("が"), fold("か"));
        assert_eq!(fold("ﾔﾏﾀﾞ"), fold("ヤマダ"));
        assert_eq!(fold("김희중").chars().count(), 3);
    }

    #[test]
    fn drops_empty_components_at_the_end() {
        assert_eq!(fold_person_name("Doe ^ John^^ "), "doe^john");
        assert_eq!(fold_person_name("^John"), "^john");
    }
}
