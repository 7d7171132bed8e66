//! Structured Reports for people (PS3.18 Table 8.7.4-1, Text): a page of HTML, or lines of text.
//!
//! Headings follow the tree of the report, every value stands beside its name, codes beside their meaning. Nothing of the
//! report is taken for markup.

use archive::render::{Concept, ContentItem, Report, Value};
use maud::{DOCTYPE, Markup, html};

use crate::address::Address;

/// Deepest heading that HTML has.
const DEEPEST_HEADING: usize = 6;

const STYLE: &str = "body{font:1rem/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1a1a1a;\
    background:#fff}dl{display:grid;grid-template-columns:max-content 1fr;gap:.1rem 1rem}dt,.name{font-weight:600}\
    dd{margin:0}.code{color:#595959;font-size:.85em}.item{margin:.3rem 0 .3rem 1rem}.text{white-space:pre-wrap}\
    @media(prefers-color-scheme:dark){body{color:#eee;background:#161616}.code{color:#b0b0b0}a{color:#8ab4f8}}";

/// The report as a page. Images that it refers to are links to their renderings.
pub(super) fn page(report: &Report, address: &Address) -> String {
    let title = title(report);
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) }
                style { (maud::PreEscaped(STYLE)) }
            }
            body {
                main {
                    h1 { (title) @if let Some(name) = &report.content.name { " " (code(name)) } }
                    dl { @for (name, value) in &report.about { dt { (name) } dd { (value) } } }
                    @for child in &report.content.children { (item(child, 2, address)) }
                }
            }
        }
    }
    .into_string()
}

fn title(report: &Report) -> &str {
    report.content.name.as_ref().map(|name| name.meaning.as_str()).filter(|text| !text.is_empty()).unwrap_or("Report")
}

/// A container is a section with a heading of its depth, everything else a line.
fn item(item: &ContentItem, depth: usize, address: &Address) -> Markup {
    let below = html! { @for child in &item.children { (self::item(child, depth + 1, address)) } };
    if item.value_type == "CONTAINER" {
        return html! {
            section {
                @if let Some(name) = &item.name { (heading(name, depth)) }
                (below)
            }
        };
    }
    html! {
        div.item {
            @if let Some(name) = &item.name { span.name { (name.meaning) } " " (code(name)) ": " }
            (value(&item.value, address))
            (below)
        }
    }
}

fn heading(name: &Concept, depth: usize) -> Markup {
    match depth.min(DEEPEST_HEADING) {
        2 => html! { h2 { (name.meaning) " " (code(name)) } },
        3 => html! { h3 { (name.meaning) " " (code(name)) } },
        4 => html! { h4 { (name.meaning) " " (code(name)) } },
        5 => html! { h5 { (name.meaning) " " (code(name)) } },
        _ => html! { h6 { (name.meaning) " " (code(name)) } },
    }
}

fn code(concept: &Concept) -> Markup {
    html! { @if !concept.value.is_empty() { span.code { "(" (concept.value) ", " (concept.scheme) ")" } } }
}

fn value(value: &Value, address: &Address) -> Markup {
    match value {
        Value::None => html! {},
        Value::Text(text) => html! { span.text { (text) } },
        Value::Code(concept) => html! { (concept.meaning) " " (code(concept)) },
        Value::Number { value, unit, qualifier } => html! {
            (value)
            @if let Some(unit) = unit { " " (unit.value) @if unit.meaning != unit.value { " " span.code { (unit.meaning) } } }
            @if let Some(qualifier) = qualifier { " " (qualifier.meaning) " " (code(qualifier)) }
        },
        Value::Reference { instance, frames, place, .. } => {
            let words = reference_words(instance, frames);
            match place.as_ref().and_then(|place| link(place, instance, frames, address)) {
                Some(link) => html! { a href=(link) { (words) } },
                None => html! { (words) },
            }
        }
        Value::Coordinates { .. } | Value::SameAs(_) => html! { (plain_value(value)) },
    }
}

/// UIDs of a report are only linked to when they are UIDs.
fn link((study, series): &(String, String), instance: &str, frames: &[i64], address: &Address) -> Option<String> {
    [study, series, instance].iter().try_for_each(|uid| archive::Uid::new(uid).map(drop)).ok()?;
    let instance = address.instance(study, series, instance);
    match frames {
        [frame] if *frame > 0 => Some(format!("{instance}/frames/{frame}/rendered")),
        _ => Some(format!("{instance}/rendered")),
    }
}

fn reference_words(instance: &str, frames: &[i64]) -> String {
    match frames {
        [] => instance.to_owned(),
        _ => format!("{instance}, frame {}", list(frames)),
    }
}

