//! Query parameters of a search (PS3.18 §8.3.4): matching keys, attributes wanted, paging.

use archive::{Level, Search};

use crate::Failure;
use crate::asked::Asked;
use crate::query::Query;
use crate::target::uid;

/// A search as it was asked for.
pub(super) struct Parameters {
    /// What the archive is asked.
    pub search: Search,
    /// Kinds of matching that were asked for and are not done: warnings for the answer.
    pub not_done: Vec<&'static str>,
}

/// Reads path and query of a search for `level`.
pub(super) fn read(asked: &Asked, level: Level) -> Result<Parameters, Failure> {
    let mut parameters = from_query(&asked.query, level)?;
    parameters.search.study = uid(&asked.request, "study")?;
    parameters.search.series = uid(&asked.request, "series")?;
    Ok(parameters)
}

fn from_query(query: &Query, level: Level) -> Result<Parameters, Failure> {
    let include = || query.all("includefield").flat_map(|value| value.split(',')).map(str::trim);
    let search = Search {
        level,
        study: None,
        series: None,
        matching: query.iter().filter(|(name, _)| !is_control(name)).map(|(a, b)| (a.into(), b.into())).collect(),
        include: include().filter(|field| !field.is_empty() && *field != "all").map(str::to_owned).collect(),
        include_all: include().any(|field| field == "all"),
        fuzzy: query.flag("fuzzymatching")?,
        limit: query.number("limit")?,
        offset: query.number("offset")?.unwrap_or(0),
    };
    let mut not_done = Vec::new();
    if query.flag("emptyvaluematching")? {
        not_done
            .push("The emptyvaluematching parameter is not supported. Empty Value Matching has not been performed.");
    }
    if query.flag("multiplevaluematching")? {
        not_done.push(
            "The multiplevaluematching parameter is not supported. Multiple Value Matching has not been performed.",
        );
    }
    Ok(Parameters { search, not_done })
}

/// Parameters that are no matching keys.
fn is_control(name: &str) -> bool {
    matches!(
        name,
        "includefield"
            | "fuzzymatching"
            | "limit"
            | "offset"
            | "emptyvaluematching"
            | "multiplevaluematching"
            | "accept"
            | "charset"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(raw: &str) -> Result<Parameters, Failure> {
        from_query(&Query::parse(raw)?, Level::Study)
    }

    #[test]
    fn reads_what_viewers_ask() {
        let raw = "limit=101&offset=0&fuzzymatching=false&includefield=00081030%2C00080060%2C00080090%2C00100030";
        let search = read(raw).unwrap().search;
        assert_eq!(search.include, ["00081030", "00080060", "00080090", "00100030"]);
        assert_eq!((search.limit, search.offset, search.fuzzy), (Some(101), 0, false));
        assert!(search.matching.is_empty());
    }

    #[test]
    fn takes_includefield_in_every_form() {
        let search = read("includefield=PatientAge&includefield=00400275.00400009,,StudyDescription").unwrap().search;
        assert_eq!(search.include, ["PatientAge", "00400275.00400009", "StudyDescription"]);
        let search = read("includefield=all").unwrap().search;
        assert!(search.include_all && search.include.is_empty());
    }

    #[test]
    fn takes_everything_else_as_a_matching_key() {
        let search =
            read("PatientName=Quaestor%5EAda%2A&00100020=%27;DROP&accept=application/dicom%2Bjson").unwrap().search;
        let keys = [("PatientName", "Quaestor^Ada*"), ("00100020", "';DROP")];
        assert_eq!(search.matching, keys.map(|(name, value)| (name.to_owned(), value.to_owned())));
    }

    #[test]
    fn warns_of_matching_that_is_not_done() {
        assert_eq!(read("emptyvaluematching=true&multiplevaluematching=false").unwrap().not_done.len(), 1);
    }

    #[test]
    fn refuses_bad_paging() {
        for raw in ["limit=x", "offset=-1", "offset=1&offset=2", "fuzzymatching=maybe"] {
            assert!(read(raw).is_err(), "{raw}");
        }
    }
}
