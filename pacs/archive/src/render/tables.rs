//! Look-up tables of an object: Modality LUT, VOI LUT, palettes (PS3.3 §C.11.1, §C.11.2, §C.7.6.3.1.5, §C.7.9).

mod segmented;

use std::borrow::Cow;
use std::collections::HashMap;

use bytes::Bytes;
use compute::LookupTable;
use compute::palette::Palette;
use data_set::{DataSet, Element, Item, Kind, Tag, tags};

use crate::{Archive, Error, StoredInstance};

/// Longest value that a table can have: 65536 entries of 16 bits, with room for segments that are longer than that.
const LONGEST: u64 = 256 << 10;

/// Most values that are fetched for one object.
const MOST: usize = 32;

/// The elements that hold them.
const TABLES: [Tag; 9] = [
    tags::LUT_DATA,
    tags::RED_PALETTE_COLOR_LOOKUP_TABLE_DATA,
    tags::GREEN_PALETTE_COLOR_LOOKUP_TABLE_DATA,
    tags::BLUE_PALETTE_COLOR_LOOKUP_TABLE_DATA,
    tags::SEGMENTED_RED_PALETTE_COLOR_LOOKUP_TABLE_DATA,
    tags::SEGMENTED_GREEN_PALETTE_COLOR_LOOKUP_TABLE_DATA,
    tags::SEGMENTED_BLUE_PALETTE_COLOR_LOOKUP_TABLE_DATA,
    tags::ALPHA_PALETTE_COLOR_LOOKUP_TABLE_DATA,
    tags::SEGMENTED_ALPHA_PALETTE_COLOR_LOOKUP_TABLE_DATA,
];

/// Values of tables that were too long to be kept by the reader, by their position.
#[derive(Debug, Default)]
pub(crate) struct LongValues(HashMap<u64, Bytes>);

impl LongValues {
    /// Reads the values of tables that the reader did not keep.
    pub(crate) async fn fetch(archive: &Archive, instance: &StoredInstance, set: &DataSet) -> Result<Self, Error> {
        let root = set.root();
        let missing = set.elements.iter().filter(|element| {
            TABLES.contains(&element.tag)
                && element.kind == Kind::Value
                && root.bytes(element).is_none()
                && element.len() <= LONGEST
        });
        let mut values = HashMap::new();
        for element in missing.take(MOST) {
            let value = archive.bytes(instance, vec![element.value.clone()]).await?;
            values.insert(element.value.start, value);
        }
        Ok(Self(values))
    }

    /// The same of an object that is held whole.
    pub(crate) fn within(object: &Bytes, set: &DataSet) -> Self {
        let part = |element: &Element| {
            let range = usize::try_from(element.value.start).ok()?..usize::try_from(element.value.end).ok()?;
            let part = object.get(range).filter(|part| part.len() as u64 <= LONGEST)?;
            Some((element.value.start, object.slice_ref(part)))
        };
        let tables = set.elements.iter().filter(|element| TABLES.contains(&element.tag) && element.kind == Kind::Value);
        Self(tables.filter_map(part).take(MOST).collect())
    }

    fn bytes<'a>(&'a self, item: &Item<'a>, element: &Element) -> Option<&'a [u8]> {
        item.bytes(element).or_else(|| self.0.get(&element.value.start).map(|bytes| &bytes[..]))
    }
}

/// A number of VR `US or SS`: in implicit VR nothing but Pixel Representation tells which.
pub(super) fn as_signed(value: i64, signed: bool) -> i64 {
    if signed && (0x8000..=0xffff).contains(&value) { value - 0x1_0000 } else { value }
}

/// The Modality LUT.
pub(super) fn modality_table(root: &Item<'_>, signed: bool, long: &LongValues) -> Option<LookupTable> {
    let item = root.items_of(tags::MODALITY_LUT_SEQUENCE).next()?;
    table(&item, tags::LUT_DESCRIPTOR, tags::LUT_DATA, signed, long)
}

/// The first VOI LUT.
pub(super) fn voi_table(root: &Item<'_>, signed: bool, long: &LongValues) -> Option<LookupTable> {
    let item = root.items_of(tags::VOILUT_SEQUENCE).next()?;
    table(&item, tags::LUT_DESCRIPTOR, tags::LUT_DATA, signed, long)
}

/// The Presentation LUT of a presentation state.
pub(super) fn presentation_table(root: &Item<'_>, long: &LongValues) -> Option<LookupTable> {
    let item = root.items_of(tags::PRESENTATION_LUT_SEQUENCE).next()?;
    table(&item, tags::LUT_DESCRIPTOR, tags::LUT_DATA, false, long)
}

