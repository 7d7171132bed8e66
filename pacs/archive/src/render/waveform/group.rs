//! A multiplex group: channels that were sampled together (Waveform Module, PS3.3 §C.10.9).

use std::ops::{Range, RangeInclusive};

use data_set::{Item, VR, tags};

use super::sample::SampleFormat;
use crate::Error;

/// Most groups, and most channels of all of them, that are drawn.
const GROUPS: usize = 16;
const CHANNELS: usize = 64;

/// Most channels that a group may say it has, and most bytes of its samples that are read: what comes later is left out.
const DECLARED: i64 = 4096;
const LONGEST: u64 = 256 << 20;

/// Samples of a second that can be.
const FREQUENCIES: RangeInclusive<f64> = 1e-9..=1e9;

/// One multiplex group.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Group {
    /// Multiplex Group Label; may be empty.
    pub(super) label: String,
    /// Samples of a channel in a second.
    pub(super) frequency: f64,
    /// Samples of each channel that are drawn, and how many it has.
    pub(super) samples: u64,
    pub(super) declared: u64,
    /// Channels whose samples lie one after the other.
    pub(super) interleaved: usize,
    /// The first of them, which are drawn.
    pub(super) channels: Vec<Channel>,
    pub(super) format: SampleFormat,
    /// A sample that is none.
    pub(super) padding: Option<f64>,
    /// Where the samples lie that are drawn.
    pub(super) data: Range<u64>,
}

/// A channel (PS3.3 §C.10.9.1.4).
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Channel {
    /// Channel Label, else the meaning of its source.
    pub(super) label: String,
    /// Unit (UCUM), empty when it is not told.
    pub(super) unit: String,
    /// What one step of a sample is, corrected.
    pub(super) sensitivity: f64,
    /// What a sample of 0 is.
    pub(super) baseline: f64,
    /// Seconds by which its samples are later than those of the group.
    pub(super) skew: f64,
}

impl Group {
    /// The groups that have samples.
    pub(super) fn read_all(root: &Item<'_>) -> Result<Vec<Self>, Error> {
        let mut groups = Vec::new();
        let mut room = CHANNELS;
        for item in root.items_of(tags::WAVEFORM_SEQUENCE).take(GROUPS) {
            if room > 0
                && let Some(group) = Self::read(&item, room)?
            {
                room -= group.channels.len();
                groups.push(group);
            }
        }
        Ok(groups)
    }

    /// `None` when there are no samples.
    fn read(item: &Item<'_>, room: usize) -> Result<Option<Self>, Error> {
        let Some(data) = item.get(tags::WAVEFORM_DATA) else { return Ok(None) };
        let interpretation = item.raw_text(tags::WAVEFORM_SAMPLE_INTERPRETATION).unwrap_or_default();
        let bits = item.int(tags::WAVEFORM_BITS_ALLOCATED).unwrap_or(0);
        let swapped = data.big_endian && data.vr == VR::OW;
        let format = SampleFormat::new(bits, interpretation, swapped)?;
        let interleaved = item.int(tags::NUMBER_OF_WAVEFORM_CHANNELS).filter(|count| (1..=DECLARED).contains(count));
        let interleaved = interleaved.ok_or_else(|| {
            Error::Damaged(format!("a waveform says no number of channels from 1 to {DECLARED} (003A,0005)"))
        })? as usize;
        let frequency = item.floats(tags::SAMPLING_FREQUENCY).first().copied().unwrap_or(0.0);
        if !FREQUENCIES.contains(&frequency) {
            let words = "a waveform says no Sampling Frequency (003A,001A) between a nanohertz and a gigahertz";
            return Err(Error::Damaged(words.into()));
        }
        let step = (interleaved * format.bytes()) as u64;
        let whole = (data.value.end - data.value.start) / step;
        let declared = item.int(tags::NUMBER_OF_WAVEFORM_SAMPLES).and_then(|count| u64::try_from(count).ok());
        let declared = declared.unwrap_or(whole);
        let samples = declared.min(whole).min(LONGEST / step);
        let definitions: Vec<Item<'_>> = item.items_of(tags::CHANNEL_DEFINITION_SEQUENCE).take(room).collect();
        let channel = |place: usize| Channel::read(definitions.get(place), place, frequency);
        Ok((samples > 0).then(|| Self {
            label: item.text(tags::MULTIPLEX_GROUP_LABEL).unwrap_or_default().into_owned(),
            frequency,
            samples,
            declared,
            interleaved,
            channels: (0..interleaved.min(room)).map(channel).collect(),
            padding: item
                .get(tags::WAVEFORM_PADDING_VALUE)
                .and_then(|element| format.numbers(item.bytes(element)?).next()),
            format,
            data: data.value.start..data.value.start + samples * step,
        }))
    }

    /// Seconds that are drawn.
    pub(super) fn duration(&self) -> f64 {
        self.samples as f64 / self.frequency
    }
}

impl Channel {
    fn read(definition: Option<&Item<'_>>, place: usize, frequency: f64) -> Self {
        let text = |tag| definition.and_then(|item| item.text(tag)).filter(|text| !text.is_empty());
        let number =
            |tag| definition.and_then(|item| item.floats(tag).first().copied()).filter(|value| value.is_finite());
        let code = |sequence, tag| {
            let code = definition?.items_of(sequence).next()?;
            code.text(tag).map(|text| text.into_owned()).filter(|text| !text.is_empty())
        };
        let source = || code(tags::CHANNEL_SOURCE_SEQUENCE, tags::CODE_MEANING);
        let skew = number(tags::CHANNEL_TIME_SKEW);
        let sensitivity = number(tags::CHANNEL_SENSITIVITY).filter(|step| *step != 0.0);
        let correction = number(tags::CHANNEL_SENSITIVITY_CORRECTION_FACTOR).filter(|factor| *factor != 0.0);
        Self {
            label: text(tags::CHANNEL_LABEL)
                .map(|label| label.into_owned())
                .or_else(source)
                .unwrap_or_else(|| format!("Channel {}", place + 1)),
            unit: code(tags::CHANNEL_SENSITIVITY_UNITS_SEQUENCE, tags::CODE_VALUE).unwrap_or_default(),
            // A correction without a sensitivity corrects nothing.
            sensitivity: sensitivity.map_or(1.0, |step| step * correction.unwrap_or(1.0)),
            baseline: number(tags::CHANNEL_BASELINE).unwrap_or(0.0),
            skew: skew.or_else(|| Some(number(tags::CHANNEL_SAMPLE_SKEW)? / frequency)).unwrap_or(0.0),
        }
    }

    /// What a sample measures.
    pub(super) fn value(&self, sample: f64) -> f64 {
        sample * self.sensitivity + self.baseline
    }

    /// Millivolts in a unit; `None` when it is no voltage.
    pub(super) fn millivolts(&self) -> Option<f64> {
        match self.unit.as_str() {
            "nV" => Some(1e-6),
            "uV" => Some(1e-3),
            "mV" => Some(1.0),
            "V" => Some(1e3),
            _ => None,
        }
    }
}
