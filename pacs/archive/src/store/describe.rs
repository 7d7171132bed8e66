//! What is written down about an object: its rows in both databases.

use std::cell::RefCell;

use data_set::json::{self, Bulk, JsonOptions};
use data_set::{DataSet, Kind, Tag, VR, tags};
use schema::documents::{Documents, is_of_instance};
use schema::ingest::NewInstance;
use zstd::bulk::Compressor;

use super::StoreFailure;
use super::checks::Names;
use super::kind::kind;

/// Longest binary value within the metadata; longer ones have a URI.
const INLINE: u32 = 4096;
/// Available Transfer Syntax UID.
const AVAILABLE: Tag = Tag(0x0008, 0x3002);
/// zstd's fastest level that still halves JSON several times.
const COMPRESSION: i32 = 1;

/// Everything about an object that its bytes alone tell. The caller adds where it is stored.
pub(crate) fn describe(set: &DataSet, names: &Names) -> Result<NewInstance, StoreFailure> {
    let modality = set.root().raw_text(tags::MODALITY).unwrap_or_default();
    Ok(NewInstance {
        study_instance_uid: names.study.to_string(),
        series_instance_uid: names.series.to_string(),
        sop_instance_uid: names.instance.to_string(),
        sop_class_uid: names.sop_class.to_string(),
        transfer_syntax_uid: set.transfer_syntax.clone(),
        documents: documents(set)?,
        metadata: compressed_metadata(set)?,
        storage_node_id: 0,
        file_path: String::new(),
        file_size: 0,
        data_set_start: i64::try_from(set.data_set_start).map_err(|error| defect(&error))?,
        digest: Vec::new(),
        frame_index: set.frames.to_bytes(),
        frame_count: i32::try_from(set.frames.len()).unwrap_or(i32::MAX),
        kind: kind(names.sop_class.as_str(), modality, !set.frames.is_empty()),
    })
}

/// The metadata as the identity database keeps it.
pub(crate) fn compressed_metadata(set: &DataSet) -> Result<Vec<u8>, StoreFailure> {
    let json = metadata(set);
    COMPRESSOR.with_borrow_mut(|compressor| compressor.compress(&json)).map_err(|error| defect(&error))
}

thread_local! {
    /// Making a compressor takes longer than compressing a header.
    static COMPRESSOR: RefCell<Compressor<'static>> =
        RefCell::new(Compressor::new(COMPRESSION).expect("zstd has this level"));
}

/// The metadata (PS3.18 §F.2) with the transfer syntax that the object is available in, in its place by tag.
fn metadata(set: &DataSet) -> Vec<u8> {
    let part = |keep: &dyn Fn(Tag, VR) -> bool, out: &mut Vec<u8>| {
        json::write(set.root(), &JsonOptions { inline_limit: INLINE, bulk: Bulk::Mark, keep }, out);
    };
    let mut json = Vec::with_capacity(8 << 10);
    part(&|tag, _| tag < AVAILABLE, &mut json);
    json.pop();
    if json.len() > 1 {
        json.push(b',');
    }
    let syntax: String = set.transfer_syntax.chars().filter(|c| c.is_ascii_digit() || *c == '.').collect();
    json.extend_from_slice(format!(r#""00083002":{{"vr":"UI","Value":["{syntax}"]}}"#).as_bytes());
    let rest = json.len();
    part(&|tag, _| tag > AVAILABLE, &mut json);
    if json.len() > rest + 2 {
        json[rest] = b',';
    } else {
        json.remove(rest);
    }
    json
}

/// The attributes that can be searched. The frames' own functional groups are many and nobody looks for them.
fn documents(set: &DataSet) -> Result<Documents, StoreFailure> {
    let part = |own: bool| {
        let searched = |tag: Tag, vr: VR| tag != tags::PER_FRAME_FUNCTIONAL_GROUPS_SEQUENCE && !BINARY.contains(&vr);
        let keep = |tag: Tag, vr: VR| is_of_instance((tag.group(), tag.element())) == own && searched(tag, vr);
        let mut json = Vec::with_capacity(4 << 10);
        json::write(set.root(), &JsonOptions { inline_limit: 0, bulk: Bulk::Omit, keep: &keep }, &mut json);
        json
    };
    let mut documents = Documents::of(&part(true), part(false)).map_err(|error| defect(&error))?;
    for element in set.root().elements() {
        let is_kept = element.kind != Kind::Value || element.is_empty() || set.root().bytes(element).is_some();
        if element.tag == tags::PER_FRAME_FUNCTIONAL_GROUPS_SEQUENCE || !(is_kept || BINARY.contains(&element.vr)) {
            documents.leave_out((element.tag.group(), element.tag.element()), element.vr);
        }
    }
    Ok(documents)
}

/// VRs that nobody searches by value.
const BINARY: [VR; 7] = [VR::OB, VR::OD, VR::OF, VR::OL, VR::OV, VR::OW, VR::UN];

fn defect(error: &(dyn std::error::Error + 'static)) -> StoreFailure {
    tracing::error!(error, "an object cannot be described");
    StoreFailure::Processing
}
