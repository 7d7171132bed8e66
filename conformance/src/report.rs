//! Reports of a run: for people, for programs, and for continuous integration.

mod comparison;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::{Value, json};

pub use comparison::compare;

use crate::requirement::{Finding, Level};
use crate::suite::Outcome;

/// The word for the result of one requirement.
pub fn result(outcome: &Outcome) -> &'static str {
    match &outcome.verdict {
        None => "not checked",
        Some(Ok(())) => "passed",
        Some(Err(Finding::NotApplicable(_))) => "not applicable",
        Some(Err(Finding::Failed { .. })) => "failed",
    }
}

/// For people: a line for each group of requirements, then what failed.
pub fn text(outcomes: &[Outcome]) -> String {
    let mut groups: BTreeMap<&str, [usize; 4]> = BTreeMap::new();
    for outcome in outcomes {
        let column =
            ["passed", "failed", "not applicable", "not checked"].iter().position(|word| *word == result(outcome));
        groups.entry(outcome.requirement.group()).or_default()[column.unwrap_or_default()] += 1;
    }
    let mut out =
        format!("{:<12} {:>7} {:>7} {:>15} {:>12}\n", "", "passed", "failed", "not applicable", "not checked");
    for (group, [passed, failed, not_applicable, not_checked]) in groups {
        let _ = writeln!(out, "{group:<12} {passed:>7} {failed:>7} {not_applicable:>15} {not_checked:>12}");
    }
    for (level, heading) in [
        (Level::Shall, "Not conforming (shall)"),
        (Level::Should, "Warnings (should)"),
        (Level::May, "Not offered (may)"),
    ] {
        let failed =
            outcomes.iter().filter(|outcome| outcome.requirement.level == level && result(outcome) == "failed");
        let lines: Vec<String> = failed.map(failure).collect();
        let _ = write!(out, "\n{heading}: {}\n{}", lines.len(), lines.concat());
    }
    out
}

/// What failed, in three lines.
fn failure(outcome: &Outcome) -> String {
    let requirement = outcome.requirement;
    let Some(Err(Finding::Failed { reason, request, status })) = &outcome.verdict else { return String::new() };
    let status = status.map_or_else(|| "no answer".to_owned(), |status| status.to_string());
    let (id, clause, text) = (requirement.id, requirement.clause, requirement.text);
    format!("  {id}  {text}  ({clause})\n      {reason}\n      {request} → {status}\n")
}

/// For programs.
pub fn json(server: &str, outcomes: &[Outcome]) -> Value {
    let results = outcomes.iter().map(|outcome| {
        let requirement = outcome.requirement;
        let mut item = json!({
            "id": requirement.id,
            "clause": requirement.clause,
            "level": requirement.level.name(),
            "text": requirement.text,
            "result": result(outcome),
        });
        match &outcome.verdict {
            Some(Err(Finding::Failed { reason, request, status })) => {
                (item["reason"], item["request"], item["status"]) = (json!(reason), json!(request), json!(status));
            }
            Some(Err(Finding::NotApplicable(why))) => item["reason"] = json!(why),
            _ => {}
        }
        item
    });
    json!({ "server": server, "results": results.collect::<Vec<_>>() })
}

/// For continuous integration: a test case for each requirement. Only what the Standard demands is a failure.
pub fn junit(outcomes: &[Outcome]) -> String {
    let cases: Vec<String> = outcomes.iter().map(case).collect();
    let failures = cases.iter().filter(|case| case.contains("<failure")).count();
    let head = format!("<testsuite name=\"conformance\" tests=\"{}\" failures=\"{failures}\">", cases.len());
    format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{head}\n{}</testsuite>\n", cases.concat())
}

fn case(outcome: &Outcome) -> String {
    let requirement = outcome.requirement;
    let name = escaped(&format!("{} {}", requirement.id, requirement.text));
    let content = match &outcome.verdict {
        Some(Ok(())) => String::new(),
        Some(Err(Finding::Failed { reason, request, .. })) if requirement.level == Level::Shall => {
            format!("<failure message=\"{}\">{}</failure>", escaped(reason), escaped(request))
        }
        Some(Err(Finding::Failed { reason, .. } | Finding::NotApplicable(reason))) => {
            format!("<skipped message=\"{}: {}\"/>", requirement.level.name(), escaped(reason))
        }
        None => "<skipped message=\"not checked\"/>".to_owned(),
    };
    format!("  <testcase classname=\"{}\" name=\"{name}\">{content}</testcase>\n", requirement.group())
}

/// Text within XML, without characters that XML has not.
fn escaped(text: &str) -> String {
    let kept: String = text.chars().filter(|c| !c.is_control()).collect();
    kept.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcomes() -> Vec<Outcome> {
        let failed = Finding::Failed { reason: "seen <x> & \"y\"".into(), request: "GET /".into(), status: Some(500) };
        let verdicts = [Some(Ok(())), Some(Err(failed)), Some(Err(Finding::NotApplicable("no".into()))), None];
        let shall = crate::requirements::all().filter(|requirement| requirement.level == Level::Shall);
        shall.zip(verdicts).map(|(requirement, verdict)| Outcome { requirement, verdict }).collect()
    }

    #[test]
    fn every_form_tells_the_four_results_apart() {
        let words: Vec<&str> = outcomes().iter().map(result).collect();
        assert_eq!(words, ["passed", "failed", "not applicable", "not checked"]);
        assert!(text(&outcomes()).contains("Not conforming (shall): 1"));
        assert_eq!(json("x", &outcomes())["results"][1]["status"], 500);
        let junit = junit(&outcomes());
        assert!(junit.contains("failures=\"1\"") && junit.contains("seen &lt;x&gt; &amp; &quot;y&quot;"));
    }
}
