//! A page that compares two servers, from the JSON reports of both.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::Value;

/// The page. Each side is the name of a server and its report.
pub fn compare(ours: (&str, &Value), theirs: (&str, &Value)) -> String {
    let ((our_name, ours), (their_name, theirs)) = ((ours.0, results(ours.1)), (theirs.0, results(theirs.1)));
    let mut out = format!(
        "# How {our_name} and {their_name} conform\n\nMade by `make conformance-peer`: the same checks against both, with the \
         same objects. A row is a group of requirements;\npassed / failed, of `shall` and of `should` and `may` together. \
         `conformance/` has the requirements by id.\n\n| requirements | {our_name}: shall | should, may | {their_name}: shall | \
         should, may |\n|---|---|---|---|---|\n"
    );
    let mut groups: BTreeMap<&str, [[usize; 2]; 4]> = BTreeMap::new();
    let mut all = [[0; 2]; 4];
    for (side, results) in [(0, &ours), (2, &theirs)] {
        for (id, item) in results {
            let group = id.rsplit_once('-').map_or(*id, |(group, _)| group);
            let column = side + usize::from(item["level"] != "shall");
            let row = match item["result"].as_str() {
                Some("passed") => 0,
                Some("failed") => 1,
                _ => continue,
            };
            groups.entry(group).or_default()[column][row] += 1;
            all[column][row] += 1;
        }
    }
    for (group, cells) in groups.into_iter().chain([("**all**", all)]) {
        let cells: Vec<String> = cells.iter().map(|[passed, failed]| format!("{passed} / {failed}")).collect();
        let _ = writeln!(out, "| {group} | {} |", cells.join(" | "));
    }
    for (heading, one, other) in [
        (format!("{our_name} passes, {their_name} fails"), &ours, &theirs),
        (format!("{their_name} passes, {our_name} fails"), &theirs, &ours),
    ] {
        let _ = write!(out, "\n## {heading}\n\n{}", differences(one, other));
    }
    out
}

fn results(report: &Value) -> BTreeMap<&str, &Value> {
    let items = report["results"].as_array().into_iter().flatten();
    items.filter_map(|item| Some((item["id"].as_str()?, item))).collect()
}

/// What one passes and the other fails, a line each.
fn differences(one: &BTreeMap<&str, &Value>, other: &BTreeMap<&str, &Value>) -> String {
    let differ = one.iter().filter_map(|(id, item)| {
        let failed = other.get(id).filter(|other| item["result"] == "passed" && other["result"] == "failed")?;
        let (level, text) = (item["level"].as_str()?, item["text"].as_str()?);
        let seen = failed["status"].as_u64().map_or_else(String::new, |status| format!(" Seen: {status}."));
        Some(format!("- {id} ({level}): {text}{seen}\n"))
    });
    let lines: Vec<String> = differ.collect();
    if lines.is_empty() { "Nothing.\n".to_owned() } else { lines.concat() }
}
