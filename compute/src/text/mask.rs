//! How much of each pixel the letters of a line cover.

use swash::scale::image::Image;
use swash::scale::{Render, ScaleContext, Source};
use swash::zeno::{Format, Vector};

use super::layout::{Line, Placed};

/// From the top of a line to the foot of its letters, in hundredths of an em.
const ASCENT: u32 = 93;

/// Shares from 0 to 255 of the pixels of a rectangle.
pub(super) struct Mask {
    /// Column and row of the picture that its first pixel is.
    pub(super) left: i64,
    pub(super) top: i64,
    width: usize,
    shares: Vec<u8>,
}

impl Mask {
    /// The letters of a line whose upper left corner is at `(x, y)` of a picture of this size; `None` when none is on it.
    pub(super) fn draw(line: &Line, (x, y): (i64, i64), size: u32, (width, height): (u32, u32)) -> Option<Self> {
        // Letters may reach beyond their line, and the rim does.
        let beyond = i64::from(size);
        let (left, right) =
            ((x - beyond).max(-beyond), (x + line.width as i64 + beyond).min(i64::from(width) + beyond));
        let (top, bottom) = ((y - beyond).max(-beyond), (y + 3 * beyond).min(i64::from(height) + beyond));
        let (columns, rows) = (usize::try_from(right - left).ok()?, usize::try_from(bottom - top).ok()?);
        let mut mask = Self { left, top, width: columns, shares: vec![0; columns.checked_mul(rows)?] };
        let foot = y + i64::from((size * ASCENT).div_ceil(100));
        let mut context = ScaleContext::new();
        for placed in &line.glyphs {
            let column = x + placed.x.floor() as i64;
            if (left - beyond * 2..=right + beyond).contains(&column) {
                mask.add(&mut context, placed, (column, foot - placed.y.floor() as i64), size);
            }
        }
        (!mask.shares.is_empty()).then_some(mask)
    }

    fn add(&mut self, context: &mut ScaleContext, placed: &Placed, (column, foot): (i64, i64), size: u32) {
        let Some((font, glyph)) = placed.glyph else { return self.add_box((column, foot), size) };
        let mut scaler = context.builder(font).size(size as f32).hint(true).build();
        let offset = Vector::new(placed.x.fract(), placed.y.fract());
        let image: Option<Image> =
            Render::new(&[Source::Outline]).format(Format::Alpha).offset(offset).render(&mut scaler, glyph);
        let Some(image) = image else { return };
        let (left, top) = (column + i64::from(image.placement.left), foot - i64::from(image.placement.top));
        let rows = image.data.chunks_exact((image.placement.width as usize).max(1));
        for (row, shares) in (top..).zip(rows) {
            (left..).zip(shares).for_each(|(column, share)| self.cover(column, row, *share));
        }
    }

    fn add_box(&mut self, (column, foot): (i64, i64), size: u32) {
        let (width, height) = (i64::from(size) / 2, i64::from(size) * 7 / 10);
        let line = (i64::from(size) / 14).max(1);
        for y in 0..height {
            for x in 0..width {
                if x.min(width - 1 - x).min(y).min(height - 1 - y) < line {
                    self.cover(column + x, foot - height + y, u8::MAX);
                }
            }
        }
    }

    fn cover(&mut self, column: i64, row: i64, share: u8) {
        let place = usize::try_from(column - self.left).ok().zip(usize::try_from(row - self.top).ok());
        let place = place.filter(|(x, _)| *x < self.width).map(|(x, y)| y * self.width + x);
        if let Some(pixel) = place.and_then(|place| self.shares.get_mut(place)) {
            *pixel = (*pixel).max(share);
        }
    }

    /// The same, wider by so many pixels on each side.
    pub(super) fn grown(&self, pixels: u32) -> Self {
        let (reach, width) = (pixels as usize, self.width);
        let most = |shares: &[u8], place: usize, step: usize, first: usize, last: usize| {
            (first..=last).map(|other| shares[place + other * step]).max().unwrap_or(0)
        };
        let mut wide = vec![0; self.shares.len()];
        for (row, shares) in self.rows().enumerate() {
            for column in 0..width {
                let (first, last) = (column.saturating_sub(reach), (column + reach).min(width - 1));
                wide[row * width + column] = most(shares, 0, 1, first, last);
            }
        }
        let rows = self.shares.len() / width.max(1);
        let mut grown = vec![0; self.shares.len()];
        for row in 0..rows {
            for column in 0..width {
                let (first, last) = (row.saturating_sub(reach), (row + reach).min(rows - 1));
                grown[row * width + column] = most(&wide, column, width, first, last);
            }
        }
        Self { left: self.left, top: self.top, width, shares: grown }
    }

    /// Rows from the top.
    pub(super) fn rows(&self) -> impl Iterator<Item = &[u8]> {
        self.shares.chunks_exact(self.width.max(1))
    }
}
