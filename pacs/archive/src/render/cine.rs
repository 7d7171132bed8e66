//! How long each frame of a loop is shown (Cine and Multi-frame Modules, PS3.3 §C.7.6.5).

use data_set::{Item, tags};

/// Milliseconds that a frame is shown when the object does not say.
const USUAL: f64 = 100.0;

/// The rhythm of a multi-frame image.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Cine {
    /// The same for all frames, in milliseconds.
    frame_time: Option<f64>,
    /// From the frame before to each frame, in milliseconds; the first is 0.
    frame_times: Vec<f64>,
}

impl Cine {
    /// Recommended Display Frame Rate and Cine Rate say how a loop is to be shown, Frame Time and its vector how it was
    /// taken.
    pub(super) fn read(root: &Item<'_>) -> Self {
        let one = |tag| root.floats(tag).first().copied().filter(|value| *value > 0.0 && value.is_finite());
        let rate = one(tags::RECOMMENDED_DISPLAY_FRAME_RATE).or_else(|| one(tags::CINE_RATE));
        Self {
            frame_time: rate.map(|rate| 1000.0 / rate).or_else(|| one(tags::FRAME_TIME)),
            frame_times: root.floats(tags::FRAME_TIME_VECTOR),
        }
    }

    /// Milliseconds that a frame, counted from 1, is shown.
    pub fn duration(&self, frame: u32) -> f64 {
        // The last frame of a vector has no next one: it is shown as long as the one before.
        let next = self.frame_times.get(frame as usize).or(self.frame_times.get(1..).and_then(<[f64]>::last));
        let measured = next.copied().filter(|time| *time > 0.0 && time.is_finite());
        self.frame_time.or(measured).unwrap_or(USUAL)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_frame_lasts_until_the_next() {
        let cine = Cine { frame_time: None, frame_times: vec![0.0, 40.0, 60.0] };
        assert_eq!([1, 2, 3, 9].map(|frame| cine.duration(frame)), [40.0, 60.0, 60.0, 60.0]);
        assert_eq!(Cine { frame_time: Some(33.0), ..cine }.duration(2), 33.0);
    }

    #[test]
    fn a_loop_that_does_not_say_has_ten_frames_a_second() {
        assert_eq!(Cine::default().duration(1), 100.0);
        assert_eq!(Cine { frame_time: None, frame_times: vec![0.0] }.duration(1), 100.0);
        assert_eq!(Cine { frame_time: None, frame_times: vec![0.0, f64::NAN, -1.0] }.duration(1), 100.0);
    }
}
