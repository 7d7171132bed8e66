//! Pictures as searches by likeness compare them (index database): which images wait to be described, what was worked
//! out about each, and what changed since somebody last looked.

mod follow;
mod region;
mod series;
mod state;
mod work;

pub use follow::{Changes, Detail, Mark, Picture, changes, details, page, tidy};
pub use region::{Region, region, set_region};
pub use series::{
    Described, NewDescriptor, Undescribed, attributes, forget_all, tomogram, undescribed, write, write_tomogram,
};
pub use state::{State, count_waiting, state};
pub use work::{
    Again, ClaimedSeries, Pace, claim, claim_again, finish, give_back, is_held, lost_slices, postpone, queue_all,
    queue_outdated, renew,
};

use diesel::prelude::*;

use crate::index::{instances, series as series_table};

diesel::table! {
    /// What was worked out about each image.
    descriptions (instance_key) {
        /// The image.
        instance_key -> BigInt,
        /// Recipe; 0: not described yet.
        version -> Integer,
        /// Why there are no descriptors.
        failure -> Nullable<Text>,
        /// Cells of the figure: 64 bytes.
        cells -> Binary,
        /// Who said so.
        set_by -> Nullable<Text>,
        /// When.
        set_at -> Nullable<Timestamptz>,
        /// When the row became what it is.
        changed_at -> Timestamptz,
    }
}

diesel::table! {
    /// The pictures of images.
    descriptors (instance_key, seen_as) {
        /// The image.
        instance_key -> BigInt,
        /// What of it.
        seen_as -> SmallInt,
        /// From 1.
        frame -> Integer,
        /// Recipe.
        version -> Integer,
        /// Small copies.
        small -> Binary,
        /// Directions of the gradient.
        gradient -> Binary,
    }
}

diesel::joinable!(descriptions -> instances (instance_key));
diesel::allow_tables_to_appear_in_same_query!(descriptions, descriptors);
diesel::allow_tables_to_appear_in_same_query!(descriptions, instances);
diesel::allow_tables_to_appear_in_same_query!(descriptions, series_table);

/// Bytes of a set of cells.
pub const CELLS: usize = 64;

/// Does `work` in a transaction whose end nobody waits for on the disk. What a crash of the server takes along are the
/// last transactions, never one without those after it: a series counts as described only where its descriptions are
/// there, and what is lost is described again.
fn unhurried<T>(
    connection: &mut PgConnection,
    work: impl FnOnce(&mut PgConnection) -> QueryResult<T>,
) -> QueryResult<T> {
    connection.transaction(|connection| {
        diesel::sql_query("SET LOCAL synchronous_commit = off").execute(connection)?;
        work(connection)
    })
}
