//! What viewers ask, and how long they wait.

use std::time::{Duration, Instant};

use diesel::PgConnection;
use schema::attribute::Level::{self, Instance, Series, Study};
use schema::search::{Query, Request};

const STUDY: &str = "1.2.826.0.1.3680043.9.7433.9.77";
const CT: &str = "1.2.826.0.1.3680043.9.7433.1.1";
const CT_SERIES: &str = "1.2.826.0.1.3680043.9.7433.1.1.1";
const CT_INSTANCE: &str = "1.2.826.0.1.3680043.9.7433.1.1.1.7";

/// What, level, study, series, key and value, offset.
type Search = (&'static str, Level, Option<&'static str>, Option<&'static str>, &'static str, &'static str, u32);

const SEARCHES: &[Search] = &[
    ("newest 101 studies", Study, None, None, "PatientName", "", 0),
    ("the same from 15,000", Study, None, None, "PatientName", "", 15_000),
    ("studies", Study, None, None, "PatientID", "F1234", 0),
    ("studies", Study, None, None, "PatientID", "F12*", 0),
    ("studies", Study, None, None, "StudyInstanceUID", STUDY, 0),
    ("studies", Study, None, None, "AccessionNumber", "ACC77", 0),
    ("studies", Study, None, None, "PatientName", "family1234*", 0),
    ("studies", Study, None, None, "PatientName", "*given3*", 0),
    ("studies", Study, None, None, "PatientName", "fam*", 0),
    ("studies", Study, None, None, "StudyDate", "20100101-20100131", 0),
    ("studies", Study, None, None, "ModalitiesInStudy", "MR", 0),
    ("studies", Study, None, None, "StudyDescription", "*tion 77*", 0),
    ("studies", Study, None, None, "Modality", "MR", 0),
    ("series of a study", Series, Some(STUDY), None, "Modality", "", 0),
    ("series", Series, None, None, "PatientID", "F1234", 0),
    ("instances of a series", Instance, Some(CT), Some(CT_SERIES), "Rows", "", 0),
    ("instances", Instance, None, None, "SOPInstanceUID", CT_INSTANCE, 0),
];

pub fn run(index: &mut PgConnection, identity: &mut PgConnection) {
    for (what, level, study, series, key, value, offset) in SEARCHES {
        let request = Request {
            level: *level,
            study: *study,
            series: *series,
            matching: &[((*key).to_owned(), (*value).to_owned())],
            include: &[],
            include_all: false,
            fuzzy: false,
            limit: Some(if *level == Instance { 500 } else { 101 }),
            offset: *offset,
        };
        let mut times = Vec::new();
        let mut found = 0;
        for _ in 0..51 {
            let begin = Instant::now();
            let query = Query::parse(&request).expect("a query");
            found = schema::search::run(index, identity, &query).expect("search").matches.len();
            times.push(begin.elapsed());
        }
        times.sort();
        let name = format!("{what} by {key}={value}");
        println!("{name:75} {found:4} matches, p50 {:6.2} ms, p95 {:6.2} ms", ms(times[25]), ms(times[48]));
    }
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}
