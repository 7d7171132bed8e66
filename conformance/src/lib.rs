//! Black-box conformance suite for DICOM origin servers.
//!
//! What the Standard requires is data ([`requirements`]): one row a requirement, with its clause, its level and the check
//! that asks a running server. The suite makes its own objects ([`object`]), stores them by STOW-RS, and knows every
//! answer because it made what is asked for. It depends on no other package of this repository: it speaks only TCP and
//! HTTP, and so can be turned on any server.

pub mod client;
pub mod object;
pub mod report;
pub mod requirement;
pub mod requirements;
pub mod suite;

mod answer;
mod dimse;
mod multipart;
mod part10;
mod picture;
mod store;
mod subjects;

pub use dimse::{Destination, Peer, User};
pub use requirement::{Finding, Level, Requirement, Verdict};
pub use suite::Suite;
