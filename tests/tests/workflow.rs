//! The workflow of a modality with real clients: DCMTK and pynetdicom against a whole gateway.

use std::path::Path;

use e2e::clients::{dcmtk, python, run};
use e2e::{Fixture, Gateway, gateway::AE};
use serde_json::{Value, json};

const WORKLIST: &str = "/dicom-web/modality-scheduled-procedure-steps";

fn item(study: &str, station: &str, date: &str) -> Value {
    let step = json!({
        "00400001": { "vr": "AE", "Value": [station] },
        "00400002": { "vr": "DA", "Value": [date] },
        "00400003": { "vr": "TM", "Value": ["0800"] },
        "00080060": { "vr": "CS", "Value": ["CT"] },
        "00400009": { "vr": "SH", "Value": ["S1"] },
    });
    json!({
        "0020000D": { "vr": "UI", "Value": [study] },
        "00080050": { "vr": "SH", "Value": ["A1"] },
        "00100010": { "vr": "PN", "Value": [{ "Alphabetic": "Yamada^Tarou", "Ideographic": "山田^太郎" }] },
        "00100020": { "vr": "LO", "Value": ["P1"] },
        "00401001": { "vr": "SH", "Value": ["R1"] },
        "00400100": { "vr": "SQ", "Value": [step] },
    })
}

/// A gateway with three items on its worklist, put there by the command.
fn scheduled() -> Gateway {
    let gateway = Gateway::start();
    let items =
        json!([item("1.2.1", "CT1", "20261126"), item("1.2.2", "CT1", "20261126"), item("1.2.3", "MR1", "20261127")]);
    let output = gateway.try_command(&["worklist", "import", "-"], &items.to_string());
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success() && said.contains("3 new on the worklist"), "{said}");
    gateway
}

fn workflow(step: &str, arguments: &[&str]) {
    let script = e2e::root().join("tests/clients/workflow.py");
    let said = run(python().arg(script).arg(step).args(arguments));
    assert!(said.contains("all is well"), "{said}");
}

/// Stores two instances; their UIDs.
fn stored(gateway: &Gateway) -> [String; 2] {
    let fixtures = [1, 2].map(|number| Fixture::new(1, 1, number, number as u8));
    let files: Vec<Vec<u8>> = fixtures.iter().map(|fixture| fixture.file.clone()).collect();
    assert_eq!(gateway.http().stow(&files).status, 200);
    fixtures.map(|fixture| fixture.instance)
}

#[test]
fn pynetdicom_queries_the_worklist() {
    workflow("worklist", &[scheduled().dimse_port()]);
}

#[test]
fn findscu_queries_the_worklist() {
    let gateway = scheduled();
    let folder = gateway.folder().join("found");
    std::fs::create_dir(&folder).expect("a folder");
    let keys = [
        "0010,0010=Yamada*",
        "0010,0020",
        "0020,000d",
        "(0040,0100)[0].ScheduledStationAETitle=CT1",
        "(0040,0100)[0].ScheduledProcedureStepStartDate=20261101-20261130",
        "(0040,0100)[0].Modality",
    ];
    let mut command = dcmtk("findscu");
    command.args(["-W", "-X", "-od"]).arg(&folder).args(["-aet", AE, "-aec", "PACS"]);
    command.args(keys.iter().flat_map(|key| ["-k", key])).args(["127.0.0.1", gateway.dimse_port()]);
    run(&mut command);
    let found = e2e::files(&folder);
    assert_eq!(found.len(), 2);
    // What was found is a worklist item again.
    let read = |path: &Path| data_set::read(&std::fs::read(path).expect("a file")).expect("a data set");
    assert!(found.iter().all(|path| read(path).uid(data_set::tags::STUDY_INSTANCE_UID).is_some()));
}

