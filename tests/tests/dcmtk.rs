//! DCMTK, as modalities and hospital IT use it.

use data_set::tags;
use e2e::clients::{dcmtk, run};
use e2e::{Fixture, Gateway, gateway::AE};

fn call(gateway: &Gateway, tool: &str, calling: &str, called: &str, more: &[&str]) -> std::process::Output {
    let mut command = dcmtk(tool);
    command.args(["-v", "-aet", calling, "-aec", called, "127.0.0.1", gateway.dimse_port()]).args(more);
    command.output().expect("it runs")
}

#[test]
fn echoscu_verifies() {
    let gateway = Gateway::start();
    assert!(call(&gateway, "echoscu", AE, "PACS", &[]).status.success());
}

#[test]
fn strangers_and_wrong_numbers_are_rejected_by_reason() {
    let gateway = Gateway::start();
    let said = |output: std::process::Output| {
        String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout)
    };
    let stranger = call(&gateway, "echoscu", "STRANGER", "PACS", &[]);
    assert!(!stranger.status.success());
    assert!(said(stranger).contains("Calling AE Title Not Recognized"));
    let wrong = call(&gateway, "echoscu", AE, "OTHER", &[]);
    assert!(!wrong.status.success());
    assert!(said(wrong).contains("Called AE Title Not Recognized"));
}

#[test]
fn storescu_sends_a_folder_and_its_bytes_come_back() {
    let gateway = Gateway::start();
    let folder = gateway.folder().join("sent");
    std::fs::create_dir(&folder).expect("a folder");
    let fixtures: Vec<Fixture> = (1..=20).map(|number| Fixture::new(1, 1, number, number as u8)).collect();
    for fixture in &fixtures {
        std::fs::write(folder.join(format!("{}.dcm", fixture.instance)), &fixture.file).expect("a file");
    }
    let path = folder.to_str().expect("text");
    for _twice in 0..2 {
        run(dcmtk("storescu").args(["-aet", AE, "-aec", "PACS", "+sd", "127.0.0.1", gateway.dimse_port(), path]));
    }
    let http = gateway.http();
    for fixture in &fixtures {
        let answer = http.get(&fixture.path(), "application/dicom; transfer-syntax=*");
        assert_eq!(answer.status, 200, "{}", answer.text());
        let data_set = |file: &[u8]| file[e2e::scu::data_set_start(file).expect("meta")..].to_vec();
        assert!(data_set(&answer.body) == data_set(&fixture.file), "{} changed", fixture.instance);
    }
    let studies = http.get("/dicom-web/studies", "application/dicom+json").json();
    assert_eq!(studies[0]["00201208"]["Value"][0], 20, "sent twice, there once");
}

#[test]
fn every_transfer_syntax_is_stored_and_served_as_it_came() {
    let Some(data) = e2e::test_data() else { return };
    let gateway = Gateway::start();
    let http = gateway.http();
    let mut compared = 0;
    for path in e2e::files(&data.join("transfer-syntaxes")) {
        let file = std::fs::read(&path).expect("a file");
        let answer = http.stow(std::slice::from_ref(&file));
        let stored = answer.json();
        let Some(url) = stored["00081199"]["Value"][0]["00081190"]["Value"][0].as_str() else {
            // Some lack a UID without which nothing can be stored; several hold the same SOP Instance.
            let set = data_set::read(&file).expect("a data set");
            let uids =
                [tags::SOP_CLASS_UID, tags::SOP_INSTANCE_UID, tags::STUDY_INSTANCE_UID, tags::SERIES_INSTANCE_UID];
            let named = uids.iter().all(|tag| set.root().raw_text(*tag).is_some_and(|uid| !uid.is_empty()));
            let reason = &stored["00081198"]["Value"][0]["00081197"]["Value"][0];
            assert!(!named || *reason == 0x0111, "{}: {stored}", path.display());
            assert_eq!(answer.status, 409, "{}", path.display());
            continue;
        };
        let local = &url[url.find("/dicom-web").expect("our own address")..];
        let back = http.get(local, "application/dicom; transfer-syntax=*");
        assert!(back.status == 200 && back.body == file, "{} changed", path.display());
        compared += 1;
    }
    assert!(compared > 40, "only {compared} files were compared");
}

/// What findscu says to these options: the responses' Identifiers, as it prints them.
fn find(gateway: &Gateway, options: &[&str]) -> String {
    let mut command = dcmtk("findscu");
    command.args(["-v", "-aet", AE, "-aec", "PACS"]).args(options).args(["127.0.0.1", gateway.dimse_port()]);
    run(&mut command)
}

#[test]
fn findscu_finds_at_every_level_of_both_models() {
    let gateway = Gateway::start();
    let files: Vec<Vec<u8>> = [(1, 1, 1), (1, 1, 2), (1, 2, 1), (2, 1, 1)]
        .map(|(study, series, number)| Fixture::new(study, series, number, 0).file)
        .to_vec();
    assert_eq!(gateway.http().stow(&files).status, 200);
    let one = Fixture::new(1, 1, 1, 0);
    let (study, series) = (format!("StudyInstanceUID={}", one.study), format!("SeriesInstanceUID={}", one.series));
    let count = |options: &[&str]| {
        let said = find(&gateway, options);
        assert!(said.contains("Received Final Find Response (Success)"), "{said}");
        said.matches("(Pending)").count()
    };
    let key = "-k";
    assert_eq!(count(&["-P", key, "QueryRetrieveLevel=PATIENT", key, "PatientName=test*", key, "PatientID"]), 2);
    assert_eq!(count(&["-P", key, "QueryRetrieveLevel=STUDY", key, "PatientID=T1", key, "StudyInstanceUID"]), 1);
    assert_eq!(count(&["-P", key, "QueryRetrieveLevel=SERIES", key, "PatientID=T1", key, &study]), 2);
    assert_eq!(count(&["-P", key, "QueryRetrieveLevel=IMAGE", key, "PatientID=T1", key, &study, key, &series]), 2);
    assert_eq!(count(&["-S", key, "QueryRetrieveLevel=STUDY", key, "StudyDate=20260301-"]), 2);
    assert_eq!(count(&["-S", key, "QueryRetrieveLevel=SERIES", key, &study, key, "SeriesNumber=2"]), 1);
    assert_eq!(count(&["-S", key, "QueryRetrieveLevel=IMAGE", key, &study, key, &series, key, "SOPInstanceUID"]), 2);
    let implicit = ["-xi", "-S", key, "QueryRetrieveLevel=STUDY", key, "PatientName", key, "PatientID=T2"];
    assert!(find(&gateway, &implicit).contains("[Test^Patient2"));
    let refused = find(&gateway, &["-S", key, "QueryRetrieveLevel=SERIES", key, "SeriesInstanceUID"]);
    assert!(refused.contains("DataSetDoesNotMatchSOPClass"), "{refused}");
}

#[test]
fn findscu_cancels() {
    let gateway = Gateway::start();
    let files: Vec<Vec<u8>> = (1..=30).map(|study| Fixture::new(study, 1, 1, 0).file).collect();
    assert_eq!(gateway.http().stow(&files).status, 200);
    let said = find(&gateway, &["-S", "--cancel", "2", "-k", "QueryRetrieveLevel=STUDY", "-k", "StudyInstanceUID"]);
    assert!(said.contains("Final Find Response"), "{said}");
}
