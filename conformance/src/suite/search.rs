//! Sentences about searches (PS3.18 §10.6): what is found among the objects of this run.

use std::rc::Rc;

use serde_json::Value;

use super::{JSON, Suite};
use crate::answer::Answer;
use crate::requirement::{Finding, Verdict};

impl Suite {
    /// The matches of a search, with the answer that has them.
    pub fn search(&self, path: &str) -> Result<(Rc<Answer>, Vec<Value>), Finding> {
        let answer = self.get(path, JSON)?;
        let matches = answer.array()?;
        Ok((answer, matches))
    }

    /// A search of Studies by `keys` finds exactly these of the three (0, 1, 2). Each is asked for by its own Patient ID
    /// besides, so that what else the server holds does not matter.
    pub fn finds(&self, keys: &str, expected: &[usize]) -> Verdict {
        for study in 0..3 {
            let path = format!("/studies?PatientID={}&{keys}", self.subjects.patient(study));
            let (answer, matches) = self.search(&path)?;
            let (found, wanted) = (!matches.is_empty(), expected.contains(&study));
            let words = if wanted { "expected a match, there is none" } else { "expected no match, there is one" };
            answer.holds(found == wanted, words)?;
        }
        Ok(())
    }

    /// A search of Studies by `keys` alone finds exactly these of the three; for keys that name what only this run has.
    pub fn finds_alone(&self, keys: &str, expected: &[usize]) -> Verdict {
        let (answer, matches) = self.search(&format!("/studies?{keys}"))?;
        let found: Vec<&str> = matches.iter().map(|found| text(found, "0020000D")).collect();
        let studies = [&self.subjects.ct[0].study, &self.subjects.rich.study, &self.subjects.jpeg.study];
        for (number, study) in studies.iter().enumerate() {
            let words = format!("study {study} is {}found", if expected.contains(&number) { "not " } else { "" });
            answer.holds(found.contains(&study.as_str()) == expected.contains(&number), words)?;
        }
        answer.holds(found.len() == expected.len(), format!("there are {} matches", found.len())).map(drop)
    }

    /// A search finds this many matches.
    pub fn counts(&self, path: &str, expected: usize) -> Verdict {
        let (answer, matches) = self.search(path)?;
        answer
            .holds(matches.len() == expected, format!("expected {expected} matches, seen {}", matches.len()))
            .map(drop)
    }

    /// The one match of a search has this element, as JSON.
    pub fn match_has(&self, path: &str, tag: &str, expected: &str) -> Verdict {
        let (answer, matches) = self.search(path)?;
        let first = matches.first().ok_or_else(|| answer.failed("there is no match"))?;
        same(&answer, first, tag, expected)
    }

    /// Every match of a search has these tags, with or without a value.
    pub fn match_has_all(&self, path: &str, tags: &[&str]) -> Verdict {
        let (answer, matches) = self.search(path)?;
        answer.holds(!matches.is_empty(), "there is no match")?;
        let lacking: Vec<_> =
            tags.iter().filter(|tag| !matches.iter().all(|found| found.get(**tag).is_some())).collect();
        answer.holds(lacking.is_empty(), format!("a match lacks {lacking:?}")).map(drop)
    }

    /// The matches of a search have not this element.
    pub fn match_lacks(&self, path: &str, tag: &str) -> Verdict {
        let (answer, matches) = self.search(path)?;
        answer.holds(!matches.is_empty(), "there is no match")?;
        answer.holds(matches.iter().all(|found| found.get(tag).is_none()), format!("a match has {tag}")).map(drop)
    }

    /// Path of a search of the first Study by its Patient ID, with more parameters (`&…`).
    pub fn first(&self, more: &str) -> String {
        format!("/studies?PatientID={}{more}", self.subjects.patient(0))
    }

    /// The same of the second.
    pub fn second(&self, more: &str) -> String {
        format!("/studies?PatientID={}{more}", self.subjects.patient(1))
    }
}

/// The element is what the JSON text says.
pub(super) fn same(answer: &Answer, object: &Value, tag: &str, expected: &str) -> Verdict {
    let wanted: Value =
        serde_json::from_str(expected).map_err(|error| answer.failed(format!("in the suite: {error}")))?;
    let seen = object.get(tag).ok_or_else(|| answer.failed(format!("there is no {tag}")))?;
    let short: String = seen.to_string().chars().take(300).collect();
    answer.holds(is_same(seen, &wanted), format!("expected {tag} as {wanted}, seen {short}")).map(drop)
}

/// Whether two values are the same; a number is itself whether written 1 or 1.0.
fn is_same(seen: &Value, wanted: &Value) -> bool {
    match (seen, wanted) {
        (Value::Number(seen), Value::Number(wanted)) => seen.as_f64() == wanted.as_f64(),
        (Value::Array(seen), Value::Array(wanted)) => {
            seen.len() == wanted.len() && seen.iter().zip(wanted).all(|(seen, wanted)| is_same(seen, wanted))
        }
        (Value::Object(seen), Value::Object(wanted)) => {
            seen.len() == wanted.len()
                && wanted.iter().all(|(key, wanted)| seen.get(key).is_some_and(|seen| is_same(seen, wanted)))
        }
        _ => seen == wanted,
    }
}

/// First value of an element, as text.
pub fn text<'a>(object: &'a Value, tag: &str) -> &'a str {
    object.get(tag).and_then(|element| element["Value"][0].as_str()).unwrap_or_default()
}
