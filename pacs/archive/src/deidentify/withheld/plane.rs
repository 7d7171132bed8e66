//! Images that measure a plane of the patient: reformatted slices are derived from others as pages of text are, but whoever
//! makes a page has no place in the patient for it.

use data_set::{Tag, tags};

/// Image Type, Value 3 (PS3.3 §C.8.2.1.1.1, §C.8.3.1.1.1), of slices; `REFORMATTED` is GE's word.
const SLICES: [&str; 3] = ["AXIAL", "MPR", "REFORMATTED"];
/// Values of Image Type of slices with results, positions or ranges drawn into them, and of views of a body.
const DRAWN: [&str; 6] = ["RESULT", "POSDISP", "RANGE", "TABLE", "VRT", "SSD"];
/// CT and MR Image Storage, by what follows the root of storage classes.
const CT: &str = "2";
const MR: &str = "4";
/// Bits of a sample: captured screens have 8.
const FEWEST_BITS: f64 = 12.0;
/// By how much cosines may be wrong, as decimal strings are.
const TOLERANCE: f64 = 1e-3;

/// What an image says of where its pixels lie in the patient, and of what they measure. A list is empty when nobody knows.
#[derive(Default)]
pub(super) struct Plane {
    /// Frame of Reference UID (0020,0052).
    pub(super) frame_of_reference: Option<String>,
    /// Image Position (Patient) (0020,0032), in mm.
    pub(super) position: Vec<f64>,
    /// Image Orientation (Patient) (0020,0037).
    pub(super) orientation: Vec<f64>,
    /// Pixel Spacing (0028,0030), in mm.
    pub(super) spacing: Vec<f64>,
    /// Photometric Interpretation (0028,0004).
    pub(super) photometric: Option<String>,
    /// Bits Stored (0028,0101).
    pub(super) bits: Vec<f64>,
    /// Rescale Intercept (0028,1052) and Rescale Slope (0028,1053).
    pub(super) rescale: [Vec<f64>; 2],
    /// Rescale Type (0028,1054).
    pub(super) rescale_type: Option<String>,
}

impl Plane {
    pub(super) fn of(text: &impl Fn(Tag) -> Option<String>, numbers: &impl Fn(Tag) -> Vec<f64>) -> Self {
        Self {
            frame_of_reference: text(tags::FRAME_OF_REFERENCE_UID),
            position: numbers(tags::IMAGE_POSITION_PATIENT),
            orientation: numbers(tags::IMAGE_ORIENTATION_PATIENT),
            spacing: numbers(tags::PIXEL_SPACING),
            photometric: text(tags::PHOTOMETRIC_INTERPRETATION),
            bits: numbers(tags::BITS_STORED),
            rescale: [tags::RESCALE_INTERCEPT, tags::RESCALE_SLOPE].map(numbers),
            rescale_type: text(tags::RESCALE_TYPE),
        }
    }

    /// Whether an image of this class and Image Type (in capitals) is a slice by everything that it says: CT in Hounsfield
    /// units, or MR, of 12 bits or more, with a place in a frame of reference.
    pub(super) fn is_measured(&self, class: &str, image_type: &str) -> bool {
        let mut values = image_type.split('\\').map(str::trim);
        let is_slice = values.clone().nth(2).is_some_and(|value| SLICES.contains(&value));
        let is_drawn = values.any(|value| DRAWN.iter().any(|word| value.contains(word)));
        let has_values = match class {
            CT => self.is_in_hounsfield_units(),
            MR => true,
            _ => false,
        };
        is_slice && !is_drawn && has_values && self.has_samples() && self.has_place()
    }

    fn has_samples(&self) -> bool {
        self.photometric.as_deref() == Some("MONOCHROME2")
            && matches!(self.bits[..], [bits] if (FEWEST_BITS..=16.0).contains(&bits))
    }

    fn is_in_hounsfield_units(&self) -> bool {
        let [intercept, slope] = &self.rescale;
        let is_rescaled = matches!((&intercept[..], &slope[..]), ([_], [slope]) if *slope > 0.0);
        is_rescaled && matches!(self.rescale_type.as_deref(), None | Some("" | "HU"))
    }

