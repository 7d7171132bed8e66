//! The DIMSE shell on real sockets, over a real archive.

mod admission;
mod c_get;
mod c_move;
mod dcmtk;
mod find;
mod hostile;
mod move_lanes;
mod move_turns;
mod negotiation;
mod rights;
mod shutdown;
mod storage;
mod support;
mod tls;
mod workflow;
