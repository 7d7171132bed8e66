//! What viewers ask, and how long they wait.

use std::time::{Duration, Instant};

use diesel::PgConnection;
use schema::attribute::Level::{self, Instance, Series, Study};
use schema::search::{Found, Query, Request};

/// Most time for one kind of search.
const PATIENCE: Duration = Duration::from_secs(4);

/// What, level, key and values to ask in turn.
type Search = (&'static str, Level, &'static str, &'static [&'static str]);

/// Values are there from 10,000 studies on.
const SEARCHES: &[Search] = &[
    ("list as OHIF asks for it", Study, "PatientName", &[""]),
    ("exact PatientID", Study, "PatientID", &["QA00000017", "QA00000391", "QA00001234", "QA00004711"]),
    ("exact AccessionNumber", Study, "AccessionNumber", &["A00000017", "A00009391", "A00001234"]),
    ("exact StudyInstanceUID", Study, "StudyInstanceUID", &["1.2.826.0.1.3680043.9.7433.9.77"]),
    ("name prefix", Study, "PatientName", &["lobeb*", "lazub*", "lamal*", "nadod*"]),
    ("short name prefix", Study, "PatientName", &["lob*", "laz*", "lam*"]),
    ("selective name infix", Study, "PatientName", &["*beboba^*", "*zubaba^*", "*malaba^*", "*dodoba^*"]),
    ("name infix of five letters", Study, "PatientName", &["*bebob*", "*zubab*", "*malab*"]),
    ("week of dates", Study, "StudyDate", &["20150302-20150308", "20111010-20111016", "20180514-20180520"]),
    ("ModalitiesInStudy", Study, "ModalitiesInStudy", &["MG", "CT"]),
    ("StudyDescription infix", Study, "StudyDescription", &["*study 17*"]),
    ("Modality of a series", Study, "Modality", &["MG"]),
    ("series of a patient", Series, "PatientID", &["QA00000017", "QA00001234"]),
    ("all series", Series, "Modality", &[""]),
    ("exact value without a column", Series, "ProtocolName", &["Protocol 321", "no such protocol"]),
    ("wild card without a column", Series, "ProtocolName", &["Protocol 321*"]),
    ("one instance", Instance, "SOPInstanceUID", &["1.2.826.0.1.3680043.9.7433.9.77.1.1"]),
];

const SHOWN: [&str; 4] = ["00081030", "00080060", "00080090", "00100030"];

/// Runs all of them, and pages far down the list of `studies`.
pub fn run(index: &mut PgConnection, identity: &mut PgConnection, studies: usize) {
    let include = SHOWN.map(str::to_owned);
    for (what, level, key, values) in SEARCHES {
        let key = |value: &str| [((*key).to_owned(), value.to_owned())];
        let keys: Vec<_> = values.iter().map(|value| key(value)).collect();
        let requests = keys.iter().map(|matching| Request { matching, ..page(*level, &include) });
        measure(what, index, identity, &requests.collect::<Vec<_>>());
    }
    let fuzzy = [("PatientName".to_owned(), "eva lobeboba".to_owned())];
    let fuzzy = Request { matching: &fuzzy, fuzzy: true, ..page(Study, &include) };
    measure("fuzzy name of two words", index, identity, &[fuzzy]);
    let ordered = ["StudyDescription".to_owned()];
    measure("ordered by StudyDescription", index, identity, &[Request { order: &ordered, ..page(Study, &include) }]);
    let counted = Request { total: true, ..page(Study, &include) };
    measure("list with the total", index, identity, &[counted]);
    let deep = Request { offset: (studies * 9 / 10) as u32, ..page(Study, &include) };
    let next = measure("list from nine tenths down, by offset", index, identity, &[deep]).next;
    if let Some(next) = next {
        let next = Request { after: Some(&next), ..page(Study, &include) };
        measure("the page after that, by its link", index, identity, &[next]);
    }
}

fn page(level: Level, include: &[String]) -> Request<'_> {
    Request { include: if level == Study { include } else { &[] }, limit: Some(101), ..Request::of(level) }
}

/// Asks in turn, for a while; gives the last answer.
fn measure(what: &str, index: &mut PgConnection, identity: &mut PgConnection, requests: &[Request<'_>]) -> Found {
    let mut ask = |request: &Request<'_>| {
        let begin = Instant::now();
        let query = Query::parse(request).expect("a query");
        let found = schema::search::run(index, identity, &query).expect("search");
        // What the shell does with it, so that the figure is that of an answer.
        let bytes = serde_json::to_vec(&found.matches).expect("JSON").len();
        (found, begin.elapsed(), bytes)
    };
    for request in requests {
        ask(request);
    }
    let begin = Instant::now();
    let (mut times, mut rows, mut last) = (Vec::new(), 0, None);
    while times.len() < 8 || (times.len() < 400 && begin.elapsed() < PATIENCE) {
        let (found, time, _) = ask(&requests[times.len() % requests.len()]);
        rows += found.matches.len();
        times.push(time);
        last = Some(found);
    }
    times.sort();
    let (count, ms) = (times.len(), |time: Duration| time.as_secs_f64() * 1000.0);
    let (middle, worst) = (ms(times[count / 2]), ms(times[count * 99 / 100]));
    println!("{what:40} {:5} rows, p50 {middle:8.2} ms, p99 {worst:8.2} ms, {count} times", rows / count);
    last.expect("an answer")
}
