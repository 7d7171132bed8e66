//! What a search gives back: attributes, order, pages.

mod support;

use serde_json::{Map, Value, json};
use support::asking::{Ask, instances, series, studies};
use support::{Databases, instance};

fn tags(found: &Map<String, Value>) -> Vec<&str> {
    found.keys().map(String::as_str).collect()
}

const STUDY: [&str; 15] = [
    "00080020", "00080030", "00080050", "00080056", "00080061", "00080090", "00080201", "00100010", "00100020",
    "00100030", "00100040", "0020000D", "00200010", "00201206", "00201208",
];
const SERIES: [&str; 9] =
    ["00080060", "00080201", "0008103E", "0020000E", "00200011", "00201209", "00400244", "00400245", "00400275"];
const INSTANCE: [&str; 9] =
    ["00080016", "00080018", "00080056", "00080201", "00200013", "00280008", "00280010", "00280011", "00280100"];

fn all(lists: &[&[&'static str]]) -> Vec<&'static str> {
    let mut tags: Vec<&str> = lists.concat();
    tags.sort_unstable();
    tags.dedup();
    tags
}

#[test]
fn returns_what_is_required_even_without_a_value() {
    let databases = Databases::new();
    databases.store(&[instance(1, 1, 1, &[])]);
    let found = &studies().matches(&databases)[0];
    assert_eq!(tags(found), STUDY);
    assert_eq!(found["00080050"], json!({"vr": "SH"}));
    assert_eq!(found["00080061"], json!({"vr": "CS", "Value": ["CT"]}));
    assert_eq!(found["00080056"], json!({"vr": "CS", "Value": ["ONLINE"]}));
    assert_eq!(found["00201208"], json!({"vr": "IS", "Value": [1]}));
    assert_eq!(found["00100020"], json!({"vr": "LO", "Value": ["P1"]}));
    assert_eq!(tags(&studies().of_study("1.2.1").matches(&databases)[0]), STUDY);
}

#[test]
fn returns_the_levels_above_in_relational_searches() {
    let databases = Databases::new();
    databases.store(&[instance(1, 1, 1, &[("00280010", "US", json!(512)), ("00080201", "SH", json!("+0100"))])]);
    assert_eq!(tags(&series().matches(&databases)[0]), all(&[&STUDY, &SERIES]));
    assert_eq!(tags(&series().of_study("1.2.1").matches(&databases)[0]), all(&[&SERIES, &["0020000D"]]));
    assert_eq!(tags(&instances().matches(&databases)[0]), all(&[&STUDY, &SERIES, &INSTANCE]));
    let of_study = &instances().of_study("1.2.1").matches(&databases)[0];
    assert_eq!(tags(of_study), all(&[&SERIES, &INSTANCE, &["0020000D"]]));
    let of_series = &instances().of_study("1.2.1").of_series("1.2.1.1").matches(&databases)[0];
    assert_eq!(tags(of_series), all(&[&INSTANCE, &["0020000D", "0020000E"]]));
    assert_eq!(of_series["00280010"], json!({"vr": "US", "Value": [512]}));
    assert_eq!(of_series["00280011"], json!({"vr": "US"}));
    assert_eq!(of_series["00080201"], json!({"vr": "SH", "Value": ["+0100"]}));
}

#[test]
fn returns_what_is_asked_for() {
    let databases = Databases::new();
    let item =
        json!({"00400009": {"vr": "SH", "Value": ["S1"]}, "00401101": {"vr": "PN", "Value": [{"Alphabetic": "X"}]}});
    databases.store(&[instance(
        1,
        1,
        1,
        &[
            ("00081030", "LO", json!("Thorax")),
            ("00081048", "PN", json!({"Alphabetic": "Récord"})),
            ("00400275", "SQ", item.clone()),
            ("00181210", "SH", json!("B30f")),
            ("00091001", "LO", json!("private")),
        ],
    )]);
    let by = studies().including("StudyDescription").including("00081048").including("Modality").including("00081032");
    let found = &by.matches(&databases)[0];
    assert_eq!(tags(found), all(&[&STUDY, &["00081030", "00081048"]]));
    assert_eq!(found["00081048"], json!({"vr": "PN", "Value": [{"Alphabetic": "Récord"}]}));
    let by = instances().of_study("1.2.1").of_series("1.2.1.1").including("ConvolutionKernel").including("00091001");
    let found = &by.including("RequestAttributesSequence.ScheduledProcedureStepID").matches(&databases)[0];
    assert_eq!(found["00181210"]["Value"][0], "B30f");
    assert_eq!(found["00091001"]["Value"][0], "private");
    assert_eq!(found["00400275"], json!({"vr": "SQ", "Value": [item]}));
}

#[test]
fn returns_the_attributes_of_its_keys() {
    let databases = Databases::new();
    databases.store(&[instance(1, 1, 1, &[("00081030", "LO", json!("Thorax"))])]);
    let found = &studies().by("StudyDescription", "").by("Modality", "CT").matches(&databases)[0];
    assert_eq!(tags(found), all(&[&STUDY, &["00081030"]]));
}

#[test]
fn returns_everything() {
    let databases = Databases::new();
    let names =
        json!({"00400009": {"vr": "SH", "Value": ["S1"]}, "00081070": {"vr": "PN", "Value": [{"Alphabetic": "Ö"}]}});
    databases.store(&[instance(
        1,
        1,
        1,
        &[
            ("00081030", "LO", json!("Thorax")),
            ("00104000", "LT", json!("comment")),
            ("00081115", "SQ", names.clone()),
            ("00181210", "SH", json!("B30f")),
        ],
    )]);
    let found = &instances().including("all").matches(&databases)[0];
    for tag in all(&[&STUDY, &SERIES, &INSTANCE, &["00081030", "00104000", "00081115", "00181210", "00080062"]]) {
        assert!(found.contains_key(tag), "{tag}");
    }
    assert_eq!(found["00081115"]["Value"][0], names);
    let of_series = &instances().of_study("1.2.1").of_series("1.2.1.1").including("all").matches(&databases)[0];
    assert!(!of_series.contains_key("00104000"));
    assert!(of_series.contains_key("00181210"));
    let study = &studies().including("all").matches(&databases)[0];
    assert!(study.contains_key("00104000") && !study.contains_key("00181210"));
}

#[test]
fn gives_newest_studies_first_and_pages_without_gap() {
    let databases = Databases::new();
    let at = |date: &str, time: &str| vec![("00080020", "DA", json!(date)), ("00080030", "TM", json!(time))];
    let stored = [at("20240101", "10"), at("20240102", "08"), at("20240102", "09"), at("", ""), at("20240102", "")];
    for (number, attributes) in stored.iter().enumerate() {
        databases.store(&[instance(number as u32 + 1, 1, 1, attributes)]);
    }
    let order = ["1.2.3", "1.2.2", "1.2.5", "1.2.1", "1.2.4"];
    assert_eq!(studies().uids(&databases), order);
    for limit in 1..4 {
        let mut paged = Vec::new();
        while paged.len() < 5 {
            paged.extend(studies().page(paged.len() as u32, limit).uids(&databases));
        }
        assert_eq!(paged, order, "{limit} a page");
    }
    assert_eq!(studies().page(5, 10).uids(&databases).len(), 0);
    assert_eq!(studies().page(0, 0).uids(&databases).len(), 0);
}

#[test]
fn orders_series_and_instances_by_their_numbers() {
    let databases = Databases::new();
    databases.store(&[instance(1, 10, 2, &[]), instance(1, 2, 7, &[]), instance(1, 10, 1, &[])]);
    assert_eq!(series().of_study("1.2.1").uids(&databases), ["1.2.1.2", "1.2.1.10"]);
    assert_eq!(instances().of_study("1.2.1").of_series("1.2.1.10").uids(&databases), ["1.2.1.10.1", "1.2.1.10.2"]);
}

#[test]
fn finds_the_same_when_personal_keys_match_too_many_to_be_named() {
    let databases = Databases::new();
    databases.index.sql(
        "INSERT INTO studies (study_instance_uid, patient_key, study_date, attributes, modalities_in_study,
            number_of_study_related_series, number_of_study_related_instances)
         SELECT '1.3.' || n, ('00000000-0000-0000-0000-' || lpad(n::text, 12, '0'))::uuid,
            date '2020-01-01' + n % 1000, '{}', ARRAY[CASE WHEN n % 2 = 0 THEN 'CT' ELSE 'MR' END], 2, 2
         FROM generate_series(1, 12000) AS n",
    );
    databases.index.sql(
        "INSERT INTO series (study_key, series_instance_uid, modality, attributes)
         SELECT study_key, study_instance_uid || '.' || m, 'CT', '{}' FROM studies, generate_series(1, 2) AS m",
    );
    databases.identity.sql(
        "INSERT INTO patients SELECT ('00000000-0000-0000-0000-' || lpad(n::text, 12, '0'))::uuid, 'P' || n, '', '',
            'Doe', CASE WHEN n % 10 = 0 THEN 'roe' ELSE 'doe' END, NULL, NULL, '{}' FROM generate_series(1, 12000) AS n",
    );
    databases.identity.sql(
        "INSERT INTO study_identities SELECT '1.3.' || n, ('00000000-0000-0000-0000-' || lpad(n::text, 12, '0'))::uuid,
            'A', NULL, NULL, NULL, '{}' FROM generate_series(1, 12000) AS n",
    );
    databases.identity.sql(
        "INSERT INTO series_identities SELECT '1.3.' || n || '.' || m, '1.3.' || n, '{\"00081070\": {\"vr\": \"PN\",
            \"folded\": [\"anna\"]}}' FROM generate_series(1, 12000) AS n, generate_series(1, 2) AS m",
    );
    // As the server does by itself some time after so many rows.
    databases.index.sql("ANALYZE");
    databases.identity.sql("ANALYZE");
    let expected = databases.index.sql(
        "SELECT study_instance_uid FROM studies WHERE right(study_instance_uid, 1) <> '0'
            AND modalities_in_study = '{CT}' ORDER BY study_date DESC, study_time DESC, study_key DESC OFFSET 95 LIMIT 20",
    );
    let expected: Vec<&str> = expected.lines().collect();
    let by = studies().by("PatientName", "DOE*").by("ModalitiesInStudy", "CT").page(95, 20);
    assert_eq!(by.uids(&databases), expected);
    assert_eq!(by.clone().by("AccessionNumber", "A").uids(&databases), expected);
    assert_eq!(by.clone().by("OperatorsName", "Anna").by("Modality", "CT").uids(&databases), expected);
    let truncated = studies().by("PatientName", "*e*").run(&databases);
    assert_eq!((truncated.matches.len(), truncated.truncated), (10_000, true));
    assert!(by.run(&databases).truncated);
    let all = series().by("PatientName", "doe").page(21_595, 100);
    assert_eq!(all.uids(&databases).len(), 5);
}

#[test]
fn a_list_says_at_once_what_is_too_long_to_be_told_of_any_row() {
    let databases = Databases::new();
    let long = || json!("x".repeat(70_000));
    let mut all: Vec<_> =
        (1..=600).map(|number| instance(1, 1, number, &[("00189004", "CS", json!("SHORT"))])).collect();
    all.push(instance(1, 1, 601, &[("00189004", "CS", long()), ("00204000", "LT", long())]));
    all.push(instance(1, 2, 1, &[("0008103E", "LO", long()), ("00104000", "LT", long())]));
    all.push(instance(2, 1, 1, &[("00081030", "LO", long()), ("00104000", "LT", long())]));
    databases.store(&all);
    let listed = |ask: Ask| {
        let query = ask.parse().expect("a query that makes sense");
        let listed = schema::search::list(&mut databases.index(), &mut databases.identity(), &query).expect("a list");
        let left_out: Vec<(String, usize)> = listed.left_out.into_iter().collect();
        (listed.rows.len(), left_out)
    };
    let one = |name: &str, count: usize| vec![(name.to_owned(), count)];
    let within = instances().of_study("1.2.1").of_series("1.2.1.1");
    let qualification = within.clone().including("00189004");
    assert_eq!(listed(qualification.clone()), (601, one("ContentQualification (0018,9004)", 1)));
    assert_eq!(listed(qualification.page(0, 550)), (550, Vec::new()), "of the rows of this answer");
    assert_eq!(listed(within), (601, Vec::new()), "of what is wanted");
    assert_eq!(listed(series().page(0, 9)), (3, one("SeriesDescription (0008,103E)", 1)));
    let (rows, left_out) = listed(studies().including("all").including("StudyDescription"));
    let names: Vec<&str> = left_out.iter().map(|(name, _)| &**name).collect();
    // A patient's own is said of the first page, as it is told.
    assert_eq!((rows, names), (2, vec!["StudyDescription (0008,1030)"]));
}
