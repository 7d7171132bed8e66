//! Why a small copy is enough to leave a picture out: bounds of the distance at 256 from copies with fewer cells.
//!
//! Let `a` be the copy of 256, `P` the projection of it onto pictures that are even within blocks of `f × f` cells (each block its mean),
//! and `r = a − Pa` what a block's mean leaves out. `Pa` and `r` are at right angles, so
//! `‖a − b‖² = ‖Pa − Pb‖² + ‖rₐ − r_b‖² ≥ ‖Pa − Pb‖² + (‖rₐ‖ − ‖r_b‖)²`.
//! A stored copy `q` holds the means rounded to whole numbers. With `e = f · ‖mean − q‖` the triangle inequality gives
//! `‖Pa − Pb‖ ≥ f · ‖qₐ − q_b‖ − eₐ − e_b`. Within a rectangle the same holds for the blocks inside it, with `e` of the whole copy, which is
//! no smaller; of `r` nothing is known there.

/// Room for the rounding of single precision: far more than what the few operations of a bound can lose (each 2⁻²⁴).
const ROOM: f32 = 1e-6;

/// What a small copy leaves out of the copy of 256. Both are lengths in that copy's space.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[repr(C)]
pub struct Margin {
    /// `e`: how far the means are from the whole numbers that are stored. Rounded up.
    pub rounding: f32,
    /// `‖r‖`: what lies within the blocks.
    pub detail: f32,
}

/// No more than the distance at 256 of two pictures, whose small copies are `squared` apart, `factor` times smaller than 256.
#[inline(always)]
pub fn least(squared: u32, factor: f32, a: Margin, b: Margin) -> f32 {
    let apart = (a.detail - b.detail).abs() - ROOM * (a.detail + b.detail);
    let apart = apart.max(0.0);
    (coarse(squared, factor, a, b) + apart * apart) * (1.0 - ROOM)
}

/// No more than the distance at 256 within a rectangle, inside of which the blocks are `squared` apart.
#[inline(always)]
pub fn least_inside(squared: u32, factor: f32, a: Margin, b: Margin) -> f32 {
    coarse(squared, factor, a, b) * (1.0 - ROOM)
}

#[inline(always)]
fn coarse(squared: u32, factor: f32, a: Margin, b: Margin) -> f32 {
    let length = factor * (squared as f32).sqrt() * (1.0 - ROOM) - (a.rounding + b.rounding) * (1.0 + ROOM);
    let length = length.max(0.0);
    length * length * (1.0 - ROOM)
}
