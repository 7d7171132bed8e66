//! The tables of the DICOM Conformance Statement, made of what the code itself uses: the table of routes, the attribute
//! table, the codecs. The page holds them between marks, `<!-- made: NAME -->` and `<!-- end -->`.

use std::fmt::Write as _;

use dicom_transfer_syntax_registry::TransferSyntaxRegistry;
use dimse_scp::statement::{self, SopClass};
use qido_wado_stow::{Kind, Operation, ParameterValue, operations};
use schema::attribute::{Attribute, Level, Matching, TABLE};

/// The page with every table made anew.
///
/// # Panics
/// When a mark names a table that there is not, or has no end.
pub fn filled(page: &str) -> String {
    let mut out = String::new();
    let mut rest = page;
    while let Some((before, after)) = rest.split_once("<!-- made: ") {
        let (name, after) = after.split_once(" -->").expect("a mark ends in the same line");
        let (_, after) = after.split_once("<!-- end -->").expect("a table has an end");
        let _ = write!(out, "{before}<!-- made: {name} -->\n{}<!-- end -->", table(name));
        rest = after;
    }
    out + rest
}

fn table(name: &str) -> String {
    match name {
        "resources" => resources(),
        "media types" => media_types(),
        "parameters" => parameters(),
        "patient" => attributes(Level::Patient),
        "study" => attributes(Level::Study),
        "series" => attributes(Level::Series),
        "instance" => attributes(Level::Instance),
        "transfer syntaxes" => transfer_syntaxes(),
        "SOP Classes" => sop_classes(),
        "query negotiation" => query_negotiation(),
        "DIMSE statuses" => dimse_statuses(),
        other => panic!("there is no table {other}"),
    }
}

/// A Markdown table.
fn markdown(heads: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let mut out = format!("| {} |\n|{}\n", heads.join(" | "), "---|".repeat(heads.len()));
    for row in rows {
        let _ = writeln!(out, "| {} |", row.join(" | "));
    }
    out
}

fn code(text: &str) -> String {
    format!("`{}`", if text.is_empty() { "/" } else { text })
}

fn clause(kind: &Kind) -> String {
    if kind.clause.is_empty() { "not in the Standard".to_owned() } else { format!("PS3.18 {}", kind.clause) }
}

fn resources() -> String {
    let row = |operation: &Operation| {
        vec![
            match operation.at_root {
                true => format!("{} at the server's root", code(&operation.path)),
                false => code(&operation.path),
            },
            operation.methods.to_owned(),
            operation.kind.title.to_owned(),
            clause(operation.kind),
        ]
    };
    markdown(&["URI template", "methods", "transaction", "clause"], operations().iter().map(row))
}

/// What operations have in common, each once, in the order of the table of routes.
fn kinds() -> Vec<&'static Kind> {
    let mut kinds: Vec<&'static Kind> = Vec::new();
    for operation in operations() {
        if !kinds.contains(&operation.kind) {
            kinds.push(operation.kind);
        }
    }
    kinds
}

fn media_types() -> String {
    let list = |types: &[&str]| {
        if types.is_empty() {
            "–".to_owned()
        } else {
            types.iter().map(|text| code(text)).collect::<Vec<_>>().join(", ")
        }
    };
    let row = |kind: &'static Kind| vec![kind.title.to_owned(), list(kind.takes), list(kind.gives)];
    markdown(&["transaction", "takes", "gives"], kinds().into_iter().map(row))
}

fn parameters() -> String {
    let rows = kinds().into_iter().flat_map(|kind| {
        let (query, headers) = (kind.parameters.iter(), kind.headers.iter());
        query.map(|of| (of, "")).chain(headers.map(|of| (of, " (header field)"))).map(|(parameter, place)| {
            let value = match parameter.value {
                ParameterValue::Text => "text".to_owned(),
                ParameterValue::Whole(least, u32::MAX) => format!("whole number from {least}"),
                ParameterValue::Whole(least, most) => format!("{least} to {most}"),
                ParameterValue::Flag => "`true`, `false`".to_owned(),
                ParameterValue::OneOf(words) => words.iter().map(|word| code(word)).collect::<Vec<_>>().join(", "),
            };
            vec![kind.title.to_owned(), code(parameter.name) + place, value, parameter.what.to_owned()]
        })
    });
    markdown(&["transaction", "parameter", "value", "what it says"], rows)
}

