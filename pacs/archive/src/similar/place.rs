//! Where in the body an image lies, by its attributes.

use compute::similar::regions::Cells;
use data_set::{DataSet, json, tags};
use serde_json::{Value, json as value};

use crate::body::{self, FRAME_ANATOMY, PER_FRAME};
use crate::{Archive, Error, StoredInstance};

/// Longest value of an Item of Frame Anatomy Sequence that is looked at, in bytes: codes are far shorter.
const LONGEST: u32 = 1024;

/// The part of the body that an image shows by its attributes, and by those of its series, as DICOM JSON. What its frames say
/// one by one is read from the object where it is too long for the index.
///
/// # Errors
/// When the object cannot be read now; a damaged one says nothing.
pub(super) async fn of_attributes(
    archive: &Archive,
    instance: &StoredInstance,
    mut attributes: Value,
) -> Result<Cells, Error> {
    let are_told = attributes[PER_FRAME].get("Value").is_some();
    let is_apart = instance.frame_count > 1 && !are_told && !body::says_region(&attributes);
    if is_apart {
        match archive.header(instance).await {
            Ok(header) => attributes[PER_FRAME] = value!({ "Value": frames(&header) }),
            Err(error @ (Error::Unavailable(..) | Error::OutOfResources)) => return Err(error),
            Err(_) => {}
        }
    }
    Ok(body::of_attributes(&attributes))
}

/// The different Frame Anatomy Sequences of all frames, each as an Item of its functional groups.
fn frames(header: &DataSet) -> Vec<Value> {
    let mut different = Vec::new();
    for frame in header.root().items_of(tags::PER_FRAME_FUNCTIONAL_GROUPS_SEQUENCE) {
        for anatomy in frame.items_of(tags::FRAME_ANATOMY_SEQUENCE) {
            let Ok(item) = json::object(anatomy, LONGEST) else { continue };
            let group = value!({ FRAME_ANATOMY: { "Value": [item] } });
            if !different.contains(&group) {
                different.push(group);
            }
        }
    }
    different
}

#[cfg(test)]
mod tests {
    use super::*;

    fn element(tag: u32, vr: &str, value: &[u8]) -> Vec<u8> {
        let mut bytes = [((tag >> 16) as u16).to_le_bytes(), (tag as u16).to_le_bytes()].concat();
        bytes.extend_from_slice(vr.as_bytes());
        if vr == "SQ" {
            bytes.extend_from_slice(&[0, 0]);
            bytes.extend_from_slice(&(value.len() as u32).to_le_bytes());
        } else {
            bytes.extend_from_slice(&(value.len() as u16).to_le_bytes());
        }
        [bytes, value.to_vec()].concat()
    }

    fn sequence(tag: u32, items: &[Vec<u8>]) -> Vec<u8> {
        let item = |item: &Vec<u8>| [b"\xfe\xff\0\xe0", &(item.len() as u32).to_le_bytes()[..], item].concat();
        element(tag, "SQ", &items.iter().flat_map(item).collect::<Vec<_>>())
    }

    #[test]
    fn frames_that_say_the_same_are_one() {
        let frame = |number: u32| {
            let code = if number < 300 { "45048000" } else { "816094009 " };
            let code = element(0x0008_0100, "SH", code.as_bytes());
            sequence(0x0020_9071, &[sequence(0x0008_2218, &[code])])
        };
        let groups: Vec<_> = (0..500).map(frame).collect();
        let mut object = vec![0; 128];
        object.extend(b"DICM");
        let syntax = element(0x0002_0010, "UI", b"1.2.840.10008.1.2.1\0");
        object.extend(element(0x0002_0000, "UL", &(syntax.len() as u32).to_le_bytes()));
        object.extend(syntax);
        object.extend(sequence(0x5200_9230, &groups));
        let header = data_set::read(&object).expect("a data set");
        let found = frames(&header);
        assert_eq!(found.len(), 2);
        let cells = body::of_attributes(&value!({ PER_FRAME: { "Value": found } }));
        let named = |name| body::named(name).expect("a part");
        assert_eq!(cells, body::union(&named("neck"), &named("chest")));
    }
}
