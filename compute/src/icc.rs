//! Colour spaces: ICC profiles of the usual ones, and colours from one to another (ICC.1).

use std::panic::{AssertUnwindSafe, catch_unwind};

use qcms::{DataType, Intent, Profile, Transform};

/// Points of a tone curve that is no plain power.
const CURVE: u16 = 1024;

/// White of the profile connection space: D50.
const D50: [f64; 3] = [0.9642, 1.0, 0.8249];

/// A colour space of three primaries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColourSpace {
    /// sRGB (IEC 61966-2-1).
    Srgb,
    /// Adobe RGB (1998).
    AdobeRgb,
    /// ROMM RGB (ISO 22028-2).
    RommRgb,
    /// Display P3.
    DisplayP3,
}

impl ColourSpace {
    /// Its ICC profile (version 2: matrix and tone curve).
    pub fn profile(self) -> Vec<u8> {
        let [red, green, blue] = self.primaries();
        let tags = [
            (b"desc", description(self.name())),
            (b"cprt", [&b"text\0\0\0\0"[..], b"No copyright, use freely\0"].concat()),
            (b"wtpt", xyz(D50)),
            (b"rXYZ", xyz(red)),
            (b"gXYZ", xyz(green)),
            (b"bXYZ", xyz(blue)),
            (b"rTRC", self.curve()),
        ];
        // The three channels share one curve.
        let mut table = ((tags.len() + 2) as u32).to_be_bytes().to_vec();
        let mut data = Vec::new();
        let first = 128 + 4 + 12 * (tags.len() + 2);
        for (name, bytes) in &tags {
            let names: &[&[u8; 4]] = if *name == b"rTRC" { &[b"rTRC", b"gTRC", b"bTRC"] } else { &[*name] };
            for name in names {
                table.extend_from_slice(*name);
                table.extend_from_slice(&((first + data.len()) as u32).to_be_bytes());
                table.extend_from_slice(&(bytes.len() as u32).to_be_bytes());
            }
            data.extend_from_slice(bytes);
            data.resize(data.len().next_multiple_of(4), 0);
        }
        [header((first + data.len()) as u32), table, data].concat()
    }

    fn name(self) -> &'static str {
        match self {
            Self::Srgb => "sRGB",
            Self::AdobeRgb => "Adobe RGB (1998)",
            Self::RommRgb => "ROMM RGB",
            Self::DisplayP3 => "Display P3",
        }
    }

    /// XYZ of red, green and blue, adapted to D50.
    fn primaries(self) -> [[f64; 3]; 3] {
        match self {
            Self::Srgb => {
                [[0.436_07, 0.222_50, 0.013_93], [0.385_06, 0.716_88, 0.097_10], [0.143_08, 0.060_62, 0.714_17]]
            }
            Self::AdobeRgb => {
                [[0.609_76, 0.311_12, 0.019_48], [0.205_24, 0.625_66, 0.060_89], [0.149_22, 0.063_22, 0.744_84]]
            }
            Self::RommRgb => [[0.797_67, 0.288_04, 0.0], [0.135_19, 0.711_87, 0.0], [0.031_35, 0.000_09, 0.825_21]],
            Self::DisplayP3 => {
                [[0.515_12, 0.241_19, -0.001_05], [0.291_98, 0.692_24, 0.041_88], [0.157_10, 0.066_57, 0.784_07]]
            }
        }
    }

    /// Tone curve: encoded value to light.
    fn curve(self) -> Vec<u8> {
        let light = |encoded: f64| match self {
            Self::RommRgb if encoded < 16.0 / 512.0 => encoded / 16.0,
            Self::RommRgb => encoded.powf(1.8),
            _ if encoded <= 0.040_45 => encoded / 12.92,
            _ => ((encoded + 0.055) / 1.055).powf(2.4),
        };
        let points: Vec<u16> = match self {
            // A power of 563/256, as a number of 8 and 8 bits.
            Self::AdobeRgb => vec![563],
            _ => (0..CURVE)
                .map(|point| (light(f64::from(point) / f64::from(CURVE - 1)) * 65_535.0).round() as u16)
                .collect(),
        };
        let mut bytes = [&b"curv\0\0\0\0"[..], &(points.len() as u32).to_be_bytes()].concat();
        bytes.extend(points.iter().flat_map(|point| point.to_be_bytes()));
        bytes
    }
}

