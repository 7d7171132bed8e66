//! A server of its own for each test, and a requestor that can say anything.

mod certificates;
mod object;
mod peer;
mod server;

pub use certificates::Certificates;
pub use object::{Object, element as data_element, part10};
pub use peer::{Command, Peer, association_request, element, elements, request, status};
pub use server::{Server, eventually};
