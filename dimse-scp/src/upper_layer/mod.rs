//! The DICOM upper layer for TCP/IP (PS3.8 §9): how an association begins, what travels on it, how it ends.

mod agreement;
mod associate;
mod contexts;
mod end;
mod identity;
mod pdata;
mod rejection;
mod request;
mod user_information;

pub(crate) use associate::{Header, LARGEST, max_length, only};
pub(crate) use contexts::{Context, Contexts};
pub(crate) use end::{AbortReason, End};
pub(crate) use identity::claim;
pub(crate) use pdata::{Event, Fragment, PData, smallest_usable};
pub(crate) use rejection::{Refusal, Rejection};
#[cfg(any(test, feature = "exercise"))]
pub(crate) use request::parse as parse_request;
pub(crate) use request::read_request;
pub(crate) use user_information::answer;
