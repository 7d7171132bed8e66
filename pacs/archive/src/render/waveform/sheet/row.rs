//! A channel's place on the sheet, and round numbers.

use super::super::group::{Channel, Group};
use super::MILLIMETRE;

/// Height of a row without scale, in millimetres; least and largest height of one on millimetre paper.
const USUAL: f64 = 20.0;
const LEAST: f64 = 15.0;
const LARGEST: f64 = 45.0;
/// Above and below a trace.
const SPACE: f64 = 3.0;
/// From so many channels on a row is no higher than usual.
const MANY: usize = 16;

/// Where a channel is drawn.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Row {
    pub(super) label: String,
    /// Upper edge and height in pixels of the panel.
    pub(super) top: f64,
    pub(super) height: f64,
    /// Seconds by which it is later.
    pub(super) skew: f64,
    /// The value in the middle of the row, and pixels of a unit.
    middle: f64,
    unit: f64,
}

impl Row {
    /// A row at `top`; on millimetre paper `gain` is the height of a millivolt.
    pub(super) fn new(channel: &Channel, range: Option<(f64, f64)>, gain: Option<f64>, top: f64) -> Self {
        let (least, most) = range.unwrap_or((0.0, 0.0));
        let middle = f64::midpoint(least, most);
        let unit = match (gain, channel.millivolts()) {
            (Some(gain), Some(millivolts)) => gain * millivolts * MILLIMETRE,
            // An even line has no height.
            _ if most > least => (USUAL - 2.0 * SPACE) * MILLIMETRE / (most - least),
            _ => 0.0,
        };
        let height = match gain {
            Some(_) => ((most - least) * unit / MILLIMETRE + 2.0 * SPACE).clamp(LEAST, LARGEST).ceil(),
            None => USUAL,
        };
        let mut label = channel.label.clone();
        if gain.is_none() && range.is_some() {
            label.push_str(&format!("   {} … {} {}", number(least), number(most), channel.unit));
        }
        Self { label, top, height: height * MILLIMETRE, skew: channel.skew, middle, unit }
    }

    /// The row of the panel that a value is drawn at.
    pub(super) fn place(&self, value: f64) -> f64 {
        let half = self.height / 2.0;
        self.top + half - ((value - self.middle) * self.unit).clamp(-half, half)
    }
}

/// The first of some heights of a millivolt at which all channels fit their rows; `None` when none is small enough.
pub(super) fn gain(group: &Group, ranges: &[Option<(f64, f64)>], gains: [f64; 6]) -> Option<f64> {
    let millivolts = |(channel, range): (&Channel, &Option<(f64, f64)>)| {
        let (least, most) = (*range)?;
        Some((most - least) * channel.millivolts()?)
    };
    let highest = group.channels.iter().zip(ranges).filter_map(millivolts).fold(0.0, f64::max);
    let room = if group.channels.len() >= MANY { USUAL } else { LARGEST } - 2.0 * SPACE;
    gains.into_iter().find(|gain| highest * gain <= room)
}

/// 1, 2 or 5 times a power of ten: the smallest that is not below `least`.
pub(super) fn round_step(least: f64) -> f64 {
    let power = 10.0_f64.powf(least.max(1e-9).log10().floor());
    [1.0, 2.0, 5.0, 10.0]
        .map(|times| times * power)
        .into_iter()
        .find(|step| *step >= least * 0.999_999)
        .unwrap_or(least)
}

/// A number in four digits or so.
pub(super) fn number(value: f64) -> String {
    if value != 0.0 && !(1e-3..1e6).contains(&value.abs()) {
        return format!("{value:.3e}");
    }
    let digits = 3_usize.saturating_sub(value.abs().log10().max(0.0) as usize);
    let text = format!("{value:.digits$}");
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn channel(unit: &str) -> Channel {
        Channel { label: "I".into(), unit: unit.into(), sensitivity: 1.0, baseline: 0.0, skew: 0.0 }
    }

    #[test]
    fn a_millivolt_is_as_high_as_the_gain_says() {
        let row = Row::new(&channel("uV"), Some((-500.0, 1500.0)), Some(10.0), 0.0);
        let millivolt = row.place(0.0) - row.place(1000.0);
        assert!((millivolt - 10.0 * MILLIMETRE).abs() < 1e-9, "{millivolt}");
        assert_eq!(row.height, 26.0 * MILLIMETRE);
    }

    #[test]
    fn other_channels_fill_their_row() {
        let row = Row::new(&channel("mm[Hg]"), Some((60.0, 120.0)), None, 100.0);
        assert!((row.place(120.0) - 100.0 - SPACE * MILLIMETRE).abs() < 1e-9);
        assert!((row.place(60.0) - 100.0 - (USUAL - SPACE) * MILLIMETRE).abs() < 1e-9);
        assert_eq!(row.label, "I   60 … 120 mm[Hg]");
        let even = Row::new(&channel("%"), Some((7.0, 7.0)), None, 0.0);
        assert_eq!(even.place(7.0), even.height / 2.0);
        assert!(Row::new(&channel(""), None, None, 0.0).place(f64::MAX).is_finite());
    }

    #[test]
    fn numbers_are_round() {
        assert_eq!([0.07, 0.1, 1.2, 4.0, 55.0].map(round_step), [0.1, 0.1, 2.0, 5.0, 100.0]);
        assert_eq!([10.0, 0.5, -1234.5678, 1.2346, 0.0].map(number), ["10", "0.5", "-1235", "1.235", "0"]);
        assert_eq!(number(1e9), "1.000e9");
    }
}
