//! What can be seen of a channel: for each of some thousand stretches of time the first, the smallest, the largest and
//! the last value.

use compute::draw::Point;

use super::group::Group;

/// Most stretches of a channel. Samples that are fewer have one each.
const STRETCHES: u64 = 4096;

/// A channel as it is drawn.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Trace {
    stretches: Vec<Stretch>,
    /// Samples of a stretch.
    samples: f64,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Stretch {
    first: f64,
    least: f64,
    most: f64,
    last: f64,
}

/// No value has come.
const EMPTY: Stretch = Stretch { first: f64::NAN, least: f64::INFINITY, most: f64::NEG_INFINITY, last: f64::NAN };

impl Stretch {
    fn add(&mut self, value: f64) {
        if self.first.is_nan() {
            self.first = value;
        }
        self.least = self.least.min(value);
        self.most = self.most.max(value);
        self.last = value;
    }
}

impl Trace {
    /// Smallest and largest value; `None` when there is none.
    pub(super) fn range(&self) -> Option<(f64, f64)> {
        let (least, most) = self
            .stretches
            .iter()
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(least, most), s| (least.min(s.least), most.max(s.most)));
        (least <= most).then_some((least, most))
    }

    /// Lines from value to value: x in samples, y as measured. Where values are missing, one line ends and the next begins.
    pub(super) fn lines(&self) -> Vec<Vec<Point>> {
        let mut lines = vec![Vec::new()];
        for (place, stretch) in self.stretches.iter().enumerate() {
            if stretch.first.is_nan() {
                lines.push(Vec::new());
                continue;
            }
            let x = place as f64 * self.samples;
            let values = [stretch.first, stretch.least, stretch.most, stretch.last];
            if let Some(line) = lines.last_mut() {
                line.extend(values.into_iter().map(|y| (x, y)));
                line.dedup();
            }
        }
        lines.retain(|line| !line.is_empty());
        lines
    }
}

/// Samples of a group that come piece by piece.
pub(super) struct Gatherer<'a> {
    group: &'a Group,
    traces: Vec<Trace>,
    sample: u64,
    /// The beginning of samples that the last piece cut.
    cut: Vec<u8>,
}

impl<'a> Gatherer<'a> {
    pub(super) fn new(group: &'a Group) -> Self {
        let stretches = group.samples.clamp(1, STRETCHES);
        let samples = group.samples as f64 / stretches as f64;
        let trace = Trace { stretches: vec![EMPTY; stretches as usize], samples };
        Self { group, traces: vec![trace; group.channels.len()], sample: 0, cut: Vec::new() }
    }

    pub(super) fn push(&mut self, piece: &[u8]) {
        let step = self.group.interleaved * self.group.format.bytes();
        let missing = (step - self.cut.len() % step) % step;
        let (head, rest) = piece.split_at(missing.min(piece.len()));
        self.cut.extend_from_slice(head);
        if self.cut.len() == step {
            let whole = std::mem::take(&mut self.cut);
            self.add(&whole);
        }
        let steps = rest.chunks_exact(step);
        self.cut.extend_from_slice(steps.remainder());
        steps.for_each(|samples| self.add(samples));
    }

    /// One sample of each channel.
    fn add(&mut self, samples: &[u8]) {
        let numbers = self.group.format.numbers(samples);
        for ((trace, channel), number) in self.traces.iter_mut().zip(&self.group.channels).zip(numbers) {
            let value = channel.value(number);
            let place = (self.sample as f64 / trace.samples) as usize;
            if self.group.padding != Some(number)
                && value.is_finite()
                && let Some(stretch) = trace.stretches.get_mut(place)
            {
                stretch.add(value);
            }
        }
        self.sample += 1;
    }

    pub(super) fn finish(self) -> Vec<Trace> {
        self.traces
    }
}

#[cfg(test)]
mod tests {
    use super::super::group::Channel;
    use super::super::sample::SampleFormat;
    use super::*;

    fn group(samples: u64) -> Group {
        let channel =
            |sensitivity, baseline| Channel { label: "I".into(), unit: "uV".into(), sensitivity, baseline, skew: 0.0 };
        Group {
            label: String::new(),
            frequency: 500.0,
            samples,
            declared: samples,
            interleaved: 2,
            channels: vec![channel(2.0, 1.0), channel(1.0, 0.0)],
            format: SampleFormat::new(16, "SS", false).expect("a format"),
            padding: Some(-32_768.0),
            data: 0..samples * 4,
        }
    }

    fn traces(group: &Group, numbers: &[i16], piece: usize) -> Vec<Trace> {
        let bytes: Vec<u8> = numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
        let mut gatherer = Gatherer::new(group);
        bytes.chunks(piece).for_each(|piece| gatherer.push(piece));
        gatherer.finish()
    }

    #[test]
    fn samples_are_told_apart_however_they_come() {
        let numbers = [1, 10, 2, 20, -32_768, 30, 4, 40];
        for piece in 1..17 {
            let traces = traces(&group(4), &numbers, piece);
            assert_eq!(traces[0].lines(), [vec![(0.0, 3.0), (1.0, 5.0)], vec![(3.0, 9.0)]], "{piece}");
            assert_eq!(traces[1].range(), Some((10.0, 40.0)));
        }
    }

    #[test]
    fn of_many_samples_the_extremes_are_kept() {
        let mut numbers = vec![0; 200_000];
        numbers[2 * 77_777] = 500;
        numbers[2 * 77_778] = -500;
        let traces = traces(&group(100_000), &numbers, 4096);
        assert_eq!(traces[0].range(), Some((-999.0, 1001.0)));
        assert_eq!(traces[0].stretches.len() as u64, STRETCHES);
        assert_eq!(traces[1].range(), Some((0.0, 0.0)));
    }

    #[test]
    fn a_channel_of_padding_has_no_line() {
        let traces = traces(&group(2), &[-32_768; 4], 8);
        assert_eq!((traces[0].range(), traces[0].lines().len()), (None, 0));
    }
}
