//! The worklist (identity database): what modalities are to do, and what they say that they did.
//!
//! Searching it is in [`crate::search`], as every kind of matching is.

mod advance;
mod arrived;
mod performed;
mod scheduled;
pub(crate) mod tables;

pub use arrived::{Link, OpenStep, Request, links, move_on, open, requests};
pub use performed::{NewPerformedStep, PerformedRow, StepReference, change, create, of_steps, performed};
pub use scheduled::{NewScheduledStep, Put, put, remove};

/// Scheduled Procedure Step Sequence (0040,0100).
pub(crate) const STEPS: &str = "00400100";
/// Scheduled Procedure Step Status (0040,0020).
pub(crate) const STATUS: &str = "00400020";

/// Statuses of a scheduled step that is not to be done any more.
pub const FINISHED: [&str; 2] = ["COMPLETED", "DISCONTINUED"];
