//! The Standard's dictionary, with what the tables say of each attribute: it is asked for every element of every object.

use std::cell::RefCell;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use dicom_core::Tag;
use dicom_core::dictionary::{DataDictionary, DataDictionaryEntry};
use dicom_dictionary_std::StandardDataDictionary;

use super::{Attribute, instance_level, table};

thread_local! {
    /// Answers of [`look_up`]; no more than the dictionary has entries.
    static KNOWN: RefCell<HashMap<u32, Attribute, BuildHasherDefault<ByTag>>> = RefCell::default();
}

/// The attribute of [`super::TABLE`] or else of the dictionary.
pub(super) fn by_tag(tag: (u16, u16)) -> Option<Attribute> {
    let number = (u32::from(tag.0) << 16) | u32::from(tag.1);
    KNOWN.with_borrow_mut(|known| {
        if let Some(attribute) = known.get(&number) {
            return Some(*attribute);
        }
        let attribute = look_up(tag)?;
        known.insert(number, attribute);
        Some(attribute)
    })
}

fn look_up(tag: (u16, u16)) -> Option<Attribute> {
    if let Some(found) = table::by_tag(tag) {
        return Some(*found);
    }
    let entry = StandardDataDictionary.by_tag(Tag(tag.0, tag.1))?;
    Some(instance_level(tag, entry.alias, entry.vr().relaxed()))
}

/// Spreads tags over a hash table. Nobody can choose them so that they collide: they are those of the dictionary.
#[derive(Default)]
struct ByTag(u64);

impl Hasher for ByTag {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.write_u32(u32::from(*byte)));
    }

    fn write_u32(&mut self, number: u32) {
        self.0 = (self.0 ^ u64::from(number)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }
}
