//! Series of slices through a field that is linear in space: any right interpolation gives it back.

use crate::object::EXPLICIT;
use crate::renderings::{element, sequence};

const CT: &str = "1.2.840.10008.5.1.4.1.1.2";
const ENHANCED_CT: &str = "1.2.840.10008.5.1.4.1.1.2.1";

pub type Point = [f64; 3];

/// A series.
#[derive(Debug, Clone)]
pub struct Phantom {
    pub series: String,
    pub columns: u16,
    pub rows: u16,
    /// Cosines of rows and columns.
    pub cosines: [Point; 2],
    /// Between samples of a row, and of a column.
    pub spacing: [f64; 2],
    /// The first sample of each slice, in the order of Instance Number.
    pub origins: Vec<Point>,
    /// Added to what is measured.
    pub more: f64,
    /// Elements of their own, by slice; of an enhanced instance in the functional groups of each frame.
    pub own: Vec<Vec<Vec<u8>>>,
    /// Instance Number of the first slice.
    pub first: usize,
}

/// What is measured at a place.
pub fn field([x, y, z]: Point) -> f64 {
    3.0 * x - 2.0 * y + 1.5 * z + 40.0
}

pub const STUDY: &str = "1.2.826.0.1.3680043.10.1999.8";

impl Phantom {
    /// Axial slices at these heights.
    pub fn axial(series: u32, heights: &[f64]) -> Self {
        Self {
            series: format!("{STUDY}.{series}"),
            columns: 12,
            rows: 10,
            cosines: [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]],
            spacing: [2.0, 1.5],
            origins: heights.iter().map(|z| [-10.0, -20.0, *z]).collect(),
            more: 0.0,
            own: vec![Vec::new(); heights.len()],
            first: 1,
        }
    }

    pub fn path(&self) -> String {
        format!("/dicom-web/studies/{STUDY}/series/{}", self.series)
    }

    pub fn instance(&self, slice: usize) -> String {
        format!("{}.{}", self.series, self.first + slice)
    }

    /// Whether there are samples on all sides of a place.
    pub fn is_between_samples(&self, place: Point) -> bool {
        let [across, down] = self.cosines;
        let normal = [
            across[1] * down[2] - across[2] * down[1],
            across[2] * down[0] - across[0] * down[2],
            across[0] * down[1] - across[1] * down[0],
        ];
        let dot = |one: Point, other: Point| one.iter().zip(other).map(|(x, y)| x * y).sum::<f64>();
        let mut origins = self.origins.clone();
        origins.sort_by(|one, other| dot(*one, normal).total_cmp(&dot(*other, normal)));
        let depth = dot(place, normal);
        origins.windows(2).any(|pair| {
            let (below, above) = (dot(pair[0], normal), dot(pair[1], normal));
            let part = (depth - below) / (above - below);
            let from: Point =
                std::array::from_fn(|axis| place[axis] - pair[0][axis] - part * (pair[1][axis] - pair[0][axis]));
            let (column, row) = (dot(from, across) / self.spacing[0], dot(from, down) / self.spacing[1]);
            let inside = |place: f64, count: u16| (-1e-6..=f64::from(count - 1) + 1e-6).contains(&place);
            (-1e-6..=1.0 + 1e-6).contains(&part) && inside(column, self.columns) && inside(row, self.rows)
        })
    }

    /// What is measured at each sample of a slice.
    pub fn measured(&self, slice: usize) -> Vec<f64> {
        let [across, down] = self.cosines;
        let place = |column: u16, row: u16| -> Point {
            std::array::from_fn(|axis| {
                let (column, row) = (f64::from(column) * self.spacing[0], f64::from(row) * self.spacing[1]);
                self.origins[slice][axis] + column * across[axis] + row * down[axis]
            })
        };
        let places = (0..self.rows).flat_map(|row| (0..self.columns).map(move |column| (column, row)));
        places.map(|(column, row)| field(place(column, row)) + self.more).collect()
    }

    fn samples(&self, slice: usize) -> Vec<u8> {
        self.measured(slice).iter().flat_map(|value| ((value + 1024.0).round() as i16).to_le_bytes()).collect()
    }

    fn pixels(&self) -> Vec<Vec<u8>> {
        let words =
            [(0x02, 1), (0x10, self.rows), (0x11, self.columns), (0x100, 16), (0x101, 16), (0x102, 15), (0x103, 1)];
        let mut elements: Vec<_> =
            words.iter().map(|(number, value)| element(0x28, *number, "US", value.to_le_bytes())).collect();
        elements.push(element(0x28, 0x04, "CS", "MONOCHROME2"));
        elements
    }

    fn head(&self, sop_class: &str, number: usize) -> Vec<Vec<u8>> {
        let instance = format!("{}.{number}", self.series);
        vec![
            element(8, 0x08, "CS", "ORIGINAL\\PRIMARY\\AXIAL"),
            element(8, 0x16, "UI", sop_class),
            element(8, 0x18, "UI", &instance),
            element(8, 0x20, "DA", "20260315"),
            element(8, 0x60, "CS", "CT"),
            element(0x10, 0x10, "PN", "Quaestor^Ada"),
            element(0x10, 0x20, "LO", "Q-7"),
            element(0x20, 0x0d, "UI", STUDY),
            element(0x20, 0x0e, "UI", &self.series),
            element(0x20, 0x13, "IS", number.to_string()),
            element(0x20, 0x52, "UI", format!("{STUDY}.99")),
        ]
    }

    fn orientation(&self) -> Vec<u8> {
        element(0x20, 0x37, "DS", decimals(&self.cosines.concat()))
    }

    fn measures(&self) -> Vec<u8> {
        element(0x28, 0x30, "DS", decimals(&[self.spacing[1], self.spacing[0]]))
    }

    fn rescale() -> Vec<Vec<u8>> {
        vec![element(0x28, 0x1052, "DS", "-1024"), element(0x28, 0x1053, "DS", "1")]
    }

    /// A file for each slice.
    pub fn files(&self) -> Vec<Vec<u8>> {
        (0..self.origins.len())
            .map(|slice| {
                let number = self.first + slice;
                let mut elements = self.own[slice].clone();
                elements.extend(self.head(CT, number));
                elements.extend(self.pixels());
                elements.push(element(0x20, 0x32, "DS", decimals(&self.origins[slice])));
                elements.extend([self.orientation(), self.measures()]);
                elements.extend(Self::rescale());
                let of_pixels = |element: &Vec<u8>| element.starts_with(&[0xe0, 0x7f]);
                if !self.own[slice].iter().any(of_pixels) {
                    elements.push(element(0x7fe0, 0x10, "OW", self.samples(slice)));
                }
                file(CT, &format!("{}.{number}", self.series), elements)
            })
            .collect()
    }

    /// Path of the one instance that is [`Self::enhanced`].
    pub fn enhanced_path(&self) -> String {
        format!("{}/instances/{}", self.path(), self.instance(0))
    }

    /// The same as the frames of one enhanced instance, with stacks by slice.
    pub fn enhanced(&self, stacks: &[&str]) -> Vec<u8> {
        let shared = [
            sequence(0x20, 0x9116, &[self.orientation()]),
            sequence(0x28, 0x9110, &[self.measures()]),
            sequence(0x28, 0x9145, &[Self::rescale().concat()]),
        ];
        let frame = |slice: usize| {
            let stack = stacks.get(slice).map(|stack| element(0x20, 0x9056, "SH", stack)).unwrap_or_default();
            let position = element(0x20, 0x32, "DS", decimals(&self.origins[slice]));
            let own = self.own[slice].concat();
            [sequence(0x20, 0x9111, &[stack]), sequence(0x20, 0x9113, &[position]), own].concat()
        };
        let count = self.origins.len();
        let mut elements = self.head(ENHANCED_CT, self.first);
        elements.extend(self.pixels());
        elements.push(element(0x28, 0x08, "IS", count.to_string()));
        elements.push(sequence(0x5200, 0x9229, &[shared.concat()]));
        elements.push(sequence(0x5200, 0x9230, &(0..count).map(frame).collect::<Vec<_>>()));
        let samples: Vec<u8> = (0..count).flat_map(|slice| self.samples(slice)).collect();
        elements.push(element(0x7fe0, 0x10, "OW", samples));
        file(ENHANCED_CT, &format!("{}.{}", self.series, self.first), elements)
    }
}

