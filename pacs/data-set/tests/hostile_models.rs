//! The readers of the JSON and XML models are given what nobody would write: they refuse or read it, within their limits.

mod objects;
mod way_back;

use data_set::json::{self, Bulk, JsonOptions};
use data_set::model::{self, Attribute, Content, ModelError, Value};
use data_set::{Tag, VR, explicit};
use objects::seeds::seeds;
use proptest::collection::vec;
use proptest::prelude::*;
use way_back::to_bytes;

/// JSON and XML of every seed.
fn texts() -> (Vec<Vec<u8>>, Vec<Vec<u8>>) {
    let sets = seeds().into_iter().filter_map(|(_, bytes)| data_set::read(&bytes).ok());
    let jsons: Vec<Vec<u8>> = sets
        .map(|set| {
            let mut out = Vec::new();
            json::write(set.root(), &JsonOptions { inline_limit: 64, bulk: Bulk::Omit, keep: &|_, _| true }, &mut out);
            out
        })
        .collect();
    let xmls = jsons.iter().map(|json| model::to_xml(&model::from_json(json).expect("our JSON"))).collect();
    (jsons, xmls)
}

/// What is read can be written, and what is written can be read; words on errors are short.
fn exercise(read: Result<Vec<Attribute>, ModelError>) {
    let encoded = read.and_then(|attributes| {
        model::from_xml(&model::to_xml(&attributes)).ok();
        to_bytes(attributes)
    });
    match encoded {
        Ok(bytes) => {
            let _ = data_set::read(&[explicit::file_meta("1", "1", "1.2.840.10008.1.2.1", None), bytes].concat());
        }
        Err(error) => assert!(error.to_string().len() < 2000, "{error}"),
    }
}

/// A text with some of its bytes replaced, left out, or doubled.
fn damaged(text: &[u8], damages: &[(usize, u8, u8)]) -> Vec<u8> {
    let mut text = text.to_vec();
    for &(place, kind, byte) in damages {
        if text.is_empty() {
            break;
        }
        let place = place % text.len();
        match kind % 4 {
            0 => text[place] = byte,
            1 => drop(text.drain(place..(place + usize::from(byte)).min(text.len()))),
            2 => {
                let piece = text[place..(place + usize::from(byte)).min(text.len())].to_vec();
                text.splice(place..place, piece);
            }
            _ => text[place] = b"{}[]\",:<>/&;\\0e-"[usize::from(byte) % 16],
        }
    }
    text
}

/// A value of a VR, as it may come.
fn value(vr: VR) -> BoxedStrategy<Value> {
    match vr {
        VR::US => (0..=u16::MAX).prop_map(|n| Value::Number(n.to_string())).boxed(),
        VR::SL => any::<i32>().prop_map(|n| Value::Text(n.to_string())).boxed(),
        VR::UV => any::<u64>().prop_map(|n| Value::Number(n.to_string())).boxed(),
        VR::FD => any::<f64>().prop_map(|n| Value::Number(format!("{n}"))).boxed(),
        VR::AT => "[0-9A-F]{8}".prop_map(Value::Text).boxed(),
        VR::IS => "-?[1-9][0-9]{0,9}".prop_map(Value::Text).boxed(),
        VR::DS => (-1.0e9..1.0e9f64).prop_map(|n| Value::Number(format!("{n}"))).boxed(),
        VR::PN => "[^=\\\\\\s\\^\\pC]{1,8}"
            .prop_map(|group| Value::Name(Box::new([group, String::new(), "x".into()])))
            .boxed(),
        VR::LO | VR::UT => "[^\\\\\\s\\pC]{1,12}".prop_map(Value::Text).boxed(),
        _ => "[A-Z0-9]{1,8}".prop_map(Value::Text).boxed(),
    }
}

fn attribute() -> impl Strategy<Value = (u16, VR, Vec<Value>)> {
    let vrs = [VR::US, VR::SL, VR::UV, VR::FD, VR::AT, VR::IS, VR::DS, VR::PN, VR::LO, VR::UT, VR::CS];
    let any = (0x1000..0x1100u16, prop::sample::select(vrs.to_vec()));
    any.prop_flat_map(|(number, vr)| {
        let most = if vr == VR::UT { 2 } else { 4 };
        (Just(number), Just(vr), vec(value(vr), 1..most))
    })
}

fn data_set() -> impl Strategy<Value = Vec<Attribute>> {
    vec(attribute(), 0..8).prop_map(|attributes| {
        let all: std::collections::BTreeMap<u16, Attribute> = attributes
            .into_iter()
            .map(|(number, vr, values)| {
                (number, Attribute { tag: Tag(0x0011, number), vr, content: Content::Values(values) })
            })
            .collect();
        let creator = Content::Values(vec![Value::Text("MAKER".into())]);
        std::iter::once(Attribute { tag: Tag(0x0011, 0x10), vr: VR::LO, content: creator })
            .chain(all.into_values())
            .collect()
    })
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes in vec(any::<u8>(), 0..200)) {
        exercise(model::from_json(&bytes));
        exercise(model::from_xml(&bytes));
    }

    #[test]
    fn damaged_texts_are_read_or_refused(
        seed in any::<prop::sample::Index>(),
        damages in vec((any::<usize>(), any::<u8>(), any::<u8>()), 1..6),
    ) {
        let (jsons, xmls) = texts();
        exercise(model::from_json(&damaged(&jsons[seed.index(jsons.len())], &damages)));
        exercise(model::from_xml(&damaged(&xmls[seed.index(xmls.len())], &damages)));
    }

    #[test]
    fn what_is_encoded_says_in_json_and_xml_what_was_meant(attributes in data_set()) {
        let bytes = to_bytes(attributes.clone()).expect("values of their VRs");
        let back = model::from_xml(&model::to_xml(&attributes)).expect("our XML");
        prop_assert_eq!(&to_bytes(back).expect("values of their VRs"), &bytes);

        let file = [explicit::file_meta("1", "1", "1.2.840.10008.1.2.1", None), bytes.clone()].concat();
        let set = data_set::read(&file).expect("an object");
        let mut text = Vec::new();
        json::write(set.root(), &JsonOptions { inline_limit: 64, bulk: Bulk::Omit, keep: &|_, _| true }, &mut text);
        prop_assert_eq!(to_bytes(model::from_json(&text).expect("our JSON")).expect("values of their VRs"), bytes);
    }
}