#[test]
fn files_as_dcmtk_has_them_are_imported_listed_and_removed() {
    let gateway = Gateway::start();
    let (dump, file) = (gateway.folder().join("item.dump"), gateway.folder().join("item.wl"));
    let lines = [
        "(0008,0050) SH [00000]",
        "(0010,0010) PN [VIVALDI^ANTONIO]",
        "(0010,0020) LO [AV35674]",
        "(0020,000d) UI [1.2.276.0.7230010.3.2.101]",
        "(0032,1060) LO [EXAM6]",
        "(0040,0100) SQ",
        "(fffe,e000) -",
        "(0008,0060) CS [MR]",
        "(0040,0001) AE [AA32]",
        "(0040,0002) DA [19951015]",
        "(0040,0003) TM [085607]",
        "(0040,0009) SH [SPD3445]",
        "(fffe,e00d) -",
        "(fffe,e0dd) -",
        "(0040,1001) SH [RP454G234]",
    ];
    std::fs::write(&dump, lines.join("\n")).expect("a dump");
    run(dcmtk("dump2dcm").arg(&dump).arg(&file));
    let file = file.to_str().expect("text");
    assert!(gateway.command(&["worklist", "import", file]).contains("1 new"));
    assert!(gateway.command(&["worklist", "import", file]).contains("1 changed"));
    let listed = gateway.command(&["worklist", "list", "--ae", "AA32"]);
    assert!(listed.contains("VIVALDI^ANTONIO") && listed.contains("SCHEDULED"), "{listed}");
    assert!(!gateway.command(&["worklist", "list", "--modality", "CT"]).contains("VIVALDI"));
    gateway.command(&["worklist", "remove", "1.2.276.0.7230010.3.2.101", "SPD3445"]);
    assert!(!gateway.command(&["worklist", "list"]).contains("VIVALDI"));
    let refused = gateway.try_command(&["worklist", "import", "-"], "{}");
    assert_eq!(refused.status.code(), Some(1));
}

#[test]
fn pynetdicom_reports_performed_steps() {
    let gateway = scheduled();
    workflow("performed", &[gateway.dimse_port(), "1.2.1"]);
    let found = gateway.http().get(&format!("{WORKLIST}?00400100.00400020=*&StudyInstanceUID=1.2.1"), "*/*").json();
    // One step of it is completed, the other one is in progress.
    assert_eq!(found[0]["00400100"]["Value"][0]["00400020"]["Value"][0], "STARTED");
    assert_eq!(found[0]["00081111"]["Value"].as_array().map(Vec::len), Some(2));
}

#[test]
fn pynetdicom_is_told_of_commitment_on_its_association() {
    let gateway = Gateway::start();
    let [one, other] = stored(&gateway);
    workflow("commitment_here", &[gateway.dimse_port(), &one, &other]);
}

/// Registers the test's AE anew, with a port that nobody listens on yet.
fn listening_at(gateway: &Gateway) -> String {
    let free = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    let port = free.local_addr().expect("an address").port().to_string();
    gateway.command(&["ae", "remove", AE]);
    gateway.command(&["ae", "add", AE, "127.0.0.1", &port, "--may", "store,query,worklist"]);
    port
}

#[test]
fn pynetdicom_is_told_of_commitment_on_an_association_that_the_gateway_asks_for() {
    let gateway = Gateway::start();
    let port = listening_at(&gateway);
    let [one, other] = stored(&gateway);
    workflow("commitment_elsewhere", &[gateway.dimse_port(), &port, &one, &other]);
}

#[test]
fn a_kill_between_request_and_report_loses_neither() {
    let mut gateway = Gateway::start();
    let port = listening_at(&gateway);
    let [one, other] = stored(&gateway);
    let file = gateway.folder().join("transaction");
    let file = file.to_str().expect("text");
    workflow("commitment_asked", &[gateway.dimse_port(), file, &one, &other]);
    gateway.kill();
    gateway.start_again();
    workflow("commitment_told", &[&port, file, &one, &other]);
}
