//! How values between samples are made, and how values along a ray become one.

/// How a value between samples is made of the samples around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Interpolation {
    /// The nearest sample; half-way, the one with the higher index.
    Nearest,
    /// Of the 8 samples around, linear along each axis.
    #[default]
    Linear,
    /// Of the 64 samples around: the cubic convolution of Keys with a = -1/2 (Catmull-Rom) along each axis.
    ///
    /// It passes through the samples and needs no prefiltering, which a cubic B-spline does. Beyond the edge the samples
    /// go on linearly. Values may overshoot those of the samples.
    Cubic,
}

/// How the values along a ray become one. Values outside the volume do not count. What is not a number is neither the
/// greatest nor the least, and an average of it is not a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Intensity {
    #[default]
    Maximum,
    Minimum,
    Average,
}

/// The weights of the samples before, at, after and two after a place, `part` of the way from the second to the third.
pub(crate) fn cubic_weights(part: f64) -> [f64; 4] {
    let t = part;
    [
        ((-0.5 * t + 1.0) * t - 0.5) * t,
        (1.5 * t - 2.5) * t * t + 1.0,
        ((-1.5 * t + 2.0) * t + 0.5) * t,
        (0.5 * t - 0.5) * t * t,
    ]
}

/// The same for a computation in 32 bits.
#[inline(always)]
pub(crate) fn cubic_weights_f32(t: f32) -> [f32; 4] {
    [
        ((-0.5 * t + 1.0) * t - 0.5) * t,
        (1.5 * t - 2.5) * t * t + 1.0,
        ((-1.5 * t + 2.0) * t + 0.5) * t,
        (0.5 * t - 0.5) * t * t,
    ]
}
