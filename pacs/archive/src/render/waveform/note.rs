//! What was said of a waveform (Waveform Annotation Module, PS3.3 §C.10.10): findings in words, and measurements.

use data_set::{Item, tags};

/// Most notes that are looked at, and longest one, in characters.
const NOTES: usize = 64;
const LONGEST: usize = 120;

/// Notes on the waveform as a whole; those on a moment of it are left out.
pub(super) fn read(root: &Item<'_>) -> Vec<String> {
    let notes = root.items_of(tags::WAVEFORM_ANNOTATION_SEQUENCE).take(NOTES * 16);
    let whole = notes.filter(|note| note.get(tags::TEMPORAL_RANGE_TYPE).is_none());
    whole.filter_map(|note| words(&note)).map(|words| words.chars().take(LONGEST).collect()).take(NOTES).collect()
}

fn words(note: &Item<'_>) -> Option<String> {
    let text = |item: &Item<'_>, tag| item.text(tag).map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
    let code = |sequence, tag| text(&note.items_of(sequence).next()?, tag);
    if let Some(words) = text(note, tags::UNFORMATTED_TEXT_VALUE) {
        return Some(words.split_whitespace().collect::<Vec<_>>().join(" "));
    }
    let name = code(tags::CONCEPT_NAME_CODE_SEQUENCE, tags::CODE_MEANING);
    let value = match text(note, tags::NUMERIC_VALUE) {
        Some(number) => {
            let unit = code(tags::MEASUREMENT_UNITS_CODE_SEQUENCE, tags::CODE_VALUE).unwrap_or_default();
            Some(format!("{number} {unit}").trim_end().to_owned())
        }
        None => code(tags::CONCEPT_CODE_SEQUENCE, tags::CODE_MEANING),
    };
    match (name, value) {
        (Some(name), Some(value)) => Some(format!("{name}: {value}")),
        (name, value) => name.or(value),
    }
}
