//! The instances that a retrieval names by unique keys (PS3.4 §C.4.2.1.4), however many they are.

use diesel::prelude::*;
use uuid::Uuid;

use crate::identity::patients;
use crate::index::{instances, series, studies};
use crate::lookup::{self, InstanceRow};

/// Unique keys; an empty list names everything.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Named {
    /// Patients, by their keys in both databases.
    pub patients: Vec<Uuid>,
    /// Study Instance UIDs.
    pub studies: Vec<String>,
    /// Series Instance UIDs.
    pub series: Vec<String>,
    /// SOP Instance UIDs.
    pub instances: Vec<String>,
}

/// What instances of one Study have in common.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct Kind {
    /// Study Instance UID.
    pub study: String,
    /// SOP Class UID.
    pub sop_class: String,
    /// Transfer Syntax UID of the stored bytes.
    pub transfer_syntax: String,
}

/// The keys of all patients with this Patient ID, whoever issued it (identity database).
pub fn patients(connection: &mut PgConnection, patient_id: &str) -> QueryResult<Vec<Uuid>> {
    patients::table.filter(patients::patient_id.eq(patient_id)).select(patients::patient_key).load(connection)
}

/// `$select` of the instances that `$named` names.
macro_rules! named {
    ($named:expr, $select:expr) => {{
        let named: &Named = $named;
        let mut rows = instances::table
            .inner_join(series::table.inner_join(studies::table))
            .select($select)
            .into_boxed::<diesel::pg::Pg>();
        if !named.patients.is_empty() {
            rows = rows.filter(studies::patient_key.eq_any(&named.patients));
        }
        if !named.studies.is_empty() {
            rows = rows.filter(studies::study_instance_uid.eq_any(&named.studies));
        }
        if !named.series.is_empty() {
            rows = rows.filter(series::series_instance_uid.eq_any(&named.series));
        }
        if !named.instances.is_empty() {
            rows = rows.filter(instances::sop_instance_uid.eq_any(&named.instances));
        }
        rows
    }};
}

/// The keys of the instances: by study, series number and instance number. Eight bytes an instance are all that is held of
/// a retrieval of many.
pub fn keys(connection: &mut PgConnection, named: &Named) -> QueryResult<Vec<i64>> {
    named!(named, instances::instance_key)
        .order((
            series::study_key,
            series::series_number,
            series::series_key,
            instances::instance_number,
            instances::instance_key,
        ))
        .load(connection)
}

/// The studies, SOP Classes and transfer syntaxes of the instances.
pub fn kinds(connection: &mut PgConnection, named: &Named) -> QueryResult<Vec<Kind>> {
    let kind = (studies::study_instance_uid, instances::sop_class_uid, instances::transfer_syntax_uid);
    named!(named, kind).distinct().order(kind).load(connection)
}

/// The rows of these keys, in their order; what has been deleted is left out.
pub fn rows(connection: &mut PgConnection, keys: &[i64]) -> QueryResult<Vec<InstanceRow>> {
    let mut rows = lookup::by_keys(connection, keys)?;
    rows.sort_by_key(|row| keys.iter().position(|key| *key == row.instance_key));
    Ok(rows)
}
