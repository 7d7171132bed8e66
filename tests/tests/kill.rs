//! Success means durable: a gateway that is killed while it stores has lost nothing that it acknowledged, and shows
//! nothing by halves.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use e2e::fixture::data_set;
use e2e::{Fixture, Gateway, Scu};
use serde_json::Value;

/// How often the gateway is killed.
const KILLS: u32 = 50;

/// Senders at work, each at a study of its own: some by C-STORE, some by STOW-RS.
const SENDERS: u32 = 4;

/// Series of a study.
const SERIES: u32 = 3;

/// What was acknowledged, by SOP Instance UID.
type Acknowledged = BTreeMap<String, Fixture>;

#[test]
fn nothing_acknowledged_is_lost_when_the_gateway_is_killed_while_it_stores() {
    let mut gateway = Gateway::start();
    let mut all = Acknowledged::new();
    let mut seed: u64 = 0x5DEE_CE66;
    for round in 0..KILLS {
        let studies = round * SENDERS + 1..(round + 1) * SENDERS + 1;
        let acknowledged = Arc::new(Mutex::new(Acknowledged::new()));
        let senders: Vec<_> = studies.clone().map(|study| send(&gateway, study, acknowledged.clone())).collect();
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        std::thread::sleep(Duration::from_millis(30 + (seed >> 33) % 400));
        gateway.kill();
        for sender in senders {
            sender.join().expect("a sender ends by itself");
        }
        gateway.start_again();
        let new = std::mem::take(&mut *acknowledged.lock().expect("no sender panicked"));
        std::thread::scope(|scope| {
            scope.spawn(|| only_leftovers(&gateway));
            visible_means_whole(&gateway, studies, &new);
        });
        all.extend(new);
    }
    assert!(all.len() > KILLS as usize, "only {} objects were acknowledged", all.len());
    let http = gateway.http();
    for fixture in all.values() {
        comes_back(&http, fixture);
    }
    let verified = gateway.command(&["verify", "--digests", "--grace", "0"]);
    assert!(verified.contains("Everything is as it should be."), "{verified}");
}

/// Sends objects of a study until the gateway is gone.
fn send(gateway: &Gateway, study: u32, acknowledged: Arc<Mutex<Acknowledged>>) -> std::thread::JoinHandle<()> {
    let (address, http) = (gateway.dimse_address.clone(), gateway.http());
    std::thread::spawn(move || {
        let mut scu = study.is_multiple_of(2).then(|| Scu::for_fixtures(&address)).and_then(Result::ok);
        for number in 1.. {
            let fixture = sent(study, number);
            let stored = match &mut scu {
                Some(scu) => matches!(scu.store(&fixture), Ok(0)),
                None => {
                    matches!(http.try_stow(std::slice::from_ref(&fixture.file)), Ok(answer) if answer.status == 200)
                }
            };
            if !stored {
                return;
            }
            acknowledged.lock().expect("no sender panicked").insert(fixture.instance.clone(), fixture);
        }
    })
}

/// The object that is sent as this one of a study.
fn sent(study: u32, number: u32) -> Fixture {
    Fixture::new(study, number % SERIES + 1, number, number as u8)
}

/// Rows have their files and headers. What a store left behind that had no row yet is mended, and not found again.
fn only_leftovers(gateway: &Gateway) {
    let said = gateway.command(&["verify", "--mend", "--grace", "0"]);
    let is_leftover = |line: &&str| {
        line.starts_with("no instance has the file ")
            || line.starts_with("the identity database has a header of ")
            || *line == "  mended"
    };
    let rest: Vec<&str> = said.lines().filter(|line| !is_leftover(line)).collect();
    let [compared, clean] = rest[..] else { panic!("after a kill:\n{said}") };
    assert!(compared.ends_with(" were compared.") && clean.starts_with("Everything is as it should be"), "{said}");
}

/// All that was acknowledged can be found. All that can be found is what was sent, byte for byte, and is counted.
fn visible_means_whole(gateway: &Gateway, studies: Range<u32>, acknowledged: &Acknowledged) {
    let http = gateway.http();
    let mut visible = Acknowledged::new();
    for study in studies {
        let uid = sent(study, 1).study;
        let search = |resource: &str| {
            let found =
                http.get(&format!("/dicom-web/{resource}StudyInstanceUID={uid}&limit=10000"), "application/json");
            found.json().as_array().expect("an array").clone()
        };
        let instances = search("instances?");
        let mut by_series: BTreeMap<&str, usize> = BTreeMap::new();
        for row in &instances {
            let number = text(row, "00080018").rsplit('.').next().and_then(|number| number.parse().ok());
            let fixture = sent(study, number.expect("a number"));
            assert_eq!((text(row, "00080018"), text(row, "0020000E")), (&*fixture.instance, &*fixture.series));
            comes_back(&http, &fixture);
            *by_series.entry(text(row, "0020000E")).or_default() += 1;
            assert!(visible.insert(fixture.instance.clone(), fixture).is_none(), "{row} is listed twice");
        }
        let series = search("series?");
        let counted: BTreeMap<&str, usize> =
            series.iter().map(|row| (text(row, "0020000E"), number(row, "00201209"))).collect();
        assert_eq!(by_series, counted, "instances of the series of {uid}");
        let counted = search("studies?");
        let counted: Vec<_> = counted.iter().map(|row| (number(row, "00201206"), number(row, "00201208"))).collect();
        let expected = (!instances.is_empty()).then_some((by_series.len(), instances.len()));
        assert_eq!(counted, Vec::from_iter(expected), "series and instances of {uid}");
        if !instances.is_empty() {
            let metadata = http.get(&format!("/dicom-web/studies/{uid}/metadata"), "application/dicom+json").json();
            assert_eq!(metadata.as_array().expect("an array").len(), instances.len(), "metadata of {uid}");
        }
    }
    let lost: Vec<&String> = acknowledged.keys().filter(|instance| !visible.contains_key(*instance)).collect();
    assert!(lost.is_empty(), "acknowledged, and not found: {lost:?}");
}

/// The stored data set is the one that was sent.
fn comes_back(http: &e2e::http::Http, fixture: &Fixture) {
    let answer = http.get(&fixture.path(), "application/dicom; transfer-syntax=*");
    assert_eq!(answer.status, 200, "{} cannot be had: {}", fixture.instance, answer.text());
    assert!(data_set(&answer.body) == fixture.data_set(), "{} has other bytes", fixture.instance);
}

fn text<'a>(row: &'a Value, tag: &str) -> &'a str {
    row[tag]["Value"][0].as_str().expect("a UID")
}

fn number(row: &Value, tag: &str) -> usize {
    row[tag]["Value"][0].as_u64().expect("a number") as usize
}
