//! What documents lack though objects have it, as the index keeps it beside them: tags with blanks between them.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::{Above, Documents, LEFT_OUT};

/// Most names that are kept of one row: many rows are listed at once, and a warning names few.
const MOST: usize = 256;

impl Documents {
    /// What is left out of the instance's own documents; `None` when nothing is.
    pub(crate) fn left_out(&self) -> Option<String> {
        names([&self.instance, &self.instance_identity])
    }
}

impl Above {
    /// The same of the study. What is told of a patient is as the first of all studies says it, and stands nowhere here.
    pub(crate) fn left_out_of_study(&self) -> Option<String> {
        names([&self.study, &self.study_identity])
    }

    /// The same of the series.
    pub(crate) fn left_out_of_series(&self) -> Option<String> {
        names([&self.series, &self.series_identity])
    }
}

fn names<const N: usize>(documents: [&Map<String, Value>; N]) -> Option<String> {
    let all = documents.into_iter().flatten();
    let names: BTreeSet<&str> = all.filter(|(_, of)| of.get(LEFT_OUT).is_some()).map(|(name, _)| &**name).collect();
    (!names.is_empty()).then(|| names.into_iter().take(MOST).collect::<Vec<_>>().join(" "))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_document_says_what_it_lacks() {
        let long = json!({ "vr": "LT", "Value": ["x".repeat(70_000)] });
        let attributes = json!({
            "00080060": { "vr": "CS", "Value": ["CT"] },
            "00081030": long, "0008103E": long, "00104000": long, "00189004": long, "00204000": long,
        });
        let Value::Object(attributes) = attributes else { unreachable!("it is an object") };
        let documents = Documents::split(attributes);
        assert_eq!(documents.left_out().as_deref(), Some("00189004 00204000"));
        let above = documents.above();
        assert_eq!(above.left_out_of_series().as_deref(), Some("0008103E"));
        assert_eq!(above.left_out_of_study().as_deref(), Some("00081030"));
        assert_eq!(Documents::default().left_out(), None);
    }
}
