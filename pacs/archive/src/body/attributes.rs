//! What an image's attributes say of its place in the body.

use serde_json::Value;

use super::{Cells, Part, Side, named, part, union};

/// What an image's attributes say of its place in the body: nothing known is the empty set.
///
/// `dicom` is DICOM JSON (PS3.18 Annex F) of the instance and its series together. Anatomic Region Sequence (0008,2218) goes
/// before Body Part Examined (0018,0015); the side is Image Laterality (0020,0062), else the region's modifier (0008,2220),
/// else Laterality (0020,0060), else a word of Body Part Examined. A side is said of paired parts alone.
pub fn of_attributes(dicom: &Value) -> Cells {
    let image = text(dicom, "00200062").and_then(laterality);
    let series = text(dicom, "00200060").and_then(laterality);
    let regions = items(dicom, "00082218").filter_map(|item| {
        let said = image.or_else(|| items(item, "00082220").find_map(modifier)).or(series);
        Some(on_side(part(text(item, "00080100")?)?, said.flatten()))
    });
    if let Some(cells) = regions.reduce(|a, b| union(&a, &b)) {
        return cells;
    }
    let Some(examined) = text(dicom, "00180015") else { return Cells::default() };
    match part(examined) {
        Some(part) => on_side(part, image.or(series).flatten()),
        None => named(examined).unwrap_or_default(),
    }
}

fn on_side(part: &Part, side: Option<Side>) -> Cells {
    part.cells(side.filter(|_| part.paired))
}

/// R, L, or B for both; U (unpaired) and what is not defined say nothing.
fn laterality(value: &str) -> Option<Option<Side>> {
    match value {
        "R" => Some(Some(Side::Right)),
        "L" => Some(Some(Side::Left)),
        "B" => Some(None),
        _ => None,
    }
}

/// The side of a modifier of an anatomic region: SNOMED CT, or SNOMED-RT as it was.
fn modifier(item: &Value) -> Option<Option<Side>> {
    match text(item, "00080100")? {
        "24028007" | "G-A100" => Some(Some(Side::Right)),
        "7771000" | "G-A101" => Some(Some(Side::Left)),
        "51440002" | "G-A102" => Some(None),
        _ => None,
    }
}

/// The first value of an attribute, without the spaces around it.
fn text<'a>(dicom: &'a Value, tag: &str) -> Option<&'a str> {
    dicom.get(tag)?.get("Value")?.get(0)?.as_str().map(str::trim).filter(|text| !text.is_empty())
}

/// The items of a sequence.
fn items<'a>(dicom: &'a Value, tag: &str) -> impl Iterator<Item = &'a Value> {
    dicom.get(tag).and_then(|attribute| attribute.get("Value")?.as_array()).into_iter().flatten()
}
