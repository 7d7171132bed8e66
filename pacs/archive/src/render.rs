//! Rendering: one frame to a picture for the screen (PS3.18 §8.3.5; pipeline of PS3.4 §N.2).

/// Window of the VOI LUT (PS3.18 §8.3.5.1.4).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Voi {
    /// Window Center.
    pub center: f64,
    /// Window Width.
    pub width: f64,
    /// VOI LUT Function.
    pub function: VoiFunction,
}

/// VOI LUT Function (0028,1056), PS3.3 §C.11.2.1.3.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum VoiFunction {
    Linear,
    LinearExact,
    Sigmoid,
}

/// What to render and how.
#[derive(Debug, Clone)]
pub struct RenderRequest {
    /// Frame, from 1.
    pub frame: u32,
    /// Window; the object's own, else its range, when `None`.
    pub window: Option<Voi>,
    /// Viewport in pixels (width, height): the picture is scaled to fit, keeping its aspect.
    pub viewport: Option<(u32, u32)>,
    /// Source region (x, y, width, height) in pixels of the frame; negative width or height flips (PS3.18 §8.3.5.1.3).
    pub region: Option<(f64, f64, f64, f64)>,
}
