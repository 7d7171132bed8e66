//! Every parameter that a description names is refused by its name when it is wrong, on every resource that has it.

use qido_wado_stow::{Operation, Parameter, ParameterValue, operations};

use crate::client::send;
use crate::object::Object;
use crate::server::{Server, basic};

/// Texts that any value is right for: what is not known is passed over with a warning, or names a state that there is not.
const ANYTHING: [&str; 3] = ["annotation", "update", "store"];

/// Values that a parameter cannot have.
fn wrong(parameter: &Parameter) -> Vec<String> {
    let words: &[&str] = match (parameter.value, parameter.name) {
        (ParameterValue::Flag, _) => &["maybe", "1", ""],
        (ParameterValue::OneOf(_), _) => &["nonsense", "NO!"],
        (ParameterValue::Whole(least, most), _) => {
            let mut numbers: Vec<String> = ["x", "-1", "1.5", ""].map(str::to_owned).to_vec();
            numbers.extend(least.checked_sub(1).map(|number| number.to_string()));
            numbers.extend(most.checked_add(1).map(|number| number.to_string()));
            return numbers;
        }
        (ParameterValue::Text, name) if ANYTHING.contains(&name) => &[],
        (ParameterValue::Text, "accept" | "contentType") => &["garbage", "image/png;q=high", "image/png;q=2"],
        (ParameterValue::Text, "charset") => &["no-such-set", ""],
        (ParameterValue::Text, "includefield" | "orderby") => &["NoSuchAttribute", "0010001G"],
        (ParameterValue::Text, "after") => &["nonsense"],
        (ParameterValue::Text, "bodyregion") => &["nowhere in the body"],
        (ParameterValue::Text, name) if name.ends_with("Date") => &["soon", "20240230", "20240102-20240101"],
        (ParameterValue::Text, name) if name.ends_with("Time") => &["noon", "2500"],
        (ParameterValue::Text, name) if name.ends_with("UID") => &["1.2.x", "nonsense"],
        (ParameterValue::Text, name) if name.ends_with("Number") && name != "AccessionNumber" => &["x"],
        (ParameterValue::Text, "transferSyntax") => &["1.2.x"],
        (ParameterValue::Text, "window") => &["1,2", "1,0,linear", "a,b,linear", "1,2,other"],
        (ParameterValue::Text, "viewport") => &["1", "0,1", "a,b"],
        (ParameterValue::Text, "region") => &["1", "0,0,2,2"],
        (ParameterValue::Text, "windowCenter" | "windowWidth") => &["x"],
        (ParameterValue::Text, "match") => &["nonsense"],
        (ParameterValue::Text, "score") => &["2", "x"],
        (ParameterValue::Text, "part") => &["1", "0,0,2,2"],
        (ParameterValue::Text, "volumeinputreference") => &["nonsense"],
        (ParameterValue::Text, "size") => &["1", "0,0", "x"],
        // Numbers and points in mm.
        (
            ParameterValue::Text,
            "viewpointposition"
            | "viewpointlookat"
            | "viewpointup"
            | "volumetriccurvepoint"
            | "normal"
            | "up"
            | "center"
            | "offset"
            | "spacing"
            | "slab"
            | "mprslab"
            | "swivelrange"
            | "outside"
            | "points"
            | "height"
            | "step",
        ) => &["x", "1,x", "nonsense"],
        // A text of an attribute: too long, and with a character that there is not.
        (ParameterValue::Text, _) => return vec!["x".repeat(2_000), "a\0".to_owned()],
    };
    words.iter().map(|word| (*word).to_owned()).collect()
}

fn percent(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

/// The path of an operation on this object, and what its query has to say in any case but for `name`.
fn target(operation: &Operation, object: &Object, name: &str) -> (String, String) {
    let mut path = format!("{}{}", operation.prefix(), operation.path);
    for (place, value) in [
        ("study", object.study.as_str()),
        ("series", &object.series),
        ("instance", &object.instance),
        ("frames", "1"),
        ("path", "7FE00010"),
    ] {
        path = path.replace(&format!("{{{place}}}"), value);
    }
    for place in operation.places() {
        path = path.replace(&format!("{{{place}}}"), "1.2.3");
    }
    let needed = match path.rsplit('/').next() {
        Some("wado") => vec![
            ("requestType", "WADO"),
            ("studyUID", object.study.as_str()),
            ("seriesUID", object.series.as_str()),
            ("objectUID", object.instance.as_str()),
        ],
        Some("curve") => vec![("points", "0,0,0,1,1,1")],
        _ => Vec::new(),
    };
    let needed = needed.iter().filter(|(needed, _)| *needed != name);
    let query = needed.map(|(name, value)| format!("{name}={value}&")).collect();
    (path, query)
}

#[test]
fn what_makes_no_sense_is_refused_by_its_name() {
    let server = Server::start();
    let object = Object::new(1, 1, 1);
    server.store(&[&object]);
    let administrator = basic("alma");
    let mut tried = 0;
    let mut accepted = Vec::new();
    for operation in operations() {
        for parameter in operation.kind.parameters {
            let (path, query) = target(&operation, &object, parameter.name);
            for value in wrong(parameter) {
                let target = format!("{path}?{query}{}={}", parameter.name, percent(&value));
                let answer =
                    send(server.address, operation.method(), &target, &[("Authorization", &administrator)], b"");
                tried += 1;
                if answer.status != 400 || !answer.text().contains(parameter.name) {
                    let shown: String = value.chars().take(20).collect();
                    let (name, status, text) = (operation.name, answer.status, answer.text());
                    accepted.push(format!("{name}: {}={shown:?}: {status} {text:.200}", parameter.name));
                }
            }
        }
    }
    assert!(accepted.is_empty(), "{} of {tried}:\n{}", accepted.len(), accepted.join("\n"));
}

#[test]
fn what_is_no_text_is_refused_by_its_name() {
    let server = Server::start();
    for (query, name) in [("PatientName=%FF", "PatientName"), ("accept=%FF", "accept"), ("%FF=1", "name")] {
        let answer = server.get(&format!("/dicom-web/studies?{query}"), "*/*");
        assert_eq!(answer.status, 400, "{query}");
        assert!(answer.text().contains(name), "{query}: {}", answer.text());
    }
}
