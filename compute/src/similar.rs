//! Pictures that look like a given one: what is kept of each picture, and the exact search among millions of them.
//!
//! A picture becomes a [`Pyramid`] of square copies, 8 to 256 cells a side ([`grey`], [`frame`], [`square`], [`blur`],
//! [`tones`], [`pyramid`]). The distance of two pictures is the sum of squared differences of their copies of 256 ([`distance`]). A smaller
//! copy bounds it from below ([`bound`]), so a search ([`search()`]) looks at the smallest copies of all and at the largest of a few, and
//! answers what a comparison of all the largest would.
//!
//! A second profile ([`gradient`]) keeps what shifts, small rotations and exposure leave alone. What part of the body a picture shows is
//! a set of cells of the human figure ([`regions`]).

pub mod blur;
pub mod bound;
pub mod bytes;
pub mod distance;
pub mod frame;
pub mod gradient;
pub mod grey;
pub mod nearest;
pub mod pyramid;
pub mod query;
pub mod regions;
pub mod score;
pub mod search;
pub mod shelf;
pub mod square;
pub mod tones;

pub use bound::Margin;
pub use grey::Grey;
pub use nearest::Found;
pub use pyramid::{Level, Pyramid, SIDES, TOP};
pub use query::Query;
pub use search::{Answer, Keeps, search, search_many, search_where};
pub use shelf::{Column, Shelf, Shelved, Source};