    fn has_place(&self) -> bool {
        let named = self.frame_of_reference.as_deref().is_some_and(|uid| crate::Uid::new(uid).is_ok());
        let is_somewhere = self.position.len() == 3 && self.position.iter().all(|value| value.is_finite());
        let has_size = self.spacing.len() == 2 && self.spacing.iter().all(|mm| mm.is_finite() && *mm > 0.0);
        named && is_somewhere && has_size && is_orthonormal(&self.orientation)
    }
}

/// Whether six cosines are two directions at a right angle.
fn is_orthonormal(cosines: &[f64]) -> bool {
    let [a, b, c, x, y, z] = cosines else { return false };
    let is_near = |value: f64, wanted: f64| (value - wanted).abs() <= TOLERANCE;
    is_near(a * a + b * b + c * c, 1.0) && is_near(x * x + y * y + z * z, 1.0) && is_near(a * x + b * y + c * z, 0.0)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// What a slice of CT says.
    pub(in super::super) fn slice() -> Plane {
        Plane {
            frame_of_reference: Some("1.2.3".to_owned()),
            position: vec![-166.0, -171.7, -340.0],
            orientation: vec![1.0, 0.0, 0.0, 0.0, 1.0, 0.0],
            spacing: vec![0.7, 0.7],
            photometric: Some("MONOCHROME2".to_owned()),
            bits: vec![12.0],
            rescale: [vec![-1024.0], vec![1.0]],
            rescale_type: Some("HU".to_owned()),
        }
    }

    #[test]
    fn slices_have_a_place_and_a_unit() {
        for (class, image_type) in [
            ("2", "DERIVED\\SECONDARY\\AXIAL"),
            ("2", "DERIVED\\SECONDARY\\MPR"),
            ("2", "DERIVED\\SECONDARY\\REFORMATTED\\AVERAGE"),
            ("2", "DERIVED\\SECONDARY\\AXIAL\\CT_SOM5 MPR"),
            ("4", "DERIVED\\SECONDARY\\MPR\\NORM"),
        ] {
            assert!(slice().is_measured(class, image_type), "{class} {image_type}");
        }
        assert!(Plane { rescale_type: None, ..slice() }.is_measured("2", "DERIVED\\SECONDARY\\AXIAL"));
        assert!(Plane { rescale: Default::default(), ..slice() }.is_measured("4", "DERIVED\\SECONDARY\\MPR"));
    }

    #[test]
    fn what_lacks_one_of_these_is_no_slice() {
        for (what, plane) in [
            ("no frame of reference", Plane { frame_of_reference: None, ..slice() }),
            ("an empty one", Plane { frame_of_reference: Some(String::new()), ..slice() }),
            ("no position", Plane { position: Vec::new(), ..slice() }),
            ("half a position", Plane { position: vec![1.0, 2.0], ..slice() }),
            ("no position that is a number", Plane { position: vec![1.0, 2.0, f64::NAN], ..slice() }),
            ("no orientation", Plane { orientation: Vec::new(), ..slice() }),
            ("no directions", Plane { orientation: vec![0.0; 6], ..slice() }),
            ("no right angle", Plane { orientation: vec![1.0, 0.0, 0.0, 1.0, 0.0, 0.0], ..slice() }),
            ("no spacing", Plane { spacing: vec![0.0, 0.7], ..slice() }),
            ("8 bits", Plane { bits: vec![8.0], ..slice() }),
            ("a palette", Plane { photometric: Some("PALETTE COLOR".to_owned()), ..slice() }),
            ("no slope", Plane { rescale: [vec![0.0], Vec::new()], ..slice() }),
            ("another unit", Plane { rescale_type: Some("US".to_owned()), ..slice() }),
        ] {
            assert!(!plane.is_measured("2", "DERIVED\\SECONDARY\\AXIAL"), "{what}");
        }
        for (class, image_type) in [
            ("2", "DERIVED\\SECONDARY"),
            ("2", "DERIVED\\SECONDARY\\OTHER\\AXIAL"),
            ("2", "DERIVED\\SECONDARY\\LOCALIZER"),
            ("2", "DERIVED\\SECONDARY\\AXIAL\\CSA RESULT"),
            ("4", "DERIVED\\SECONDARY\\MPR\\POSDISP"),
            ("1", "DERIVED\\SECONDARY\\AXIAL"),
            ("20", "DERIVED\\SECONDARY\\AXIAL"),
            ("7", "DERIVED\\SECONDARY\\AXIAL"),
        ] {
            assert!(!slice().is_measured(class, image_type), "{class} {image_type}");
        }
    }
}
