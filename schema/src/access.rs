//! Who may get in: users, their sessions and API tokens, and the application entities that may call by DIMSE (index database).
//!
//! The rules (who may do what, for how long a session lives) are the archive's; here are only rows.

pub mod entities;
pub mod sessions;
mod tables;
pub mod tokens;
pub mod users;
