//! A server of its own for each test, and a requestor that can say anything.

mod certificates;
mod object;
mod peer;
mod retrieval;
mod server;
mod sink;

pub use certificates::Certificates;
pub use object::{CLASS, Object, element as data_element, part10};
pub use peer::{Command, Peer, association_request, command, element, elements, request, status};
pub use retrieval::{identifier, retrieval_request};
pub use server::{Server, eventually};
pub use sink::{Manners, Reply, Sink, Welcome, store_response};
