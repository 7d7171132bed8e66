//! The conditions of forwarding rules that name values of personal attributes (identity database).

use std::collections::HashMap;

use chrono::{TimeDelta, Utc};
use diesel::prelude::*;
use serde_json::Value;
use uuid::Uuid;

diesel::table! {
    /// Conditions by the key that their rule has.
    forwarding_conditions (conditions_key) {
        /// As the rule names it.
        conditions_key -> Uuid,
        /// Pairs of an attribute and a value; all must match.
        attributes -> Jsonb,
        /// When they were kept.
        created_at -> Timestamptz,
    }
}

/// How long conditions that no rule names are left alone: their rule may be on its way.
const YOUNG: TimeDelta = TimeDelta::hours(1);

/// Keeps the conditions of a rule that is to be added.
pub fn keep(identity: &mut PgConnection, key: Uuid, attributes: &Value) -> QueryResult<()> {
    let row = (forwarding_conditions::conditions_key.eq(key), forwarding_conditions::attributes.eq(attributes));
    diesel::insert_into(forwarding_conditions::table).values(row).execute(identity).map(drop)
}

/// The conditions with these keys, as far as they are there.
pub fn of(identity: &mut PgConnection, keys: &[Uuid]) -> QueryResult<HashMap<Uuid, Value>> {
    let rows: Vec<(Uuid, Value)> = forwarding_conditions::table
        .filter(forwarding_conditions::conditions_key.eq_any(keys))
        .select((forwarding_conditions::conditions_key, forwarding_conditions::attributes))
        .load(identity)?;
    Ok(rows.into_iter().collect())
}

/// Forgets the conditions of a rule.
pub fn forget(identity: &mut PgConnection, key: Uuid) -> QueryResult<()> {
    diesel::delete(forwarding_conditions::table.find(key)).execute(identity).map(drop)
}

/// Forgets all conditions but these and young ones: what was interrupted left others behind.
pub fn forget_others(identity: &mut PgConnection, keys: &[Uuid]) -> QueryResult<usize> {
    let old = forwarding_conditions::table.filter(forwarding_conditions::created_at.lt(Utc::now() - YOUNG));
    diesel::delete(old.filter(forwarding_conditions::conditions_key.ne_all(keys))).execute(identity)
}
