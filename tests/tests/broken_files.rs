//! Files made to crash parsers: each gets a precise answer, and the gateway goes on.

use std::path::PathBuf;

use dicom_dictionary_std::uids;
use e2e::clients::{dcmtk, run};
use e2e::{Fixture, Gateway, Scu, files, test_data};

/// Most that the gateway may grow over all of them, in bytes.
const GROWTH: u64 = 256 << 20;

fn broken() -> Option<Vec<PathBuf>> {
    Some(files(&test_data()?.join("broken-fuzz")))
}

#[test]
fn broken_files_by_stow_never_fail_the_server() {
    let Some(files) = broken() else { return };
    let mut gateway = Gateway::start();
    let http = gateway.http();
    let before = gateway.resident();
    for path in &files {
        let answer = http.stow(&[std::fs::read(path).expect("a file")]);
        assert!(
            matches!(answer.status, 200 | 202 | 409 | 400),
            "{}: {} {}",
            path.display(),
            answer.status,
            answer.text()
        );
    }
    retrieve_all(&gateway);
    assert!(gateway.resident() < before + GROWTH, "grew by {}", gateway.resident() - before);
    still_serves(&mut gateway);
}

#[test]
fn broken_data_sets_by_c_store_never_end_the_server() {
    let Some(files) = broken() else { return };
    let mut gateway = Gateway::start();
    let before = gateway.resident();
    for path in &files {
        let file = std::fs::read(path).expect("a file");
        let start = e2e::scu::data_set_start(&file).unwrap_or(0).min(file.len());
        let mut scu = Scu::call(&gateway.dimse_address, uids::CT_IMAGE_STORAGE, uids::EXPLICIT_VR_LITTLE_ENDIAN)
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let status = scu.send(uids::CT_IMAGE_STORAGE, "1.2.3.4", &file[start..]);
        let status = status.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        assert!(
            matches!(status, 0x0000 | 0xB000..=0xB0FF | 0x0111 | 0xA900..=0xA9FF | 0xC000..=0xCFFF),
            "{}: {status:04X}",
            path.display()
        );
        scu.release().expect("the association goes on");
    }
    assert!(gateway.resident() < before + GROWTH, "grew by {}", gateway.resident() - before);
    still_serves(&mut gateway);
}

/// What was kept of them can be asked for in every way without a failure of the server.
fn retrieve_all(gateway: &Gateway) {
    let http = gateway.http();
    let found = http.get("/dicom-web/instances?limit=1000", "application/dicom+json").json();
    for instance in found.as_array().expect("an array") {
        let uid = |tag: &str| instance[tag]["Value"][0].as_str().expect("a UID").to_owned();
        let (study, series, instance) = (uid("0020000D"), uid("0020000E"), uid("00080018"));
        let path = format!("/dicom-web/studies/{study}/series/{series}/instances/{instance}");
        for (resource, accept) in [
            ("", "application/dicom; transfer-syntax=*"),
            ("", "application/dicom"),
            ("/metadata", "application/dicom+json"),
            ("/frames/1", "multipart/related; type=\"application/octet-stream\""),
            ("/rendered", "image/jpeg"),
            ("/thumbnail", "image/jpeg"),
        ] {
            let answer = http.try_get(&format!("{path}{resource}"), accept);
            let Ok(answer) = answer else { continue }; // a frame that breaks midway breaks the connection
            assert!(
                answer.status < 500 || answer.status == 501,
                "{path}{resource}: {} {}",
                answer.status,
                answer.text()
            );
        }
    }
}

fn still_serves(gateway: &mut Gateway) {
    assert!(gateway.is_running(), "the gateway ended");
    assert_eq!(gateway.http().stow(&[Fixture::new(9999, 1, 1, 0).file]).status, 200);
    run(dcmtk("echoscu").args(["-aet", "TESTER", "-aec", "PACS", "127.0.0.1", gateway.dimse_port()]));
    gateway.command(&["verify", "--grace", "0"]);
}
