//! Samples of a frame to a picture: modality, VOI and presentation, or colour (PS3.4 §N.2).

use codec::Samples;
use compute::{Modality, Numbers, Picture, SampleFormat, Voi, bits, depth, grey, ybr};

use super::Image;
use crate::Error;

/// Makes the picture of frame `number`. `window` takes the place of the object's own; colour has none.
pub(super) fn picture(
    image: &Image,
    number: u32,
    samples: Samples,
    window: Option<super::Voi>,
) -> Result<Picture, Error> {
    let (channels, samples) = match (image.format.samples, samples.photometric.as_str()) {
        (1, "PALETTE COLOR") => (3, palette(image, &samples)?),
        (1, photometric) => (1, levels(image, number, &samples.bytes, window, photometric == "MONOCHROME1")?),
        (3, _) => (3, rgb(image, &samples)?),
        (count, photometric) => {
            return Err(Error::NotAcceptable(format!("pixels of {count} samples as {photometric} cannot be rendered")));
        }
    };
    Ok(Picture { width: image.format.columns, height: image.format.rows, channels, samples })
}

fn palette(image: &Image, samples: &Samples) -> Result<Vec<u8>, Error> {
    let palette = image.palette.as_ref().ok_or_else(|| Error::Damaged("the object has no palette".to_owned()))?;
    match image.format.bits_allocated {
        8 | 16 => Ok(palette.rgb(&samples.bytes, &image.sample_format())),
        bits => Err(Error::NotAcceptable(format!("palette indices of {bits} bits cannot be rendered"))),
    }
}

fn rgb(image: &Image, samples: &Samples) -> Result<Vec<u8>, Error> {
    if !matches!(image.format.bits_allocated, 8 | 16 | 32) {
        let bits = image.format.bits_allocated;
        return Err(Error::NotAcceptable(format!("colours of {bits} bits cannot be rendered")));
    }
    let mut bytes = depth::to_8_bits(&samples.bytes, &image.sample_format());
    match samples.photometric.as_str() {
        "YBR_FULL" => ybr::full_to_rgb(&mut bytes),
        "YBR_FULL_422" => bytes = ybr::full_422_to_rgb(&bytes),
        "YBR_PARTIAL_422" => bytes = ybr::partial_422_to_rgb(&bytes),
        "RGB" | "YBR_RCT" | "YBR_ICT" => {}
        other => return Err(Error::NotAcceptable(format!("colours as {other} cannot be rendered"))),
    }
    // A row of odd width may end within a pair of pixels.
    bytes.resize(image.format.columns as usize * image.format.rows as usize * 3, 0);
    Ok(bytes)
}

fn levels(
    image: &Image,
    number: u32,
    samples: &[u8],
    window: Option<super::Voi>,
    inverted: bool,
) -> Result<Vec<u8>, Error> {
    let pixels = image.format.columns as usize * image.format.rows as usize;
    let expanded;
    let (samples, numbers) = match image.format.bits_allocated {
        1 => {
            expanded = bits::expand(samples, 0, pixels);
            let bit = SampleFormat { bits_allocated: 8, bits_stored: 1, high_bit: 0, signed: false };
            (expanded.as_slice(), Numbers::Integer(bit))
        }
        64 if !image.float => return Err(Error::NotAcceptable("integers of 64 bits cannot be rendered".to_owned())),
        _ => (samples, image.numbers()),
    };
    let modality = image.modality(number);
    let voi = match window.or_else(|| image.window(number)) {
        Some(window) => window.into(),
        None => match &image.voi_table {
            Some(table) => Voi::Table(table.clone()),
            None => full_range(image, samples, numbers, &modality),
        },
    };
    Ok(grey::levels(samples, numbers, &modality, &voi, inverted))
}

/// The window that shows everything: for unsigned samples of at most 8 bits without a modality transformation what they can
/// be (they were made for the screen, and the frames of a loop must not flicker), else what they are.
fn full_range(image: &Image, samples: &[u8], numbers: Numbers, modality: &Modality) -> Voi {
    if let Numbers::Integer(format) = numbers
        && format.bits_stored <= 8
        && !format.signed
        && *modality == Modality::IDENTITY
    {
        let (least, most) = format.limits();
        return Voi::range(least as f64, most as f64);
    }
    let (least, most) = numbers.range(samples, image.padding.as_ref()).unwrap_or((0.0, 0.0));
    let (first, last) = match modality {
        Modality::Table(table) => {
            let place = |number: f64| (number as i64 - table.first).clamp(0, table.entries.len() as i64 - 1) as usize;
            let used = &table.entries[place(least)..=place(most)];
            (used.iter().min(), used.iter().max())
        }
        Modality::Rescale { .. } => {
            let (one, other) = (modality.apply(least), modality.apply(most));
            return Voi::range(one.min(other), one.max(other));
        }
    };
    Voi::range(first.copied().unwrap_or(0).into(), last.copied().unwrap_or(0).into())
}
