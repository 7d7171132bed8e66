//! A line of text as glyphs in their places, from left to right.

use swash::shape::ShapeContext;
use swash::text::{Codepoint, Script};
use swash::{FontRef, shape};
use unicode_bidi::BidiInfo;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::fonts;

/// Most characters of one line that are drawn.
const LONGEST: usize = 256;

/// Width of the box that stands for what no font has, in parts of an em.
const BOX: f32 = 0.6;

/// A glyph; without a font it is a box.
#[derive(Clone, Copy)]
pub(super) struct Placed {
    pub(super) glyph: Option<(FontRef<'static>, u16)>,
    /// From the beginning of the line to the right, and from its foot upwards, in pixels.
    pub(super) x: f32,
    pub(super) y: f32,
}

/// The glyphs of a line.
#[derive(Default)]
pub(super) struct Line {
    pub(super) glyphs: Vec<Placed>,
    /// In pixels.
    pub(super) width: f32,
}

impl Line {
    /// Lays out a text in letters of `size` pixels an em.
    pub(super) fn of(text: &str, size: f32) -> Self {
        let text = plain(text);
        let order = BidiInfo::new(&text, None);
        let mut context = ShapeContext::new();
        let mut line = Self::default();
        for paragraph in &order.paragraphs {
            let (levels, runs) = order.visual_runs(paragraph, paragraph.range.clone());
            for run in runs {
                let is_leftward = levels[run.start].is_rtl();
                let mut pieces = pieces(&text[run]);
                if is_leftward {
                    pieces.reverse();
                }
                pieces.iter().for_each(|piece| line.append(&mut context, piece, is_leftward, size));
            }
        }
        line
    }

    fn append(&mut self, context: &mut ShapeContext, piece: &Piece<'_>, is_leftward: bool, size: f32) {
        let Some(font) = piece.font else {
            for _ in piece.text.chars() {
                self.glyphs.push(Placed { glyph: None, x: self.width, y: 0.0 });
                self.width += BOX * size;
            }
            return;
        };
        let direction = if is_leftward { shape::Direction::RightToLeft } else { shape::Direction::LeftToRight };
        let mut shaper = context.builder(font).script(piece.script).direction(direction).size(size).build();
        match is_leftward {
            // A bracket that opens opens to the left.
            true => shaper.add_str(&piece.text.chars().map(|one| one.mirror().unwrap_or(one)).collect::<String>()),
            false => shaper.add_str(piece.text),
        }
        let mut clusters: Vec<Vec<shape::cluster::Glyph>> = Vec::new();
        shaper.shape_with(|cluster| clusters.push(cluster.glyphs.to_vec()));
        // They come in the order in which they are read.
        if is_leftward {
            clusters.reverse();
        }
        for glyph in clusters.into_iter().flatten() {
            self.glyphs.push(Placed { glyph: Some((font, glyph.id)), x: self.width + glyph.x, y: glyph.y });
            self.width += glyph.advance;
        }
    }
}

/// Letters with their marks as one where there is such a letter, without what is not to be seen. Marks that turn the
/// order of what comes after them are left out: a text shall not look like another.
fn plain(text: &str) -> String {
    let hidden = |character: &char| {
        character.is_control()
            || matches!(character, '\u{200b}' | '\u{200e}'..='\u{200f}' | '\u{2028}'..='\u{202e}')
            || matches!(character, '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}')
    };
    text.chars().take(4 * LONGEST).filter(|character| !hidden(character)).nfc().take(LONGEST).collect()
}

/// What one font has of one script.
struct Piece<'a> {
    text: &'a str,
    font: Option<FontRef<'static>>,
    script: Script,
}

fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces: Vec<Piece<'_>> = Vec::new();
    let mut start = 0;
    for (place, character) in text.char_indices() {
        let end = place + character.len_utf8();
        let script = character.script();
        let is_any = matches!(script, Script::Common | Script::Inherited | Script::Unknown);
        let goes_along = |piece: &Piece<'_>| {
            let joins = is_combining_mark(character) || character == '\u{200c}' || character == '\u{200d}';
            let has = piece.font.is_some_and(|font| font.charmap().map(character) != 0);
            joins || (has && (is_any || piece.script == script || piece.script == Script::Common))
        };
        match pieces.last_mut().filter(|piece| goes_along(piece)) {
            Some(piece) => {
                piece.text = &text[start..end];
                if piece.script == Script::Common && !is_any {
                    piece.script = script;
                }
            }
            None => {
                start = place;
                let script = if is_any { Script::Common } else { script };
                pieces.push(Piece { text: &text[start..end], font: fonts::font_for(character), script });
            }
        }
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_have_one_script_and_take_what_belongs_to_none_along() {
        let scripts: Vec<_> = pieces("12 Ada, Ψ 3 Жук").iter().map(|piece| (piece.text, piece.script)).collect();
        let expected = [("12 Ada, ", Script::Latin), ("Ψ 3 ", Script::Greek), ("Жук", Script::Cyrillic)];
        assert_eq!(scripts, expected);
    }

    #[test]
    fn what_is_not_to_be_seen_is_left_out() {
        assert_eq!(plain("a\u{202e}b\r\n\u{feff}c\u{0}"), "abc");
        assert_eq!(plain(&"é".repeat(10_000)).chars().count(), LONGEST);
    }

    #[test]
    fn glyphs_stand_beside_each_other() {
        let line = Line::of("Ada ש", 20.0);
        assert_eq!(line.glyphs.len(), 5);
        assert!(line.glyphs.windows(2).all(|pair| pair[0].x < pair[1].x));
        assert!(line.width > line.glyphs[4].x);
    }

    #[test]
    fn brackets_enclose_in_either_direction() {
        let glyphs = |text: &str| -> Vec<Option<u16>> {
            Line::of(text, 20.0).glyphs.iter().map(|placed| placed.glyph.map(|(_, glyph)| glyph)).collect()
        };
        let (latin, hebrew) = (glyphs("(A)"), glyphs("(ש)"));
        assert_eq!((latin[0], latin[2]), (hebrew[0], hebrew[2]));
    }
}
