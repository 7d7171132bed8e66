//! From a value and its gradient to light.

use super::Gathered;
use crate::volume::transfer::Light;
use crate::volume::{Point, Stack, Transfer, Volume};

/// Entries of the table of colours between the first and the last point of a transfer function.
const ENTRIES: usize = 4096;

/// A transfer function as a table by stored value, and how gradients along the axes of the grid become gradients by mm.
pub(crate) struct Shader {
    /// Red, green, blue, and opacity of one step.
    pub(crate) table: Vec<[f32; 4]>,
    /// How many entries before each are not seen through.
    seen: Vec<u32>,
    pub(crate) scale: f32,
    pub(crate) offset: f32,
    /// For each piece of the stack, rows of the matrix from mm to samples: a gradient by samples becomes one by mm.
    pub(crate) rows: Vec<[[f32; 3]; 3]>,
    slope: f32,
    pub(crate) light: Light,
}

impl Shader {
    pub(crate) fn new(volume: &Volume, stack: &Stack, transfer: &Transfer, step: f64) -> Self {
        let ends = (transfer.points.first(), transfer.points.last());
        let (low, high) = ends.0.zip(ends.1).map_or((0.0, 1.0), |(first, last)| (first.value, last.value));
        let width = (high - low).max(f32::MIN_POSITIVE) / (ENTRIES - 1) as f32;
        let entry = |at: usize| {
            let [red, green, blue, opacity] = transfer.at(low + width * at as f32);
            [red, green, blue, opacity_of(opacity, step)]
        };
        let table: Vec<[f32; 4]> = (0..ENTRIES).map(entry).collect();
        let mut seen = vec![0];
        for (at, [.., opacity]) in table.iter().enumerate() {
            seen.push(seen[at] + u32::from(*opacity > 0.0));
        }
        let single = |point: Point| point.map(|number| number as f32);
        Self {
            table,
            seen,
            scale: volume.slope / width,
            offset: (volume.intercept - low) / width + 0.5,
            rows: stack.pieces().iter().map(|piece| piece.rows.map(single)).collect(),
            slope: volume.slope,
            light: transfer.light,
        }
    }

    /// The table's entry for a stored value, from its first to its last.
    #[inline(always)]
    fn place(&self, stored: f32) -> usize {
        ((self.scale * stored + self.offset) as usize).min(ENTRIES - 1)
    }

    /// Colour and opacity of a stored value; nothing when it is not seen.
    #[inline(always)]
    pub(super) fn entry(&self, stored: f32) -> Option<[f32; 4]> {
        let entry = self.table[self.place(stored)];
        (entry[3] > 0.0 && !stored.is_nan()).then_some(entry)
    }

    /// Whether any value between two stored values is seen; none is where the least is above the greatest.
    #[inline(always)]
    pub(super) fn visible(&self, [least, most]: [f32; 2]) -> bool {
        if least > most {
            return false;
        }
        let (one, other) = (self.place(least), self.place(most));
        self.seen[one.max(other) + 1] > self.seen[one.min(other)]
    }

    /// One more sample, behind what was gathered.
    #[inline(always)]
    pub(super) fn add(&self, gathered: &mut Gathered, entry: [f32; 4], piece: usize, by_sample: [f32; 3]) {
        let rows = &self.rows[piece];
        let gradient: [f32; 3] = std::array::from_fn(|axis| {
            self.slope * (by_sample[0] * rows[0][axis] + by_sample[1] * rows[1][axis] + by_sample[2] * rows[2][axis])
        });
        let [shade, shine] = shade(gradient, gathered.toward, self.light);
        let seen = gathered.left * entry[3];
        for (sum, colour) in gathered.colour.iter_mut().zip(entry) {
            *sum += seen * (colour * shade + shine);
        }
        gathered.left -= seen;
    }
}

/// How much of the light one step keeps back, when 1 mm keeps back so much.
pub(in crate::volume) fn opacity_of(millimetre: f32, step: f64) -> f32 {
    (1.0 - (1.0 - f64::from(millimetre)).powf(step)) as f32
}

/// How much of its colour, and how much white, a surface shows that has a gradient, by mm, to who looks along `normal`.
#[inline(always)]
pub(in crate::volume) fn shade(gradient: [f32; 3], normal: [f32; 3], light: Light) -> [f32; 2] {
    let dot = |a: [f32; 3], b: [f32; 3]| a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
    let steep = dot(gradient, gradient).sqrt();
    let facing = dot(gradient, normal).abs() / steep.max(f32::MIN_POSITIVE);
    let surface = steep / (steep + light.contrast);
    let diffuse = 1.0 + (facing - 1.0) * surface;
    let eighth = facing.powi(8);
    [light.ambient + (1.0 - light.ambient) * diffuse, light.shine * surface * eighth * eighth]
}
