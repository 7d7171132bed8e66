//! The OpenAPI 3.1 description.

use serde_json::{Map, Value, json};

use crate::PREFIX;
use crate::operation::{Kind, Operation, Parameter, ParameterValue, SEARCH, SEARCH_STEPS, SIMILAR, SIMILAR_SENT};

/// Describes `operations`, which are served below `base`.
pub(super) fn description(operations: &[Operation], base: &str) -> Value {
    let mut paths: Map<String, Value> = Map::new();
    for operation in operations {
        let path = if operation.path.is_empty() { "/" } else { &operation.path };
        let item = paths.entry(path).or_insert_with(|| json!({}));
        item[operation.method().to_ascii_lowercase()] = described(operation);
        if operation.has_head() {
            item["head"] = head(operation);
        }
        if operation.at_root {
            item["servers"] = json!([{ "url": base.strip_suffix(PREFIX).unwrap_or(base) }]);
        }
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "PACS gateway: DICOMweb",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "DICOM PS3.18 2026c. Clauses are of that part.",
            "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" },
        },
        "servers": [{ "url": base }],
        "security": [{ "basic": [] }, { "token": [] }],
        "paths": paths,
        "components": {
            "securitySchemes": {
                "basic": { "type": "http", "scheme": "basic" },
                "token": { "type": "http", "scheme": "bearer" },
            },
            "schemas": { "Problem": problem() },
            "responses": { "Problem": {
                "description": "What was wrong, and what to do about it (RFC 9457)",
                "content": { "application/problem+json": { "schema": { "$ref": "#/components/schemas/Problem" } } },
            }},
        },
    })
}

fn problem() -> Value {
    json!({
        "type": "object",
        "required": ["status", "title", "detail"],
        "properties": {
            "status": { "type": "integer" },
            "title": { "type": "string" },
            "detail": { "type": "string" },
        },
    })
}

fn described(operation: &Operation) -> Value {
    let kind = operation.kind;
    let places = operation.places().map(place);
    let (query, headers) = (kind.parameters.iter(), kind.headers.iter());
    let parameters =
        places.chain(query.map(|of| parameter(of, "query"))).chain(headers.map(|of| parameter(of, "header")));
    let parameters: Vec<Value> = parameters.chain(takes_keys(kind).then(keys)).collect();
    let mut described = json!({
        "operationId": operation.name,
        "tags": [kind.title],
        "summary": summary(kind),
        "parameters": parameters,
        "responses": {
            "2XX": { "description": "Done", "content": content(kind.gives) },
            "4XX": { "$ref": "#/components/responses/Problem" },
            "5XX": { "$ref": "#/components/responses/Problem" },
        },
    });
    if !kind.takes.is_empty() {
        described["requestBody"] = json!({ "required": true, "content": content(kind.takes) });
    }
    described
}

/// HEAD: what GET says, without what it gives (RFC 9110 §9.3.2).
fn head(operation: &Operation) -> Value {
    let mut described = described(operation);
    described["operationId"] = json!(format!("{}_head", operation.name));
    for (status, words) in [("2XX", "As GET, without content"), ("4XX", "As GET"), ("5XX", "As GET")] {
        described["responses"][status] = json!({ "description": words });
    }
    described
}

/// Whether any attribute is a parameter.
fn takes_keys(kind: &Kind) -> bool {
    [&SEARCH, &SEARCH_STEPS, &SIMILAR, &SIMILAR_SENT].contains(&kind)
}

/// Parameters of any name.
fn keys() -> Value {
    json!({
        "name": "attributes",
        "in": "query",
        "description": "Matching keys: any attribute by keyword, tag or path, each a parameter of its own (§8.3.4.1)",
        "style": "form",
        "explode": true,
        "schema": { "type": "object", "additionalProperties": { "type": "string" } },
    })
}

fn summary(kind: &Kind) -> String {
    if kind.clause.is_empty() { kind.summary.to_owned() } else { format!("{} ({})", kind.summary, kind.clause) }
}

fn place(name: &str) -> Value {
    let schema = match name {
        "study" | "series" | "instance" => json!({ "type": "string", "pattern": r"^[0-9.]{1,64}$" }),
        "frames" => json!({ "type": "string", "pattern": "^[0-9]+(,[0-9]+)*$" }),
        _ => json!({ "type": "string" }),
    };
    json!({ "name": name, "in": "path", "required": true, "schema": schema })
}

fn parameter(parameter: &Parameter, place: &str) -> Value {
    let schema = match parameter.value {
        ParameterValue::Text => json!({ "type": "string" }),
        ParameterValue::Whole(least, most) => json!({ "type": "integer", "minimum": least, "maximum": most }),
        ParameterValue::Flag => json!({ "type": "string", "enum": ["true", "false"] }),
        ParameterValue::OneOf(words) => json!({ "type": "string", "enum": words }),
    };
    json!({ "name": parameter.name, "in": place, "description": parameter.what, "schema": schema })
}

/// An entry for each media type; the parameters of a multipart type do not belong into the name.
fn content(media_types: &[&str]) -> Value {
    let plain = |media: &&str| media.split(';').next().unwrap_or_default().to_owned();
    media_types.iter().map(|media| (plain(media), json!({}))).collect::<Map<_, _>>().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::routes::operations;

    #[test]
    fn describes_every_operation_once() {
        let (all, description) = (operations(), description(&operations(), "http://h/dicom-web"));
        let methods = description["paths"].as_object().unwrap().values().flat_map(|path| path.as_object().unwrap());
        let ids: Vec<&str> = methods.filter_map(|(_, of)| of["operationId"].as_str()).collect();
        let (heads, others): (Vec<&str>, Vec<&str>) = ids.into_iter().partition(|id| id.ends_with("_head"));
        let base_twice = 1;
        assert_eq!(others.len() + base_twice, all.len());
        assert_eq!(heads.len(), all.iter().filter(|operation| operation.has_head()).count());
        let retrieve = &description["paths"]["/studies/{study}"]["get"];
        assert_eq!(retrieve["operationId"], "retrieve_study");
        assert_eq!(retrieve["parameters"][0]["name"], "study");
        assert!(retrieve["responses"]["2XX"]["content"]["application/dicom"].is_object());
        let range = |of: &Value| of["name"] == "Range" && of["in"] == "header";
        assert!(retrieve["parameters"].as_array().unwrap().iter().any(range));
        let head = &description["paths"]["/studies/{study}"]["head"];
        assert!(head["operationId"] == "retrieve_study_head" && head["responses"]["2XX"].get("content").is_none());
    }

    #[test]
    fn describes_keys_of_any_name_and_what_is_at_the_root() {
        let description = description(&operations(), "http://h/pacs/dicom-web");
        let search = description["paths"]["/studies"]["get"]["parameters"].as_array().unwrap().clone();
        for name in ["attributes", "PatientName", "charset", "RequestAttributesSequence.ScheduledProcedureStepID"] {
            assert!(search.iter().any(|of| of["name"] == name && of["in"] == "query"), "{name}");
        }
        let example = &description["paths"]["/api/similar"];
        assert_eq!(example["servers"][0]["url"], "http://h/pacs");
        assert_eq!(example["post"]["operationId"], "similar_to_example");
    }

    #[test]
    fn names_of_operations_are_unique() {
        let all = operations();
        let names: std::collections::BTreeSet<&str> = all.iter().map(|operation| operation.name).collect();
        assert_eq!(names.len(), all.len());
    }
}
