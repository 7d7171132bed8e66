//! A server of its own for each test, and a requestor that can say anything.

mod certificates;
mod object;
mod peer;
mod server;

pub use certificates::Certificates;
pub use object::{Object, part10};
pub use peer::{Peer, association_request, element, request, status};
pub use server::{Server, eventually};
