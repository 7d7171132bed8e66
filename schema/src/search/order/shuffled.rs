//! An order that says nothing of when matches were made or came, for those who may not know whose they are.

use super::{Kind, Term, term};
use crate::attribute::Level;

/// Ends an order: studies by a random number that each has in a column with an index; series and instances of one by their
/// numbers, if nothing else orders them, and then as only who has `by` can tell.
pub(super) fn order(terms: &mut Vec<Term>, level: Level, by: &str) {
    let by: String = by.chars().filter(char::is_ascii_hexdigit).collect();
    let is_free = terms.is_empty();
    let hidden = |uid: &str| term(&format!("md5('{by}' || {uid})"), Kind::Text, false, false);
    let number = |column: &str| is_free.then(|| term(column, Kind::Whole, false, true));
    terms.push(term("st.shuffled", Kind::Uuid, false, false));
    if level >= Level::Series {
        terms.extend(number("se.series_number"));
        terms.push(hidden("se.series_instance_uid"));
    }
    if level == Level::Instance {
        terms.extend(number("i.instance_number"));
        terms.push(hidden("i.sop_instance_uid"));
    }
}

#[cfg(test)]
mod tests {
    use cluster::testing::TestDatabase;
    use diesel::connection::SimpleConnection;
    use diesel::{Connection, PgConnection};
    use serde_json::Value;

    use super::super::Order;
    use super::*;
    use crate::search::{Query, Request, find};

    #[test]
    fn shuffled_order_tells_nothing_of_time() {
        for level in [Level::Study, Level::Series, Level::Instance] {
            let sql = Order::parse(&[], level, Some("0a'; --")).map(|order| order.sql()).unwrap();
            assert!(sql.starts_with(" ORDER BY st.shuffled, "), "{sql}");
            assert!(level == Level::Study || sql.contains("md5('0a' || se.series_instance_uid)"), "{sql}");
        }
        let named = Order::parse(&["Modality".to_owned()], Level::Series, Some("0a")).map(|order| order.sql()).unwrap();
        assert!(named.starts_with(" ORDER BY se.modality NULLS LAST, st.shuffled, "), "{named}");
    }

    /// Studies, each of one Series with one Instance.
    const STUDIES: usize = 100_000;
    /// Matches of a page.
    const PAGE: u32 = 50;

    fn filled() -> TestDatabase {
        let database = TestDatabase::new("shuffled");
        let mut connection = PgConnection::establish(&database.url()).expect("connect");
        crate::migrate::index(&mut connection).expect("migrate the index");
        let fill = format!(
            "INSERT INTO storage_nodes (name, url) VALUES ('local', 'file:///node');
             INSERT INTO studies (study_instance_uid, patient_key, attributes)
                 SELECT '1.2.' || n, gen_random_uuid(), '{{}}' FROM generate_series(1, {STUDIES}) AS n;
             INSERT INTO series (study_key, series_instance_uid, modality, series_number, attributes)
                 SELECT study_key, study_instance_uid || '.1', 'CT', 1, '{{}}' FROM studies;
             ANALYZE studies, series"
        );
        connection.batch_execute(&fill).expect("fill the index");
        database
    }

    /// Rows that the database reads of its tables for a page, and the indexes that it uses.
    fn read(plan: &Value, indexes: &mut Vec<String>) -> f64 {
        let own = match (plan["Relation Name"].as_str(), plan["Actual Rows"].as_f64(), plan["Actual Loops"].as_f64()) {
            (Some(_), Some(rows), Some(loops)) => rows * loops + plan["Rows Removed by Filter"].as_f64().unwrap_or(0.0),
            _ => 0.0,
        };
        indexes.extend(plan["Index Name"].as_str().map(str::to_owned));
        own + plan["Plans"].as_array().into_iter().flatten().map(|plan| read(plan, indexes)).sum::<f64>()
    }

    #[test]
    fn a_page_of_many_studies_is_a_stretch_of_an_index_wherever_it_begins() {
        let database = filled();
        let place = database.sql("SELECT shuffled FROM studies ORDER BY shuffled OFFSET 50000 LIMIT 1");
        for level in [Level::Study, Level::Series] {
            let request = Request { shuffled: Some("0a"), limit: Some(PAGE), ..Request::of(level) };
            let first = Query::parse(&request).unwrap();
            let rest: &[&str] = if level == Level::Study { &["7"] } else { &["1", "aa", "7"] };
            let token =
                first.token(&[&[place.trim()], rest].concat().iter().map(|text| Some((*text).to_owned())).collect());
            let deep = Query::parse(&Request { after: Some(&token), ..request }).unwrap();
            for (query, page) in [(first, "first"), (deep, "deep")] {
                let sql = format!("EXPLAIN (ANALYZE, FORMAT JSON) {}", find::statement(&query).in_full());
                let plan: Value = serde_json::from_str(&database.sql(&sql)).expect("a plan");
                let mut indexes = Vec::new();
                let rows = read(&plan[0]["Plan"], &mut indexes);
                assert!(indexes.iter().any(|index| index == "studies_shuffled"), "{level:?} {page}: {plan:#}");
                assert!(rows <= f64::from(4 * PAGE), "{level:?} {page}: {rows} rows are read: {plan:#}");
                eprintln!("{level:?} {page}: {rows} rows, {} ms", plan[0]["Execution Time"]);
            }
        }
    }
}