fn decimals(numbers: &[f64]) -> String {
    numbers.iter().map(|number| format!("{number:.8}")).collect::<Vec<_>>().join("\\")
}

/// A PS3.10 file of these elements, of which the first of each tag counts.
pub fn file(sop_class: &str, instance: &str, mut elements: Vec<Vec<u8>>) -> Vec<u8> {
    let meta = [element(2, 2, "UI", sop_class), element(2, 3, "UI", instance), element(2, 16, "UI", EXPLICIT)].concat();
    let mut file = [&[0; 128][..], b"DICM", &element(2, 0, "UL", (meta.len() as u32).to_le_bytes()), &meta].concat();
    elements.sort_by_key(|element| [element[1], element[0], element[3], element[2]]);
    elements.dedup_by_key(|element| [element[1], element[0], element[3], element[2]]);
    file.extend(elements.concat());
    file
}

/// Values with the places that the headers of an answer give them.
pub fn values(answer: &crate::client::Answer) -> Vec<(Point, f64)> {
    let numbers = |name: &str| -> Vec<f64> {
        let text = answer.header(name).unwrap_or_else(|| panic!("{name} in {}", answer.text()));
        text.split(',').map(|number| number.parse().expect("a number")).collect()
    };
    let (rows, columns) = (numbers("x-rows")[0] as usize, numbers("x-columns")[0] as usize);
    let (corner, cosines, spacing) =
        (numbers("x-image-position-patient"), numbers("x-image-orientation-patient"), numbers("x-pixel-spacing"));
    let (slope, intercept) = (numbers("x-rescale-slope")[0], numbers("x-rescale-intercept")[0]);
    let stored: Vec<f64> = match answer.header("x-sample-type") {
        Some("float32") => {
            answer.body.chunks_exact(4).map(|b| f64::from(f32::from_le_bytes([b[0], b[1], b[2], b[3]]))).collect()
        }
        Some("int16") => answer.body.chunks_exact(2).map(|b| f64::from(i16::from_le_bytes([b[0], b[1]]))).collect(),
        other => panic!("samples of type {other:?}"),
    };
    assert_eq!(stored.len(), rows * columns);
    let place = |index: usize| -> Point {
        let (column, row) = ((index % columns) as f64 * spacing[1], (index / columns) as f64 * spacing[0]);
        std::array::from_fn(|axis| corner[axis] + column * cosines[axis] + row * cosines[3 + axis])
    };
    stored.iter().enumerate().map(|(index, value)| (place(index), slope * value + intercept)).collect()
}
