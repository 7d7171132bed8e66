//! What is written onto a picture on request (PS3.18 §8.3.5.1.1, query parameter `annotation`): whose it is, how it was made.

use compute::{Picture, text};
use data_set::{Item, Tag, tags};

const WHITE: [u8; 3] = [255; 3];

/// What is to be written onto a picture.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Annotation {
    /// Name, identifier, birth date and sex of the patient, above.
    pub patient: bool,
    /// Technique of the image, below.
    pub technique: bool,
}

/// The words for an image.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct BurnIn {
    patient: Vec<String>,
    technique: Vec<String>,
}

impl BurnIn {
    pub(super) fn read(root: &Item<'_>) -> Self {
        let value = |tag: Tag| root.text(tag).filter(|text| !text.is_empty());
        let name = value(tags::PATIENT_NAME).map(|name| readable(&name));
        let born = [value(tags::PATIENT_BIRTH_DATE), value(tags::PATIENT_SEX)];
        let born: Vec<&str> = born.iter().flatten().map(AsRef::as_ref).collect();
        let patient = [name, value(tags::PATIENT_ID).map(|id| id.into_owned()), Some(born.join(" "))];
        let kind = [tags::MODALITY, tags::SERIES_DESCRIPTION, tags::STUDY_DATE].map(value);
        let kind: Vec<&str> = kind.iter().flatten().map(AsRef::as_ref).collect();
        let numbers = [
            (tags::KVP, "kV"),
            (tags::X_RAY_TUBE_CURRENT, "mA"),
            (tags::EXPOSURE, "mAs"),
            (tags::REPETITION_TIME, "ms TR"),
            (tags::ECHO_TIME, "ms TE"),
            (tags::SLICE_THICKNESS, "mm"),
        ];
        let numbers = numbers.map(|(tag, unit)| root.floats(tag).first().map(|number| format!("{number} {unit}")));
        let numbers: Vec<String> = numbers.into_iter().flatten().collect();
        let filled = |line: &String| !line.is_empty();
        Self {
            patient: patient.into_iter().flatten().filter(filled).collect(),
            technique: [kind.join(" "), numbers.join("  ")].into_iter().filter(filled).collect(),
        }
    }

    /// What is wanted, for whoever has a place of its own for it.
    pub(super) fn lines(&self, wanted: Annotation) -> Vec<String> {
        let patient = self.patient.iter().filter(|_| wanted.patient);
        patient.chain(self.technique.iter().filter(|_| wanted.technique)).cloned().collect()
    }

    /// Writes what is wanted, as large as fits well.
    pub(crate) fn draw(&self, picture: &mut Picture, wanted: Annotation) {
        let size = text::size_for(picture);
        let (margin, line) = (i64::from(size / 3), i64::from(text::line(size)));
        if wanted.patient {
            for (number, words) in (0..).zip(&self.patient) {
                text::write(picture, (margin, margin + number * line), words, size, WHITE);
            }
        }
        if wanted.technique {
            let first = i64::from(picture.height) - margin - line * self.technique.len() as i64;
            for (number, words) in (0..).zip(&self.technique) {
                text::write(picture, (margin, first + number * line), words, size, WHITE);
            }
        }
    }
}

/// A name for people (PS3.5 §6.2.1): its representations one after the other, family name first.
fn readable(name: &str) -> String {
    let representation = |letters: &str| {
        let letters = letters.trim_matches(['^', ' ']);
        letters.replacen('^', ", ", 1).replace('^', " ")
    };
    let all: Vec<String> = name.split('=').map(representation).filter(|letters| !letters.is_empty()).collect();
    all.join("  ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_written_in_all_their_representations() {
        assert_eq!(readable("Quaestor^Ada^B^^"), "Quaestor, Ada B");
        assert_eq!(readable("Yamada^Tarou=山田^太郎=やまだ^たろう"), "Yamada, Tarou  山田, 太郎  やまだ, たろう");
        assert_eq!(readable("=山田^太郎"), "山田, 太郎");
        assert_eq!(readable("^=="), "");
    }

    #[test]
    fn what_is_wanted_is_written_above_and_below() {
        let words = BurnIn { patient: vec!["A".into()], technique: vec!["B".into()] };
        let drawn = |patient, technique| {
            let mut picture = Picture { width: 40, height: 40, channels: 1, samples: vec![7; 1600] };
            words.draw(&mut picture, Annotation { patient, technique });
            [&picture.samples[..800], &picture.samples[800..]].map(|half| half.contains(&255))
        };
        assert_eq!(drawn(false, false), [false, false]);
        assert_eq!(drawn(true, false), [true, false]);
        assert_eq!(drawn(false, true), [false, true]);
    }
}