/// Profile header (ICC.1:2010 §7.2).
fn header(size: u32) -> Vec<u8> {
    let mut header = vec![0; 128];
    header[..4].copy_from_slice(&size.to_be_bytes());
    header[8..12].copy_from_slice(&[2, 0x40, 0, 0]);
    header[12..24].copy_from_slice(b"mntrRGB XYZ ");
    header[24..30].copy_from_slice(&[0x07, 0xea, 0, 1, 0, 1]);
    header[36..40].copy_from_slice(b"acsp");
    header[68..80].copy_from_slice(&xyz(D50)[8..]);
    header
}

fn xyz(values: [f64; 3]) -> Vec<u8> {
    let mut bytes = b"XYZ \0\0\0\0".to_vec();
    bytes.extend(values.iter().flat_map(|value| ((value * 65_536.0).round() as i32).to_be_bytes()));
    bytes
}

/// A text description of version 2: ASCII, without its two other forms.
fn description(name: &str) -> Vec<u8> {
    let count = (name.len() as u32 + 1).to_be_bytes();
    let mut bytes = [&b"desc\0\0\0\0"[..], &count, name.as_bytes(), b"\0"].concat();
    bytes.resize(bytes.len() + 4 + 4 + 2 + 1 + 67, 0);
    bytes
}

/// Whether bytes are an ICC profile of RGB colours.
pub fn is_rgb_profile(profile: &[u8]) -> bool {
    profile.len() >= 128 && &profile[16..20] == b"RGB " && &profile[36..40] == b"acsp"
}

/// Turns 8-bit RGB colours, interleaved, from the space of a profile (sRGB without one) to another space. `false`, and
/// nothing is changed, when the profile cannot be used.
pub fn convert(samples: &mut [u8], from: Option<&[u8]>, to: ColourSpace) -> bool {
    let own = ColourSpace::Srgb.profile();
    // Profiles come from strangers: a panic is a profile that cannot be used.
    let transform = catch_unwind(AssertUnwindSafe(|| {
        let input = Profile::new_from_slice(from.unwrap_or(&own), false)?;
        let mut output = Profile::new_from_slice(&to.profile(), false)?;
        output.precache_output_transform();
        Transform::new(&input, &output, DataType::RGB8, Intent::default())
    }));
    let Ok(Some(transform)) = transform else { return false };
    let whole = samples.len() / 3 * 3;
    catch_unwind(AssertUnwindSafe(|| transform.apply(&mut samples[..whole]))).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SPACES: [ColourSpace; 4] =
        [ColourSpace::Srgb, ColourSpace::AdobeRgb, ColourSpace::RommRgb, ColourSpace::DisplayP3];

    fn converted(colour: [u8; 3], from: ColourSpace, to: ColourSpace) -> [u8; 3] {
        let mut samples = colour;
        assert!(convert(&mut samples, Some(&from.profile()), to));
        samples
    }

    fn near(colour: [u8; 3], wanted: [u8; 3]) -> bool {
        colour.iter().zip(wanted).all(|(a, b)| a.abs_diff(b) <= 2)
    }

    #[test]
    fn grey_stays_grey_and_colours_come_back() {
        for space in SPACES {
            for colour in [[0; 3], [128; 3], [255; 3], [200, 120, 90]] {
                let there = converted(colour, ColourSpace::Srgb, space);
                assert!(near(converted(there, space, ColourSpace::Srgb), colour), "{space:?} {colour:?} {there:?}");
                let is_grey = |[red, green, blue]: [u8; 3]| red.abs_diff(green) <= 2 && green.abs_diff(blue) <= 2;
                assert!(!is_grey(colour) || is_grey(there), "{space:?} {there:?}");
            }
        }
    }

    #[test]
    fn wider_spaces_need_less_of_their_primaries() {
        // Known values: sRGB red and green in Adobe RGB (1998).
        assert!(near(converted([255, 0, 0], ColourSpace::Srgb, ColourSpace::AdobeRgb), [219, 0, 0]));
        assert!(near(converted([0, 255, 0], ColourSpace::Srgb, ColourSpace::AdobeRgb), [144, 255, 60]));
    }

    #[test]
    fn profiles_that_are_none_change_nothing() {
        for profile in [&[][..], &[0; 128], &[0xff; 4000], &ColourSpace::Srgb.profile()[..200]] {
            let mut samples = [1, 2, 3];
            assert!(!convert(&mut samples, Some(profile), ColourSpace::AdobeRgb));
            assert_eq!(samples, [1, 2, 3]);
        }
        assert!(is_rgb_profile(&ColourSpace::AdobeRgb.profile()));
        assert!(!is_rgb_profile(b"RGB "));
    }
}
