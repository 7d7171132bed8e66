//! Radiographs of shapes, and how far they are from each other.

use archive::{Scope, Uid};
use compute::similar::distance::squared;
use compute::similar::grey::Samples;
use compute::similar::{Grey, Pyramid, TOP};

use crate::fixture::{Object, STUDY};

pub const SIDE: usize = 64;
const CR: &str = "1.2.840.10008.5.1.4.1.1.1";

/// A radiograph of its own series.
#[derive(Clone)]
pub struct Radiograph {
    pub number: u32,
    /// All tones from 0 to 65535, so that what is seen is what is stored.
    pub pixels: Vec<u16>,
}

impl Radiograph {
    pub fn new(number: u32) -> Self {
        let [a, b, c] = [3, 5, 7].map(|factor| f64::from(number * factor % 11) * 0.35 + 0.4);
        let level = |place: usize| {
            let (x, y) = ((place % SIDE) as f64 / SIDE as f64 * 6.0, (place / SIDE) as f64 / SIDE as f64 * 6.0);
            (a * x).sin() + (b * y + f64::from(number)).cos() + 0.5 * (c * x * y / 3.0).sin()
        };
        Self { number, pixels: spread(&(0..SIDE * SIDE).map(level).collect::<Vec<_>>()) }
    }

    /// Nearly the same under another number.
    pub fn blurred(&self, number: u32) -> Self {
        let at = |place: usize| f64::from(self.pixels[place.min(SIDE * SIDE - 1)]);
        let level = |place: usize| at(place) + at(place + 1) + at(place + SIDE);
        Self { number, pixels: spread(&(0..SIDE * SIDE).map(level).collect::<Vec<_>>()) }
    }

    pub fn mirrored(&self, number: u32) -> Self {
        Self { number, pixels: self.pixels.chunks(SIDE).flat_map(|row| row.iter().rev()).copied().collect() }
    }

    pub fn uid(&self) -> String {
        format!("1.2.3.9.{}.1", self.number)
    }

    pub fn series(&self) -> String {
        format!("1.2.3.9.{}", self.number)
    }

    pub fn scope(&self) -> Scope {
        let uid = |text: &str| Uid::new(text).expect("a UID");
        Scope { study: uid(STUDY), series: Some(uid(&self.series())), instance: Some(uid(&self.uid())) }
    }

    pub fn object(&self) -> Object {
        let bytes: Vec<u8> = self.pixels.iter().flat_map(|level| level.to_le_bytes()).collect();
        Object::new(&self.uid())
            .with(0x0008, 0x0016, "UI", CR)
            .with(0x0008, 0x0060, "CS", "CR")
            .with(0x0020, 0x000e, "UI", self.series())
            .with(0x0028, 0x0004, "CS", "MONOCHROME2")
            .with(0x0028, 0x0010, "US", (SIDE as u16).to_le_bytes())
            .with(0x0028, 0x0011, "US", (SIDE as u16).to_le_bytes())
            .with(0x0028, 0x0101, "US", 16_u16.to_le_bytes())
            .with(0x0028, 0x0103, "US", 0_u16.to_le_bytes())
            .with(0x7fe0, 0x0010, "OW", bytes)
    }

    pub fn pyramid(&self) -> Pyramid {
        Pyramid::of(&Grey::new(SIDE, SIDE, Samples::U16(&self.pixels)).expect("a picture"))
    }
}

/// All cells of 256 compared; of the mirror image too, when that is nearer.
pub fn distance(own: &Pyramid, other: &Pyramid, mirrored: bool) -> u64 {
    let to = |own: &Pyramid| squared(&own.level(TOP).cells, &other.level(TOP).cells);
    if mirrored { to(own).min(to(&own.mirrored())) } else { to(own) }
}

fn spread(levels: &[f64]) -> Vec<u16> {
    let (least, most) = levels.iter().fold((f64::MAX, f64::MIN), |(least, most), v| (v.min(least), v.max(most)));
    levels.iter().map(|level| ((level - least) / (most - least) * 65535.0).round() as u16).collect()
}