/// The palette; `None` unless all three tables are there.
pub(crate) fn palette(root: &Item<'_>, signed: bool, long: &LongValues) -> Option<Palette> {
    let channel = |descriptor, data, segments| {
        let mut table = table(root, descriptor, data, signed, long)
            .or_else(|| segmented_table(root, descriptor, segments, signed, long))?;
        // Some devices declare 16 bits and fill 8 of them.
        if table.entries.iter().all(|entry| *entry < 0x100) {
            table.bits = 8;
        }
        Some(table)
    };
    Some(Palette {
        red: channel(
            tags::RED_PALETTE_COLOR_LOOKUP_TABLE_DESCRIPTOR,
            tags::RED_PALETTE_COLOR_LOOKUP_TABLE_DATA,
            tags::SEGMENTED_RED_PALETTE_COLOR_LOOKUP_TABLE_DATA,
        )?,
        green: channel(
            tags::GREEN_PALETTE_COLOR_LOOKUP_TABLE_DESCRIPTOR,
            tags::GREEN_PALETTE_COLOR_LOOKUP_TABLE_DATA,
            tags::SEGMENTED_GREEN_PALETTE_COLOR_LOOKUP_TABLE_DATA,
        )?,
        blue: channel(
            tags::BLUE_PALETTE_COLOR_LOOKUP_TABLE_DESCRIPTOR,
            tags::BLUE_PALETTE_COLOR_LOOKUP_TABLE_DATA,
            tags::SEGMENTED_BLUE_PALETTE_COLOR_LOOKUP_TABLE_DATA,
        )?,
    })
}

/// How much of what is behind it each entry of a palette hides (Alpha Palette Color Lookup Table, PS3.3 §C.7.6.3.1.5).
pub(crate) fn alpha(root: &Item<'_>, long: &LongValues) -> Option<LookupTable> {
    let descriptor = tags::ALPHA_PALETTE_COLOR_LOOKUP_TABLE_DESCRIPTOR;
    table(root, descriptor, tags::ALPHA_PALETTE_COLOR_LOOKUP_TABLE_DATA, false, long).or_else(|| {
        segmented_table(root, descriptor, tags::SEGMENTED_ALPHA_PALETTE_COLOR_LOOKUP_TABLE_DATA, false, long)
    })
}

/// How much a colour counts, by the alphas of two (PS3.3 §C.11.27.4).
pub(crate) fn weights(item: &Item<'_>, long: &LongValues) -> Option<LookupTable> {
    table(item, tags::LUT_DESCRIPTOR, tags::LUT_DATA, false, long)
}

/// Number of entries, first number, bits of an entry (PS3.3 §C.11.1.1).
fn descriptor(item: &Item<'_>, tag: Tag, signed: bool) -> Option<(usize, i64, u16)> {
    let &[count, first, bits, ..] = item.ints(tag).as_slice() else { return None };
    let count = match count as u16 {
        0 => 0x1_0000,
        count => usize::from(count),
    };
    Some((count, as_signed(first, signed), (bits as u16).clamp(8, 16)))
}

fn table(item: &Item<'_>, describes: Tag, data: Tag, signed: bool, long: &LongValues) -> Option<LookupTable> {
    let (count, first, bits) = descriptor(item, describes, signed)?;
    let element = item.get(data)?;
    let bytes = long.bytes(item, element)?;
    // Entries of 8 bits may be packed, two in a word.
    let entries: Vec<u16> = if bits == 8 && bytes.len() < 2 * count {
        bytes.iter().take(count).map(|byte| u16::from(*byte)).collect()
    } else {
        words(bytes, element.big_endian).take(count).collect()
    };
    (!entries.is_empty()).then_some(LookupTable { first, entries, bits })
}

fn segmented_table(item: &Item<'_>, describes: Tag, data: Tag, signed: bool, long: &LongValues) -> Option<LookupTable> {
    let (count, first, bits) = descriptor(item, describes, signed)?;
    let element = item.get(data)?;
    let bytes = long.bytes(item, element)?;
    let cells: Cow<'_, [u16]> = if bits == 8 {
        bytes.iter().map(|byte| u16::from(*byte)).collect()
    } else {
        words(bytes, element.big_endian).collect()
    };
    let entries = segmented::expand(&cells, count);
    (!entries.is_empty()).then_some(LookupTable { first, entries, bits })
}

fn words(bytes: &[u8], big_endian: bool) -> impl Iterator<Item = u16> {
    bytes.chunks_exact(2).map(move |b| {
        let word = [b[0], b[1]];
        if big_endian { u16::from_be_bytes(word) } else { u16::from_le_bytes(word) }
    })
}
