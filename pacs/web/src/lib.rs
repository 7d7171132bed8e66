//! The gateway's own pages for people.
