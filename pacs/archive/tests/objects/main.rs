//! Objects in a real archive: real Postgres, real files.

mod commitment;
mod deflated;
mod deidentify;
mod delete;
mod entities;
mod fixture;
mod forwarding;
mod import;
mod many_elements;
mod outage;
mod pixels;
mod presentation;
mod real_files;
mod retrieve;
mod search;
mod selection;
mod similar;
mod store;
mod transcode;
mod verify;
mod worklist;
