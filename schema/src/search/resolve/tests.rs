use cluster::testing::TestDatabase;
use diesel::Connection;
use diesel::connection::SimpleConnection;
use serde_json::Value;

use super::super::request::Request;
use super::*;

/// Studies of one patient, each with so many Series.
const STUDIES: i64 = 1_000;
const SERIES: i64 = 50;
/// Every so many Series are of one institution.
const INSTITUTIONS: i64 = 500;

fn database(name: &str, migrate: fn(&mut PgConnection), fill: &str) -> TestDatabase {
    let database = TestDatabase::new(name);
    let mut connection = PgConnection::establish(&database.url()).expect("connect");
    migrate(&mut connection);
    connection.batch_execute(fill).expect("fill the database");
    database
}

fn identity() -> TestDatabase {
    let fill = format!(
        "INSERT INTO patients (patient_key, patient_id, issuer_of_patient_id, study_instance_uid, attributes)
             VALUES ('00000000-0000-4000-8000-000000000001', 'P', '', '', '{{}}');
         INSERT INTO study_identities (study_instance_uid, patient_key, attributes)
             SELECT '1.2.' || n, '00000000-0000-4000-8000-000000000001', '{{}}' FROM generate_series(1, {STUDIES}) AS n;
         INSERT INTO series_identities
             SELECT '1.2.' || n || '.' || m, '1.2.' || n, jsonb_build_object(
                 '00080080', jsonb_build_object('vr', 'LO', 'Value', jsonb_build_array('Clinic ' || (n * {SERIES} + m) % {INSTITUTIONS})),
                 '00400275', jsonb_build_object('vr', 'SQ', 'Value', jsonb_build_array(jsonb_build_object(
                     '00400009', jsonb_build_object('vr', 'SH', 'Value', jsonb_build_array('S' || n || '-' || m))))))
             FROM generate_series(1, {STUDIES}) AS n, generate_series(1, {SERIES}) AS m;
         ANALYZE"
    );
    database("resolve_identity", |connection| crate::migrate::identity(connection).expect("migrate"), &fill)
}

fn query(keys: &[(&str, &str)]) -> Query {
    let matching: Vec<(String, String)> = keys.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
    Query::parse(&Request { matching: &matching, ..Request::of(Level::Study) }).expect("a query")
}

/// Rows that the database reads of its tables, and the indexes that it uses.
fn read(plan: &Value, indexes: &mut Vec<String>) -> f64 {
    let own = match (plan["Relation Name"].as_str(), plan["Actual Rows"].as_f64(), plan["Actual Loops"].as_f64()) {
        (Some(_), Some(rows), Some(loops)) => loops * (rows + plan["Rows Removed by Filter"].as_f64().unwrap_or(0.0)),
        _ => 0.0,
    };
    indexes.extend(plan["Index Name"].as_str().map(str::to_owned));
    own + plan["Plans"].as_array().into_iter().flatten().map(|plan| read(plan, indexes)).sum::<f64>()
}

#[test]
fn exact_values_of_personal_series_attributes_are_found_by_an_index() {
    let database = identity();
    for (keys, found) in [
        ([("InstitutionName", "Clinic 7")], STUDIES * SERIES / INSTITUTIONS),
        ([("RequestAttributesSequence.ScheduledProcedureStepID", "S7-7")], 1),
    ] {
        let query = query(&keys);
        assert!(!is_slow(&query));
        let sql = format!("EXPLAIN (ANALYZE, FORMAT JSON) {}", names(&query, Level::Series).in_full());
        let plan: Value = serde_json::from_str(&database.sql(&sql)).expect("a plan");
        let mut indexes = Vec::new();
        let rows = read(&plan[0]["Plan"], &mut indexes);
        assert!(indexes.iter().any(|index| index == "series_identities_attributes"), "{keys:?}: {plan:#}");
        assert!(rows <= (STUDIES + 4 * found + 10) as f64, "{keys:?}: {rows} rows are read: {plan:#}");
        assert_eq!(plan[0]["Plan"]["Actual Rows"].as_f64(), Some(found as f64), "{keys:?}");
    }
}

#[test]
fn what_no_index_finds_is_looked_for_where_the_other_keys_lead() {
    let identity = identity();
    let fill = format!(
        "INSERT INTO studies (study_instance_uid, patient_key, study_date, attributes)
             SELECT '1.2.' || n, '00000000-0000-4000-8000-000000000001', date '2024-01-01' + n, '{{}}'
             FROM generate_series(1, {STUDIES}) AS n;
         INSERT INTO series (study_key, series_instance_uid, modality, series_number, attributes)
             SELECT study_key, study_instance_uid || '.' || m, 'CT', m, '{{}}'
             FROM studies, generate_series(1, {SERIES}) AS m;
         ANALYZE studies, series"
    );
    let index = database("resolve_index", |connection| crate::migrate::index(connection).expect("migrate"), &fill);
    let mut index = PgConnection::establish(&index.url()).expect("connect");
    let mut identity = PgConnection::establish(&identity.url()).expect("connect");
    let mut goes_first = |keys: &[(&str, &str)]| {
        let resolved = resolve(&mut index, &mut identity, &query(keys)).expect("an answer");
        matches!(resolved, Resolved::TooMany)
    };
    let (day, all) = (("StudyDate", "20240110"), ("StudyDate", "20240101-"));
    assert!(goes_first(&[day, ("InstitutionName", "*nic 7")]), "fifty series are looked into");
    assert!(!goes_first(&[all, ("InstitutionName", "*nic 7")]), "too many are left");
    assert!(!goes_first(&[day, ("InstitutionName", "Clinic 7")]), "an index knows it");
    assert!(!goes_first(&[("InstitutionName", "*nic 7")]), "nothing else is asked");
    let found = super::super::run(&mut index, &mut identity, &query(&[day, ("InstitutionName", "*nic *5*")]));
    assert_eq!(found.expect("an answer").matches.len(), 1);
    let none = super::super::run(&mut index, &mut identity, &query(&[day, ("InstitutionName", "*nowhere*")]));
    assert_eq!(none.expect("an answer").matches.len(), 0);
}

#[test]
fn knows_what_its_indexes_find() {
    let is_indexed = |name: &str, value: &str| query(&[(name, value)]).keys.iter().all(super::is_indexed);
    for (name, value) in [
        ("PatientID", "A*"),
        ("PatientName", "Doe"),
        ("PatientBirthDate", "19700101-"),
        ("AccessionNumber", "A1"),
        ("StationName", "CT1"),
    ] {
        assert!(is_indexed(name, value), "{name}={value}");
    }
    for (name, value) in
        [("PatientID", "*A"), ("PatientSex", "F"), ("StationName", "CT*"), ("OperatorsName", "Doe"), ("00091001", "x")]
    {
        assert!(!is_indexed(name, value), "{name}={value}");
    }
}
