//! The Capabilities Description of PS3.18 Annex H: WADL, the Web Application Description Language.

use std::io;

use quick_xml::Writer;
use quick_xml::events::BytesText;

use crate::PREFIX;
use crate::operation::{Operation, ParameterValue};

const NAMESPACE: &str = "http://wadl.dev.java.net/2009/02";

/// Describes `operations`, which are served below `base`.
pub(super) fn description(operations: &[Operation], base: &str) -> String {
    let mut writer = Writer::new_with_indent(Vec::new(), b' ', 2);
    let application = writer
        .create_element("application")
        .with_attributes([("xmlns", NAMESPACE), ("xmlns:xsd", "http://www.w3.org/2001/XMLSchema")]);
    let written = application.write_inner_content(|writer| {
        let root = base.strip_suffix(PREFIX).unwrap_or(base);
        for (base, at_root) in [(base, false), (root, true)] {
            let resources = writer.create_element("resources").with_attribute(("base", base));
            let mut served = operations.iter().filter(|operation| operation.at_root == at_root);
            resources.write_inner_content(|writer| served.try_for_each(|operation| resource(writer, operation)))?;
        }
        Ok(())
    });
    debug_assert!(written.is_ok(), "a vector takes everything");
    let text = String::from_utf8(writer.into_inner()).unwrap_or_default();
    format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{text}\n")
}

fn resource(writer: &mut Writer<Vec<u8>>, operation: &Operation) -> io::Result<()> {
    let resource = writer.create_element("resource").with_attribute(("path", operation.path.trim_start_matches('/')));
    resource.write_inner_content(|writer| {
        for place in operation.places() {
            let attributes = [("name", place), ("style", "template"), ("type", "xsd:string"), ("required", "true")];
            writer.create_element("param").with_attributes(attributes).write_empty()?;
        }
        let method =
            writer.create_element("method").with_attributes([("name", operation.method()), ("id", operation.name)]);
        method.write_inner_content(|writer| content(writer, operation))?;
        if operation.has_head() {
            let id = format!("{}_head", operation.name);
            writer.create_element("method").with_attributes([("name", "HEAD"), ("id", id.as_str())]).write_empty()?;
        }
        Ok(())
    })?;
    Ok(())
}

fn content(writer: &mut Writer<Vec<u8>>, operation: &Operation) -> io::Result<()> {
    let kind = operation.kind;
    let words = format!("{} {}", kind.summary, kind.clause);
    writer.create_element("doc").write_text_content(BytesText::new(words.trim()))?;
    let request = writer.create_element("request");
    request.write_inner_content(|writer| {
        for (style, parameters) in [("query", kind.parameters), ("header", kind.headers)] {
            for parameter in parameters {
                let attributes = [("name", parameter.name), ("style", style), ("type", of(parameter.value))];
                writer.create_element("param").with_attributes(attributes).write_empty()?;
            }
        }
        representations(writer, kind.takes)
    })?;
    writer.create_element("response").write_inner_content(|writer| representations(writer, kind.gives))?;
    Ok(())
}

fn representations(writer: &mut Writer<Vec<u8>>, media_types: &[&str]) -> io::Result<()> {
    for media in media_types {
        writer.create_element("representation").with_attribute(("mediaType", *media)).write_empty()?;
    }
    Ok(())
}

fn of(value: ParameterValue) -> &'static str {
    match value {
        ParameterValue::Text | ParameterValue::OneOf(_) => "xsd:string",
        ParameterValue::Whole(..) => "xsd:unsignedInt",
        ParameterValue::Flag => "xsd:boolean",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::routes::operations;

    #[test]
    fn is_well_formed_and_has_every_operation() {
        let all = operations();
        let text = description(&all, "http://h/dicom-web");
        let mut reader = quick_xml::Reader::from_str(&text);
        let mut methods = 0;
        loop {
            match reader.read_event().expect("well-formed XML") {
                quick_xml::events::Event::Eof => break,
                quick_xml::events::Event::Start(start) if start.name().as_ref() == "method" => methods += 1,
                _ => {}
            }
        }
        assert_eq!(methods, all.len());
        assert!(text.contains("multipart/related; type=&quot;application/dicom&quot;"));
    }
}
