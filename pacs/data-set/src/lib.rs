//! A bounded reader of DICOM data sets over bytes.
//!
//! One pass over the received bytes yields, for every data element, its tag, VR and byte range (PS3.5 §7);
//! the index row, the metadata, the frame offsets and every edit on retrieval are built on those ranges.
//! Nothing is allocated by a declared length, nesting is limited, and what can be kept of a damaged object is kept.

pub mod charset;
pub mod dicomdir;
pub mod edited;
pub mod element;
pub mod error;
pub mod explicit;
pub mod frames;
pub mod json;
pub mod model;
pub mod reader;

pub use dicom_core::{Tag, VR};
pub use dicom_dictionary_std::{tags, uids};
pub use element::{DataSet, Element, Item, Kind};
pub use error::{ReadError, Warning};
pub use frames::{Frame, FrameIndex};
pub use reader::{Limits, Reader, read};
