//! What is shown to web services that are forwarded to (identity database), and whether anything goes to one still (index).

use diesel::dsl::{exists, select, sql};
use diesel::prelude::*;
use diesel::sql_types::Text;

use super::{KIND, TO, forwarding_rules};
use crate::jobs::table::jobs;

diesel::table! {
    /// Web services and the credentials for them.
    web_destinations (url) {
        /// As the rules name it.
        url -> Text,
        /// The whole value of Authorization.
        authorization_value -> Text,
        /// When it was first kept.
        created_at -> Timestamptz,
    }
}

/// Keeps the credential for a web service, in the place of the one there was.
pub fn keep_credential(identity: &mut PgConnection, url: &str, authorization: &str) -> QueryResult<()> {
    let value = web_destinations::authorization_value.eq(authorization);
    diesel::insert_into(web_destinations::table)
        .values((web_destinations::url.eq(url), value))
        .on_conflict(web_destinations::url)
        .do_update()
        .set(value)
        .execute(identity)
        .map(drop)
}

/// The credential for a web service.
pub fn credential(identity: &mut PgConnection, url: &str) -> QueryResult<Option<String>> {
    web_destinations::table.find(url).select(web_destinations::authorization_value).first(identity).optional()
}

/// Forgets the credential for a web service.
pub fn forget_credential(identity: &mut PgConnection, url: &str) -> QueryResult<()> {
    diesel::delete(web_destinations::table.find(url)).execute(identity).map(drop)
}

/// Whether a rule or a job names a destination.
pub fn is_used(index: &mut PgConnection, destination: &str) -> QueryResult<bool> {
    let of_rules = forwarding_rules::table.filter(forwarding_rules::destination.eq(destination));
    let of_jobs = jobs::table.filter(jobs::kind.eq(KIND)).filter(sql::<Text>(TO).eq(destination));
    Ok(select(exists(of_rules)).get_result(index)? || select(exists(of_jobs)).get_result(index)?)
}
