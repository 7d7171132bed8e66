//! Query parameters of a search (PS3.18 §8.3.4): matching keys, attributes wanted, paging.

use archive::{Level, Search};

use crate::Failure;
use crate::asked::Asked;
use crate::query::Query;
use crate::target::uid;

/// Names of the parameters that are no matching keys.
pub(crate) const CONTROLS: &[&str] = &[
    "includefield",
    "fuzzymatching",
    "emptyvaluematching",
    "multiplevaluematching",
    "limit",
    "offset",
    "accept",
    "charset",
    // Extensions of ours.
    "orderby",
    "after",
    "total",
    "bodyregion",
];

/// Reads path and query of a search for `level`.
pub(super) fn read(asked: &Asked, level: Level) -> Result<Search, Failure> {
    let mut search = from_query(&asked.query, level)?;
    search.study = uid(&asked.request, "study")?;
    search.series = uid(&asked.request, "series")?;
    Ok(search)
}

pub(crate) fn from_query(query: &Query, level: Level) -> Result<Search, Failure> {
    let is_key = |name: &&str| !CONTROLS.contains(name);
    let mut search = Search {
        matching: query.iter().filter(|(name, _)| is_key(name)).map(|(a, b)| (a.to_owned(), b.to_owned())).collect(),
        include: list(query, "includefield"),
        fuzzy: query.flag("fuzzymatching")?,
        empty: query.flag("emptyvaluematching")?,
        multiple: query.flag("multiplevaluematching")?,
        order: list(query, "orderby"),
        limit: query.number("limit")?,
        offset: query.number("offset")?.unwrap_or(0),
        after: query.one("after")?.map(str::to_owned),
        total: query.flag("total")?,
        ..Search::of(level)
    };
    let fields = search.include.len();
    search.include.retain(|field| field != "all");
    search.include_all = search.include.len() < fields;
    Ok(search)
}

/// The values of a parameter that may stand several times, each a list with commas (those in the name of a private
/// creator are part of it).
pub(crate) fn list(query: &Query, name: &str) -> Vec<String> {
    let mut list = Vec::new();
    for value in query.all(name) {
        let mut inside = false;
        let separates = |character: char| {
            inside = (inside || character == '{') && character != '}';
            character == ',' && !inside
        };
        list.extend(value.split(separates).map(str::trim).filter(|field| !field.is_empty()).map(str::to_owned));
    }
    list
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(raw: &str) -> Result<Search, Failure> {
        from_query(&Query::parse(raw)?, Level::Study)
    }

    proptest::proptest! {
        #[test]
        fn reads_or_refuses_every_query(raw in "\\PC{0,200}|([a-z]{0,16}[%=&+,{}.]{0,3}[0-9A-F]{0,2}){0,20}") {
            if let Ok(query) = Query::parse(&raw) {
                let _ = from_query(&query, Level::Study);
            }
        }
    }

    #[test]
    fn reads_what_viewers_ask() {
        let raw = "limit=101&offset=0&fuzzymatching=false&includefield=00081030%2C00080060%2C00080090%2C00100030";
        let search = read(raw).unwrap();
        assert_eq!(search.include, ["00081030", "00080060", "00080090", "00100030"]);
        assert_eq!((search.limit, search.offset, search.fuzzy), (Some(101), 0, false));
        assert!(search.matching.is_empty());
    }

    #[test]
    fn takes_includefield_in_every_form() {
        let search = read("includefield=PatientAge&includefield=00400275.00400009,,StudyDescription").unwrap();
        assert_eq!(search.include, ["PatientAge", "00400275.00400009", "StudyDescription"]);
        let search = read("includefield=all").unwrap();
        assert!(search.include_all && search.include.is_empty());
    }

    #[test]
    fn takes_everything_else_as_a_matching_key() {
        let search = read("PatientName=Quaestor%5EAda%2A&00100020=%27;DROP&accept=application/dicom%2Bjson").unwrap();
        let keys = [("PatientName", "Quaestor^Ada*"), ("00100020", "';DROP")];
        assert_eq!(search.matching, keys.map(|(name, value)| (name.to_owned(), value.to_owned())));
    }

    #[test]
    fn reads_kinds_of_matching_order_and_place() {
        let raw = "emptyvaluematching=true&multiplevaluematching=TRUE&orderby=-StudyDate,StudyDescription&after=5b&total=true";
        let search = read(raw).unwrap();
        assert!(search.empty && search.multiple && search.total && !search.fuzzy);
        assert_eq!(search.order, ["-StudyDate", "StudyDescription"]);
        assert_eq!(search.after.as_deref(), Some("5b"));
    }

    #[test]
    fn keeps_the_name_of_a_private_creator_whole() {
        let search = read("includefield=0029%7BACME,%20Inc.%7D10,PatientAge").unwrap();
        assert_eq!(search.include, ["0029{ACME, Inc.}10", "PatientAge"]);
    }

    #[test]
    fn refuses_bad_paging() {
        for raw in ["limit=x", "offset=-1", "offset=1&offset=2", "fuzzymatching=maybe", "total=1", "after=1&after=1"] {
            assert!(read(raw).is_err(), "{raw}");
        }
    }
}
