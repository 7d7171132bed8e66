//! Pseudonyms (identity database): the secret that they are made with, and what was told of them.

use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{Array, Text};
use uuid::Uuid;

use crate::identity::study_identities;

diesel::table! {
    /// What pseudonyms are made with.
    pseudonym_secrets (secret_id) {
        /// Always 1.
        secret_id -> SmallInt,
        /// 32 bytes.
        secret -> Binary,
        /// When it was made.
        created_at -> Timestamptz,
    }
}

diesel::table! {
    /// What was told.
    pseudonyms (kind, pseudonym) {
        /// `study`, `series`, `instance`, `patient`, `accession`.
        kind -> Text,
        /// What was told.
        pseudonym -> Text,
        /// What it stands for.
        original -> Text,
    }
}

diesel::allow_tables_to_appear_in_same_query!(pseudonyms, study_identities);

/// A pseudonym and what it stands for: kind, pseudonym, original.
pub type Told = (&'static str, String, String);

/// The secret; `candidate` becomes it when there is none yet. The same for every process, whoever comes first.
pub fn secret(identity: &mut PgConnection, candidate: &[u8]) -> QueryResult<Vec<u8>> {
    let secret = || pseudonym_secrets::table.find(1_i16).select(pseudonym_secrets::secret);
    if let Some(found) = secret().first(identity).optional()? {
        return Ok(found);
    }
    diesel::insert_into(pseudonym_secrets::table)
        .values(pseudonym_secrets::secret.eq(candidate))
        .on_conflict_do_nothing()
        .execute(identity)?;
    secret().first(identity)
}

/// Writes down what is told, in one statement; what was told before stays.
pub fn tell(identity: &mut PgConnection, told: &[Told]) -> QueryResult<()> {
    if told.is_empty() {
        return Ok(());
    }
    // Arrays, so that the statement is the same however many there are. In order, so that no two wait for each other.
    let (mut kinds, mut pseudonyms, mut originals) = (Vec::new(), Vec::new(), Vec::new());
    for (kind, pseudonym, original) in told {
        kinds.push(*kind);
        pseudonyms.push(pseudonym.as_str());
        originals.push(original.as_str());
    }
    sql_query(
        "INSERT INTO pseudonyms (kind, pseudonym, original)
         SELECT DISTINCT kind, pseudonym, original FROM unnest($1, $2, $3) AS told (kind, pseudonym, original)
         ORDER BY kind, pseudonym
         ON CONFLICT DO NOTHING",
    )
    .bind::<Array<Text>, _>(kinds)
    .bind::<Array<Text>, _>(pseudonyms)
    .bind::<Array<Text>, _>(originals)
    .execute(identity)
    .map(drop)
}

/// What some pseudonyms of a kind stand for: pseudonym and original, in no order; those that were never told are left out.
pub fn originals(identity: &mut PgConnection, kind: &str, told: &[String]) -> QueryResult<Vec<(String, String)>> {
    pseudonyms::table
        .filter(pseudonyms::kind.eq(kind))
        .filter(pseudonyms::pseudonym.eq_any(told))
        .select((pseudonyms::pseudonym, pseudonyms::original))
        .load(identity)
}

/// What some pseudonyms of UIDs stand for, of whatever kind: kind, pseudonym and original.
pub fn uids(identity: &mut PgConnection, told: &[String]) -> QueryResult<Vec<(String, String, String)>> {
    let kinds = ["study", "series", "instance"];
    pseudonyms::table
        .filter(pseudonyms::kind.eq_any(kinds))
        .filter(pseudonyms::pseudonym.eq_any(told))
        .select((pseudonyms::kind, pseudonyms::pseudonym, pseudonyms::original))
        .load(identity)
}

/// Forgets what was told of what is deleted, by kind: UIDs, patient_keys and Accession Numbers. A number stays as long as a
/// Study has it.
pub fn forget(identity: &mut PgConnection, kind: &str, originals: &[String]) -> QueryResult<()> {
    let of_kind = pseudonyms::kind.eq(kind).and(pseudonyms::original.eq_any(originals));
    if kind != "accession" {
        return diesel::delete(pseudonyms::table.filter(of_kind)).execute(identity).map(drop);
    }
    let with_it =
        study_identities::table.filter(study_identities::accession_number.eq(pseudonyms::original.nullable()));
    let without = diesel::dsl::not(diesel::dsl::exists(with_it));
    diesel::delete(pseudonyms::table.filter(of_kind).filter(without)).execute(identity).map(drop)
}

/// Whose these studies are, in no order.
pub fn patients_of(identity: &mut PgConnection, studies: &[&str]) -> QueryResult<Vec<(String, Uuid)>> {
    study_identities::table
        .filter(study_identities::study_instance_uid.eq_any(studies))
        .select((study_identities::study_instance_uid, study_identities::patient_key))
        .load(identity)
}

/// The Study Instance UIDs of a patient, at most `most`.
pub fn studies_of(identity: &mut PgConnection, patient: Uuid, most: i64) -> QueryResult<Vec<String>> {
    study_identities::table
        .filter(study_identities::patient_key.eq(patient))
        .order(study_identities::study_instance_uid)
        .limit(most)
        .select(study_identities::study_instance_uid)
        .load(identity)
}

/// The Study Instance UIDs with an Accession Number, at most `most`.
pub fn studies_with(identity: &mut PgConnection, accession_number: &str, most: i64) -> QueryResult<Vec<String>> {
    study_identities::table
        .filter(study_identities::accession_number.eq(accession_number))
        .order(study_identities::study_instance_uid)
        .limit(most)
        .select(study_identities::study_instance_uid)
        .load(identity)
}