fn attributes(level: Level) -> String {
    let of_level = TABLE.iter().filter(|attribute| attribute.level == level);
    let row = |attribute: &Attribute| {
        let (group, element) = attribute.tag;
        let tag = format!("({group:04X},{element:04X})");
        let returned = if attribute.returned { "always" } else { "on request" };
        vec![
            tag,
            attribute.keyword.to_owned(),
            attribute.vr.to_string().to_owned(),
            matching(attribute).to_owned(),
            returned.to_owned(),
        ]
    };
    markdown(&["tag", "keyword", "VR", "matching", "returned"], of_level.map(row))
}

/// The kinds of matching (PS3.4 §C.2.2.2); universal matching goes for all.
fn matching(attribute: &Attribute) -> &'static str {
    match attribute.matching() {
        Matching::Text => "single value, wild card",
        Matching::Exact | Matching::Number => "single value",
        Matching::PersonName => "single value, wild card; without regard to case and accents, in each component group",
        Matching::Uid => "list of UIDs",
        Matching::Date | Matching::Time | Matching::DateTime => "single value, range",
        Matching::Sequence => "sequence",
        Matching::Nothing => "–",
    }
}

fn transfer_syntaxes() -> String {
    let mut known: Vec<(&str, &str)> = TransferSyntaxRegistry.iter().map(|known| (known.uid(), known.name())).collect();
    known.sort_unstable_by_key(|(uid, _)| uid.split('.').map(|part| part.parse().unwrap_or(0)).collect::<Vec<u64>>());
    known.dedup();
    let row = |(uid, name): (&str, &str)| {
        let decoded = if codec::can_decode(uid) { "yes" } else { "–" };
        vec![uid.to_owned(), name.to_owned(), decoded.to_owned(), made(uid).to_owned()]
    };
    markdown(&["UID", "name", "decoded", "made"], known.into_iter().map(row))
}

/// What is made in a transfer syntax of objects that are stored in another.
fn made(uid: &str) -> &'static str {
    match uid {
        "1.2.840.10008.1.2.1" => "yes",
        "1.2.840.10008.1.2.1.99" => "whole objects",
        "1.2.840.10008.1.2" | "1.2.840.10008.1.2.2" => "by DIMSE",
        _ if codec::recodes("1.2.840.10008.1.2.4.50", uid) => "of JPEG Baseline",
        _ if codec::lossy_method(uid).is_some() => "on the web, with loss",
        _ if codec::encodable(uid).is_some() => "yes",
        _ => "–",
    }
}

fn sop_classes() -> String {
    let name = |uid: &&str| {
        let known = TransferSyntaxRegistry.iter().find(|known| known.uid() == *uid);
        known.map_or((*uid).to_owned(), |known| known.name().to_owned())
    };
    let row = |class: &SopClass| {
        let syntaxes = match class.transfer_syntaxes {
            None => "the first that is proposed".to_owned(),
            Some(ours) => ours.iter().map(name).collect::<Vec<_>>().join(", "),
        };
        vec![class.name.to_owned(), class.uid.to_owned(), "SCP".to_owned(), syntaxes]
    };
    let mut rows: Vec<Vec<String>> = statement::sop_classes().iter().map(row).collect();
    let storage = ["every SOP Class of Storage, private ones too", "", "SCP", "the first that is proposed"];
    rows.push(storage.map(str::to_owned).to_vec());
    markdown(&["SOP Class", "UID", "role", "transfer syntaxes, the preferred first"], rows)
}

fn query_negotiation() -> String {
    let rows = statement::query_negotiation().into_iter().enumerate().map(|(number, (name, agreed))| {
        vec![(number + 1).to_string(), name.to_owned(), if agreed { "yes" } else { "no" }.to_owned()]
    });
    markdown(&["byte", "about", "agreed to when proposed"], rows)
}

fn dimse_statuses() -> String {
    let rows = statement::statuses()
        .into_iter()
        .map(|(operation, status, when)| vec![operation.to_owned(), format!("{status:04X}H"), when.to_owned()]);
    markdown(&["operation", "status", "when"], rows)
}
