//! A volume: samples on a stack of planes, where they lie in the patient, and what is made of them.
//!
//! In reading order: where samples lie ([`Geometry`], [`Stack`]), what is looked at ([`Plane`], [`Sight`], [`Slab`], [`Curve`]),
//! what is right ([`plain`]), and the same fast: [`slice()`], [`slab()`], [`reformat`], [`project`],
//! [`render()`], of several volumes [`render_composed`]. What is in a volume: [`histogram()`], [`cuts`], [`otsu()`], [`label`], [`components()`].

mod check;
mod error;
mod geometry;
mod memory;
mod stack;
pub(crate) mod vector;

mod interpolation;
pub mod plain;
mod plane;

mod between;
mod gather;
pub(crate) mod grid;
pub(crate) mod line;
mod stop;

mod axis;
mod bricks;
mod curve;
mod projection;
mod rays;
mod sight;
mod slab;
mod slice;

mod components;
mod crop;
mod histogram;
mod labels;
mod otsu;
mod tissue;

mod composed;
mod composition;
mod render;
mod transfer;

#[cfg(test)]
pub(crate) mod samples_for_tests;

pub use axis::flatten;
pub use bricks::Bricks;
pub use components::{Components, Connectivity, components, components_room};
pub use composed::render_composed;
pub use composition::{Composition, Layer, Pair, joined, weight};
pub use crop::{Crop, Cropping, Mask, cropped, remaining};
pub use curve::{Curve, reformat};
pub use error::Error;
pub use geometry::{BORDER_SLACK, Geometry, Point};
pub use histogram::{Histogram, histogram};
pub use interpolation::{Intensity, Interpolation};
pub use labels::{Labels, label};
pub use memory::{room, zeros};
pub use otsu::otsu;
pub use plane::Plane;
pub use projection::project;
pub use rays::Rays;
pub use render::render;
pub use sight::Sight;
pub use slab::{Slab, slab};
pub use slice::slice;
pub use stack::{Piece, Stack};
pub use stop::{Stop, never};
pub use tissue::{Cuts, Tissues, cuts};
pub use transfer::{Light, PRESETS, Point as TransferPoint, Preset, Transfer};

pub(crate) use stack::Kept;

#[cfg(feature = "opencl")]
pub(crate) use {
    axis::flat,
    components::Span,
    gather::as_stored,
    histogram::{leave_out_padding, of_counts},
    labels::bounds,
    otsu::Search,
    render::{DARK, Shader},
    stop::go_on,
};

/// The samples of a volume, as stored: column by column, row by row, slice by slice.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "the names are the types")]
pub enum Voxels {
    U8(Vec<u8>),
    I16(Vec<i16>),
    U16(Vec<u16>),
    F32(Vec<f32>),
}

/// Samples in space.
#[derive(Debug, Clone, PartialEq)]
pub struct Volume {
    /// Columns, rows, slices; none is 0.
    pub size: [usize; 3],
    /// `size[0] * size[1] * size[2]` samples.
    pub voxels: Voxels,
    /// What was measured is `slope × sample + intercept`.
    pub slope: f32,
    /// See `slope`.
    pub intercept: f32,
    /// The stored sample that stands for none: nothing was measured there. `None` where all were measured. See
    /// [`Volume::with_padding`].
    pub padding: Option<f32>,
    /// Where the samples lie.
    pub geometry: Geometry,
    pub(crate) stack: Kept,
}

impl Voxels {
    /// How many samples there are.
    pub fn len(&self) -> usize {
        match self {
            Self::U8(samples) => samples.len(),
            Self::I16(samples) => samples.len(),
            Self::U16(samples) => samples.len(),
            Self::F32(samples) => samples.len(),
        }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What they take in memory, in bytes.
    pub fn bytes(&self) -> usize {
        match self {
            Self::U8(samples) => samples.len(),
            Self::I16(_) | Self::U16(_) => 2 * self.len(),
            Self::F32(_) => 4 * self.len(),
        }
    }
}
