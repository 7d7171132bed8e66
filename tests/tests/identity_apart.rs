//! Personal data are in the identity database only.

use std::process::Command;

use dicom_core::{Tag, VR};
use dicom_dictionary_std::tags;
use e2e::{Fixture, Gateway};

/// Attributes with values that cannot be there by chance.
const PERSONAL: &[(Tag, VR, &str)] = &[
    (tags::PATIENT_NAME, VR::PN, "Zwetschgenbaum^Waldtraud"),
    (tags::PATIENT_ID, VR::LO, "PID-7731-QX"),
    (tags::ISSUER_OF_PATIENT_ID, VR::LO, "Quittenhospital"),
    (tags::PATIENT_BIRTH_DATE, VR::DA, "19370523"),
    (tags::PATIENT_ADDRESS, VR::LO, "Mirabellenweg 17"),
    (tags::PATIENT_COMMENTS, VR::LT, "Pflaumenkommentar"),
    (tags::OTHER_PATIENT_NAMES, VR::PN, "Holunder^Rosalie"),
    (tags::ACCESSION_NUMBER, VR::SH, "ACC-55112-ZZ"),
    (tags::STUDY_ID, VR::SH, "SID-90817"),
    (tags::REFERRING_PHYSICIAN_NAME, VR::PN, "Sanddornius^Balthasar"),
    (tags::PERFORMING_PHYSICIAN_NAME, VR::PN, "Schlehenberg^Ottokar"),
    (tags::OPERATORS_NAME, VR::PN, "Berberitz^Kunigunde"),
    (tags::INSTITUTION_NAME, VR::LO, "Klinikum Hagebuttental"),
    (tags::INSTITUTION_ADDRESS, VR::ST, "Vogelbeerstrasse 4"),
    (tags::STATION_NAME, VR::SH, "HAGEBUTTE3"),
    (tags::DEVICE_SERIAL_NUMBER, VR::LO, "SN-QQ-99817"),
];

#[test]
fn no_personal_value_is_in_the_index_nor_in_the_log() {
    let gateway = Gateway::start();
    let http = gateway.http();
    let fixture = Fixture::with(1, 1, 1, 0, PERSONAL);
    assert_eq!(http.stow(std::slice::from_ref(&fixture.file)).status, 200);
    let found =
        http.get("/dicom-web/studies?PatientName=Zwetschgenbaum*&PatientID=PID-7731-QX", "application/dicom+json");
    assert_eq!(found.json().as_array().expect("an array").len(), 1, "{}", found.text());
    http.get(&format!("{}/metadata", fixture.path()), "application/dicom+json");
    http.get("/dicom-web/studies?NoSuchKey=Zwetschgenbaum", "application/dicom+json");

    let (index, identity) = (dump(&gateway, "index"), dump(&gateway, "identity"));
    assert!(index.contains(&fixture.instance), "the index knows the instance");
    let log = std::fs::read_to_string(gateway.data_dir().with_extension("log")).expect("a log");
    for (tag, _, value) in PERSONAL {
        for part in value.split('^') {
            assert!(!index.contains(part), "{part} of {tag} is in the index");
            assert!(!log.contains(part), "{part} of {tag} is in the log");
        }
    }
    assert!(identity.contains("Zwetschgenbaum"), "identity knows the name");
}

/// The whole content of a database as text.
fn dump(gateway: &Gateway, database: &str) -> String {
    let url = cluster::socket_url(&gateway.data_dir().join("postgres"), database);
    let output = Command::new("pg_dump").args(["--inserts", "-d", &url]).output().expect("pg_dump");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}
