//! Short labels on a picture, in letters: of every script that the embedded font has (Latin, Greek, Cyrillic, Hebrew,
//! Arabic and more) or that a font of this machine has.
//!
//! A line is put in the order of the screen (Unicode UAX #9), shaped, and drawn with a rim that keeps it legible over anything.
//! What no font has is a box.

mod fonts;
mod layout;
mod mask;

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::Picture;
use crate::draw::{cover, luminance};

use layout::Line;
use mask::Mask;

/// Smallest and largest size of letters, in pixels of an em.
const SMALLEST: u32 = 4;
const LARGEST: u32 = 128;

/// Farthest place from the picture that a line begins at, in pixels.
const FARTHEST: u64 = 1 << 24;

/// Writes one line; `(x, y)` is its upper left corner, `size` the size of its letters in pixels of an em.
pub fn write(picture: &mut Picture, (x, y): (i64, i64), text: &str, size: u32, colour: [u8; 3]) {
    if x.unsigned_abs() > FARTHEST || y.unsigned_abs() > FARTHEST {
        return;
    }
    let size = size.clamp(SMALLEST, LARGEST);
    let bounds = (picture.width, picture.height);
    // Fonts of the machine come from strangers: one that cannot be read leaves the line out.
    let drawn = catch_unwind(AssertUnwindSafe(|| Mask::draw(&Line::of(text, size as f32), (x, y), size, bounds)));
    let Ok(Some(letters)) = drawn else { return };
    let rim = [if luminance(colour) > 127 { 0 } else { u8::MAX }; 3];
    paint(picture, &letters.grown((size / 14).max(1)), rim);
    paint(picture, &letters, colour);
}

/// Columns that a line takes, in pixels.
pub fn width(text: &str, size: u32) -> u32 {
    let size = size.clamp(SMALLEST, LARGEST);
    catch_unwind(|| Line::of(text, size as f32).width.ceil() as u32).unwrap_or(0)
}

/// Pixels from one line to the next.
pub fn line(size: u32) -> u32 {
    (size.clamp(SMALLEST, LARGEST) * 6).div_ceil(5)
}

/// The size of letters that suits a picture.
pub fn size_for(picture: &Picture) -> u32 {
    (picture.width.min(picture.height) / 40).clamp(12, 96)
}

fn paint(picture: &mut Picture, mask: &Mask, colour: [u8; 3]) {
    for (row, shares) in (mask.top..).zip(mask.rows()) {
        for (column, share) in (mask.left..).zip(shares) {
            if *share > 0 {
                cover(picture, column, row, colour, f64::from(*share) / 255.0);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows and columns of white on grey, as letters of a text.
    fn written(text: &str) -> Vec<u8> {
        let mut picture = Picture { width: 64, height: 24, channels: 1, samples: vec![99; 64 * 24] };
        write(&mut picture, (2, 2), text, 16, [255; 3]);
        picture.samples
    }

    fn is_drawn(text: &str) -> bool {
        written(text).iter().any(|level| *level > 200)
    }

    #[test]
    fn letters_of_many_scripts_differ_from_each_other_and_from_boxes() {
        let unknown = written("\u{10ffff}");
        let texts = ["A", "e", "é", "ß", "Ł", "Ω", "π", "Ж", "я", "ש", "ع", "Ա", "µ", "²"];
        let all: Vec<Vec<u8>> = texts.iter().map(|text| written(text)).collect();
        for (place, drawn) in all.iter().enumerate() {
            assert!(is_drawn(texts[place]) && *drawn != unknown, "{}", texts[place]);
            assert!(all[..place].iter().all(|other| other != drawn), "{}", texts[place]);
        }
    }

    #[test]
    fn composed_and_decomposed_letters_are_the_same() {
        assert_eq!(written("e\u{301}"), written("é"));
        assert_eq!(width("u\u{308}", 20), width("ü", 20));
    }

    #[test]
    fn what_no_font_has_is_a_box() {
        let unknown = written("\u{10ffff}");
        assert!(unknown.iter().any(|level| *level > 200));
        assert_eq!(unknown, written("\u{10fffe}"));
        assert!(width("\u{10ffff}\u{10ffff}", 20) > width("\u{10ffff}", 20));
    }

    #[test]
    fn right_to_left_text_begins_at_the_right() {
        // Alef and a full stop, which is to the left of it.
        let of = |text: &str| {
            let drawn = written(text);
            let columns = (0..64).filter(|column| (0..24).any(|row| drawn[row * 64 + column] > 200));
            (columns.clone().min(), columns.max())
        };
        let (letter, both) = (of("ש"), of("ש."));
        assert!(both.1 > letter.1, "{letter:?} {both:?}");
        assert!(written("שלום") != written("םולש"));
    }

    #[test]
    fn a_rim_keeps_letters_legible() {
        assert!(written("A").contains(&0));
        let mut white = Picture { width: 20, height: 20, channels: 3, samples: vec![255; 1200] };
        write(&mut white, (0, 0), "A", 16, [255; 3]);
        assert!(white.samples.contains(&0));
    }

    #[test]
    fn what_lies_outside_is_left_out() {
        let mut picture = Picture { width: 2, height: 2, channels: 3, samples: vec![0; 12] };
        write(&mut picture, (-3, -4), &"#".repeat(10_000), 1, [255, 0, 0]);
        write(&mut picture, (i64::MAX / 2, 0), "x", 60_000, [255; 3]);
        write(&mut picture, (-1000, i64::MIN), "x", 0, [255; 3]);
        write(&mut picture, (0, 0), "", 12, [255; 3]);
        write(&mut picture, (0, 0), "\n\t\0\u{202e}\u{200d}", 12, [255; 3]);
        assert_eq!(width("", 12), 0);
        assert!(width("MM", 24) > width("ii", 24));
    }
}
