//! What an image's attributes say of its place in the body.

use serde_json::Value;

use super::{Cells, Part, Side, named, part, union};

/// Per-Frame Functional Groups Sequence.
pub(crate) const PER_FRAME: &str = "52009230";
/// Frame Anatomy Sequence.
pub(crate) const FRAME_ANATOMY: &str = "00209071";
const SHARED: &str = "52009229";
const REGIONS: &str = "00082218";

/// What an image's attributes say of its place in the body: nothing known is the empty set.
///
/// `dicom` is DICOM JSON (PS3.18 Annex F) of the instance and its series together. Anatomic Region Sequence (0008,2218) goes
/// first, then that of Frame Anatomy Sequence (0020,9071) of all frames together (PS3.3 §C.7.6.16.2.8), then Body Part
/// Examined (0018,0015). The side is Frame Laterality (0020,9072) or Image Laterality (0020,0062), else the region's
/// modifier (0008,2220), else Laterality (0020,0060), else a word of Body Part Examined. A side is said of paired parts alone.
pub fn of_attributes(dicom: &Value) -> Cells {
    let image = text(dicom, "00200062").and_then(laterality);
    let series = text(dicom, "00200060").and_then(laterality);
    let whole = items(dicom, REGIONS).filter_map(|item| region(item, image, series));
    let of_frames = || anatomy(dicom).flat_map(move |anatomy| of_frame(anatomy, image, series));
    if let Some(cells) = together(whole).or_else(|| together(of_frames())) {
        return cells;
    }
    let Some(examined) = text(dicom, "00180015") else { return Cells::default() };
    match part(examined) {
        Some(part) => on_side(part, image.or(series).flatten()),
        None => named(examined).unwrap_or_default(),
    }
}

/// Whether an image says itself, or by what all its frames share, which region it shows.
pub(crate) fn says_region(dicom: &Value) -> bool {
    items(dicom, REGIONS).next().is_some() || groups(dicom, SHARED).next().is_some()
}

/// The Items of Frame Anatomy Sequence: what all frames share, and what each has.
fn anatomy(dicom: &Value) -> impl Iterator<Item = &Value> {
    groups(dicom, SHARED).chain(groups(dicom, PER_FRAME))
}

fn groups<'a>(dicom: &'a Value, tag: &str) -> impl Iterator<Item = &'a Value> {
    items(dicom, tag).flat_map(|group| items(group, FRAME_ANATOMY))
}

/// The side that is said somewhere: `Some(None)` is both.
type Said = Option<Option<Side>>;

fn of_frame(anatomy: &Value, image: Said, series: Said) -> impl Iterator<Item = Cells> {
    let own = text(anatomy, "00209072").and_then(laterality).or(image);
    items(anatomy, REGIONS).filter_map(move |item| region(item, own, series))
}

/// The cells of an Item of Anatomic Region Sequence.
fn region(item: &Value, image: Said, series: Said) -> Option<Cells> {
    let said = image.or_else(|| items(item, "00082220").find_map(modifier)).or(series);
    Some(on_side(part(text(item, "00080100")?)?, said.flatten()))
}

fn together(regions: impl Iterator<Item = Cells>) -> Option<Cells> {
    regions.reduce(|a, b| union(&a, &b))
}

fn on_side(part: &Part, side: Option<Side>) -> Cells {
    part.cells(side.filter(|_| part.paired))
}

/// R, L, or B for both; U (unpaired) and what is not defined say nothing.
fn laterality(value: &str) -> Said {
    match value {
        "R" => Some(Some(Side::Right)),
        "L" => Some(Some(Side::Left)),
        "B" => Some(None),
        _ => None,
    }
}

/// The side of a modifier of an anatomic region: SNOMED CT, or SNOMED-RT as it was.
fn modifier(item: &Value) -> Said {
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