fn list<T: ToString>(numbers: &[T]) -> String {
    numbers.iter().map(T::to_string).collect::<Vec<_>>().join(", ")
}

/// The report as lines of text, indented by depth.
pub(super) fn plain(report: &Report) -> String {
    let mut text = format!("{}\n\n", title(report));
    for (name, value) in &report.about {
        text.push_str(&format!("{name}: {value}\n"));
    }
    text.push('\n');
    report.content.children.iter().for_each(|child| lines(child, 0, &mut text));
    text
}

fn lines(item: &ContentItem, depth: usize, text: &mut String) {
    let indent = "  ".repeat(depth);
    let name = item.name.as_ref().map_or_else(String::new, |name| format!("{}: ", name.meaning));
    let value = plain_value(&item.value).replace(['\r', '\n'], " ");
    text.push_str(format!("{indent}{name}{value}").trim_end());
    text.push('\n');
    item.children.iter().for_each(|child| lines(child, depth + 1, text));
}

fn plain_value(value: &Value) -> String {
    let coded = |concept: &Concept| format!("{} ({}, {})", concept.meaning, concept.value, concept.scheme);
    match value {
        Value::None => String::new(),
        Value::Text(text) => text.clone(),
        Value::Code(concept) => coded(concept),
        Value::Number { value, unit, qualifier } => {
            let unit = unit.as_ref().map(|unit| unit.value.clone());
            let pieces = [Some(value.clone()), unit, qualifier.as_ref().map(coded)];
            pieces.into_iter().flatten().filter(|piece| !piece.is_empty()).collect::<Vec<_>>().join(" ")
        }
        Value::Reference { instance, frames, .. } => reference_words(instance, frames),
        Value::Coordinates { graphic, numbers } => format!("{graphic} {}", list(numbers)),
        Value::SameAs(place) => {
            let place: Vec<String> = place.iter().map(i64::to_string).collect();
            format!("see item {}", place.join("."))
        }
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn concept(meaning: &str) -> Option<Concept> {
        Some(Concept { value: "121071".into(), scheme: "DCM".into(), meaning: meaning.into() })
    }

    fn report() -> Report {
        let leaf = |value_type: &str, name, value| ContentItem {
            value_type: value_type.into(),
            name: concept(name),
            value,
            ..ContentItem::default()
        };
        let unit = Some(Concept { value: "mm".into(), scheme: "UCUM".into(), meaning: "millimeter".into() });
        let image = Value::Reference {
            sop_class: "1.2".into(),
            instance: "1.5".into(),
            frames: vec![2],
            place: Some(("1.3".into(), "1.4".into())),
        };
        let children = vec![
            leaf("TEXT", "Finding", Value::Text("<script>alert(1)</script>\nsecond".into())),
            leaf("NUM", "Length", Value::Number { value: "12.5".into(), unit, qualifier: None }),
            leaf("IMAGE", "Source", image),
        ];
        let section = ContentItem {
            value_type: "CONTAINER".into(),
            name: concept("Findings"),
            children,
            ..ContentItem::default()
        };
        let content = ContentItem {
            value_type: "CONTAINER".into(),
            name: concept("CT Report"),
            children: vec![section],
            ..ContentItem::default()
        };
        Report { about: vec![("Patient", "Quaestor^Ada".into())], content }
    }

    #[test]
    fn a_page_has_headings_values_codes_and_links_and_no_foreign_markup() {
        let address = Address::of(&TestRequest::default().to_http_request(), false);
        let page = page(&report(), &address);
        for piece in [
            "<h1>CT Report",
            "<h2>Findings",
            "&lt;script&gt;",
            "12.5 mm",
            "(121071, DCM)",
            "/studies/1.3/series/1.4/instances/1.5/frames/2/rendered\"",
            "<dt>Patient</dt><dd>Quaestor^Ada</dd>",
        ] {
            assert!(page.contains(piece), "{piece}\n{page}");
        }
        assert!(!page.contains("<script"));
    }

    #[test]
    fn uids_that_are_none_are_not_linked_to() {
        let address = Address::of(&TestRequest::default().to_http_request(), false);
        let place = ("1.3".to_owned(), "../../x".to_owned());
        assert_eq!(link(&place, "1.5", &[], &address), None);
    }

    #[test]
    fn text_is_indented_by_depth_one_line_an_item() {
        let text = plain(&report());
        assert!(text.starts_with("CT Report\n\nPatient: Quaestor^Ada\n\nFindings:\n  Finding: <script>"), "{text}");
        assert!(text.contains("  Length: 12.5 mm\n  Source: 1.5, frame 2\n"), "{text}");
    }
}
