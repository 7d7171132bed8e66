//! Samples of a frame to a picture: modality, VOI and presentation, or colour (PS3.4 §N.2).

use codec::Samples;
use compute::{Modality, Numbers, Picture, Presentation, SampleFormat, Voi, bits, depth, grey, ybr};

use super::{Image, PresentationState};
use crate::Error;

/// What a frame is shown by besides its own attributes.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Look<'a> {
    /// Takes the place of all other windows.
    pub(super) window: Option<super::Voi>,
    /// A presentation state, and the instance that it is applied to.
    pub(super) state: Option<(&'a PresentationState, &'a str)>,
}

/// Makes the picture of frame `number`. Windows and presentation states do not change colours.
pub(super) fn picture(image: &Image, number: u32, samples: &Samples, look: Look<'_>) -> Result<Picture, Error> {
    let (channels, samples) = match (image.format.samples, samples.photometric.as_str()) {
        (1, "PALETTE COLOR") => (3, palette(image, samples)?),
        (1, _) => grey_scale(image, number, &samples.bytes, look)?,
        (3, _) => (3, rgb(image, samples)?),
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

/// Grey levels, or the colours that stand for them.
fn grey_scale(image: &Image, number: u32, samples: &[u8], look: Look<'_>) -> Result<(u8, Vec<u8>), Error> {
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
    let modality = look.state.map_or_else(|| image.modality(number), |(state, _)| state.modality().clone());
    let voi = voi(image, number, (samples, numbers), look, &modality);
    let own = if image.inverse { Presentation::Inverse } else { Presentation::Identity };
    let presentation = look.state.map_or(&own, |(state, _)| state.presentation());
    let level = |number: f64| presentation.level(&voi, modality.apply(number));
    let colours = |colour: &dyn Fn(f64) -> [u8; 3]| (3, grey::each(samples, numbers, colour).into_flattened());
    if let Some(palette) = look.state.and_then(|(state, _)| state.palette()) {
        return Ok(colours(&|number| palette.colour_at(voi.fraction(modality.apply(number)))));
    }
    match &image.supplemental {
        Some(palette) if look.state.is_none() => Ok(colours(&|number| match number as i64 {
            index if index >= palette.red.first => palette.colour(index),
            _ => [level(number); 3],
        })),
        _ => Ok((1, grey::each(samples, numbers, level))),
    }
}

/// The first that there is: the window of the request; that of the presentation state, else all values that can be; the
/// window of the frame; the table of the object; else all values that are.
pub(super) fn voi(image: &Image, number: u32, samples: (&[u8], Numbers), look: Look<'_>, modality: &Modality) -> Voi {
    if let Some(window) = look.window {
        return window.into();
    }
    if let Some((state, instance)) = look.state {
        let window = state.window(instance, number).cloned();
        return window.unwrap_or_else(|| all_values(image, samples, modality));
    }
    if let Some(window) = image.window(number) {
        return window.into();
    }
    match &image.voi_table {
        Some(table) => Voi::Table(table.clone()),
        None => full_range(image, samples.0, samples.1, modality),
    }
}

/// The window of all values that can be, or of floating-point numbers that are.
pub(super) fn all_values(image: &Image, samples: (&[u8], Numbers), modality: &Modality) -> Voi {
    possible_range(samples.1, modality).unwrap_or_else(|| full_range(image, samples.0, samples.1, modality))
}

/// The window of all that the modality transformation can give; `None` for floating-point numbers.
fn possible_range(numbers: Numbers, modality: &Modality) -> Option<Voi> {
    match (numbers, modality) {
        (_, Modality::Table(table)) => Some(Voi::range(0.0, table.most().into())),
        (Numbers::Integer(format), modality) => {
            let (least, most) = format.limits();
            let (one, other) = (modality.apply(least as f64), modality.apply(most as f64));
            Some(Voi::range(one.min(other), one.max(other)))
        }
        _ => None,
    }
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
