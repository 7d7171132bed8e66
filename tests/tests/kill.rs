//! Success means durable: a gateway that is killed while it stores has lost nothing that it acknowledged.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use e2e::{Fixture, Gateway, Scu};

/// How often the gateway is killed.
const KILLS: u32 = 50;

/// Senders at work: some by C-STORE, some by STOW-RS.
const SENDERS: u32 = 4;

type Acknowledged = Arc<Mutex<BTreeMap<String, Fixture>>>;

#[test]
fn nothing_acknowledged_is_lost_when_the_gateway_is_killed_while_it_stores() {
    let mut gateway = Gateway::start();
    let acknowledged = Acknowledged::default();
    let mut seed: u64 = 0x5DEE_CE66;
    for round in 0..KILLS {
        let senders = (0..SENDERS).map(|sender| send(&gateway, round * SENDERS + sender, &acknowledged));
        let senders: Vec<_> = senders.collect();
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        std::thread::sleep(Duration::from_millis(30 + (seed >> 33) % 400));
        gateway.kill();
        for sender in senders {
            sender.join().expect("a sender ends by itself");
        }
        gateway.start_again();
    }
    let acknowledged = acknowledged.lock().expect("no sender panicked");
    assert!(acknowledged.len() > KILLS as usize, "only {} objects were acknowledged", acknowledged.len());
    check(&gateway, &acknowledged);
    gateway.command(&["verify", "--mend", "--grace", "0"]);
    gateway.command(&["verify", "--grace", "0"]);
    check(&gateway, &acknowledged);
}

/// Sends objects of a study of its own until the gateway is gone.
fn send(gateway: &Gateway, study: u32, acknowledged: &Acknowledged) -> std::thread::JoinHandle<()> {
    let (address, http, acknowledged) = (gateway.dimse_address.clone(), gateway.http(), acknowledged.clone());
    std::thread::spawn(move || {
        let mut scu = study.is_multiple_of(2).then(|| Scu::for_fixtures(&address)).and_then(Result::ok);
        for number in 1.. {
            let fixture = Fixture::new(study + 1, number % 3 + 1, number, number as u8);
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

/// All that was acknowledged is there with its bytes, and all that can be found can be had whole.
fn check(gateway: &Gateway, acknowledged: &BTreeMap<String, Fixture>) {
    let http = gateway.http();
    for fixture in acknowledged.values() {
        let answer = http.get(&fixture.path(), "application/dicom; transfer-syntax=*");
        assert_eq!(answer.status, 200, "{} is lost: {}", fixture.instance, answer.text());
        let start = |file: &[u8]| e2e::scu::data_set_start(file).expect("file meta information");
        let (got, sent) = (&answer.body[start(&answer.body)..], &fixture.file[start(&fixture.file)..]);
        assert!(got == sent, "{} has other bytes", fixture.instance);
    }
    let mut found = 0;
    let studies = http.get("/dicom-web/studies?limit=10000", "application/dicom+json").json();
    for study in studies.as_array().expect("an array") {
        let uid = study["0020000D"]["Value"][0].as_str().expect("a UID");
        let counted = study["00201208"]["Value"][0].as_u64().expect("a number");
        let metadata = http.get(&format!("/dicom-web/studies/{uid}/metadata"), "application/dicom+json").json();
        assert_eq!(metadata.as_array().expect("an array").len() as u64, counted, "{uid} counts wrong");
        found += counted;
    }
    assert!(found >= acknowledged.len() as u64, "{found} found, {} acknowledged", acknowledged.len());
}
