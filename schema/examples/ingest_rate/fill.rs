//! Studies enough for a search to be worth measuring, written by the databases themselves.

use diesel::PgConnection;
use diesel::connection::SimpleConnection;

const KEY: &str = "('00000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid";
const UID: &str = "'1.2.826.0.1.3680043.9.7433.9.' || n";

fn document(elements: &[(&str, &str, &str)]) -> String {
    let element = |(tag, vr, value): &(&str, &str, &str)| {
        format!("'{tag}', jsonb_build_object('vr', '{vr}', 'Value', jsonb_build_array({value}))")
    };
    format!("jsonb_build_object({})", elements.iter().map(element).collect::<Vec<_>>().join(", "))
}

pub fn index(connection: &mut PgConnection, studies: usize) {
    let attributes = document(&[
        ("00080020", "DA", "to_char(date '2004-01-01' + n % 7300, 'YYYYMMDD')"),
        ("00080030", "TM", "'101112'"),
        ("00081030", "LO", "'Examination ' || n % 1000"),
        ("0020000D", "UI", UID),
    ]);
    connection
        .batch_execute(&format!(
            "INSERT INTO studies (study_instance_uid, patient_key, study_date, study_time, study_description,
                modalities_in_study, sop_classes_in_study, number_of_study_related_series,
                number_of_study_related_instances, attributes)
             SELECT {UID}, {KEY}, date '2004-01-01' + n % 7300, time '10:11:12', 'Examination ' || n % 1000,
                ARRAY[(ARRAY['CT', 'MR', 'CR', 'US'])[1 + n % 4]], ARRAY['1.2.840.10008.5.1.4.1.1.2'], 2, 200,
                {attributes} FROM generate_series(1, {studies}) AS n;
             INSERT INTO series (study_key, series_instance_uid, modality, series_number, series_description,
                number_of_series_related_instances, attributes)
             SELECT study_key, study_instance_uid || '.' || m, modalities_in_study[1], m, 'Series', 100, '{{}}'
             FROM studies, generate_series(1, 2) AS m WHERE study_instance_uid LIKE '1.2.826.0.1.3680043.9.7433.9.%';
             ANALYZE"
        ))
        .expect("fill the index");
}

pub fn identity(connection: &mut PgConnection, studies: usize) {
    let name = "'FAMILY' || n % 5000 || '^GIVEN' || n % 77";
    let patient = document(&[
        ("00100010", "PN", &format!("jsonb_build_object('Alphabetic', {name})")),
        ("00100020", "LO", "'F' || n"),
        ("00100030", "DA", "'19500101'"),
        ("00100040", "CS", "'M'"),
    ]);
    let study = document(&[("00080050", "SH", "'ACC' || n")]);
    connection
        .batch_execute(&format!(
            "INSERT INTO patients SELECT {KEY}, 'F' || n, '', '', {name}, lower({name}), date '1950-01-01', 'M',
                {patient} FROM generate_series(1, {studies}) AS n;
             INSERT INTO study_identities SELECT {UID}, {KEY}, 'ACC' || n, n::text, 'Doctor^A', 'doctor^a', {study}
                FROM generate_series(1, {studies}) AS n;
             INSERT INTO series_identities SELECT {UID} || '.' || m, {UID}, '{{}}'
                FROM generate_series(1, {studies}) AS n, generate_series(1, 2) AS m;
             ANALYZE"
        ))
        .expect("fill the identity database");
}
