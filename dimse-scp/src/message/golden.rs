//! Command sets byte by byte as pynetdicom writes them (`tests/clients/golden.py`): we read each of them, write what we read as
//! it was, and write our own messages with the same content in the same bytes.

use std::sync::Arc;

use data_set::uids;
use tokio::io::AsyncWriteExt;

use super::command_set::{NO_DATA_SET, element};
use super::{
    ActionRequest, CommandSet, CreateRequest, GetAttributesRequest, Message, MoveRequest, Request, Response,
    SetRequest, StoreRequest, SubOperations, command_field,
};
use crate::service::Service;
use crate::testing::{association, p_data, value};
use crate::upper_layer::Context;

const CT: &str = uids::CT_IMAGE_STORAGE;
const INSTANCE: &str = "1.2.392.200036.9116.2.2.2.1762893313.1029997326.945873";
const MPPS: &str = "1.2.840.10008.3.1.2.3.3";
const COMMITMENT: &str = "1.2.840.10008.1.20.1";
const COMMITMENT_INSTANCE: &str = "1.2.840.10008.1.20.1.1";

fn all() -> Vec<(&'static str, Vec<u8>)> {
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
    let line = |line: &'static str| {
        let (name, digits) = line.split_once('\t').unwrap();
        (name, digits.as_bytes().chunks(2).map(byte).collect())
    };
    include_str!("golden.tsv").lines().map(line).collect()
}

fn golden(name: &str) -> Vec<u8> {
    all().into_iter().find(|(known, _)| *known == name).unwrap().1
}

/// The request of this name, had it come with Message ID `id`.
fn request(name: &str, id: u16) -> Message {
    let command = CommandSet::decode(&golden(name)).unwrap();
    let context = Context {
        id: 1,
        abstract_syntax: CT.into(),
        transfer_syntax: uids::IMPLICIT_VR_LITTLE_ENDIAN.into(),
        service: Service::Storage,
    };
    let field = command.number(element::COMMAND_FIELD).unwrap();
    let has_data_set = command.number(element::COMMAND_DATA_SET_TYPE) != Some(NO_DATA_SET);
    Message { context: Arc::new(context), field, id, has_data_set, command }
}

#[tokio::test]
async fn every_message_is_heard_and_written_as_it_came() {
    for (name, bytes) in all() {
        let (mut peer, mut association) = association().await;
        peer.write_all(&p_data(&[value(3, 3, &bytes)])).await.unwrap();
        let message = association.receive().await.unwrap();
        assert_eq!(message.command.encode(), bytes, "{name}");
        let is_about_another = name.ends_with("RSP") || name == "C_CANCEL_RQ";
        let expected = match name {
            "C_ECHO_RSP" => 8,
            _ if is_about_another => 5,
            _ => 7,
        };
        assert_eq!(message.id, expected, "{name}");
        assert_eq!(message.field & command_field::RESPONSE != 0, name.ends_with("RSP"), "{name}");
        assert_eq!(message.status().is_some(), name.ends_with("RSP"), "{name}");
    }
}

#[test]
fn requests_say_what_they_ask_for() {
    let both = |class: &str, instance: &str| (class.to_owned(), instance.to_owned());
    let store = StoreRequest::try_from(&request("C_STORE_RQ", 7)).unwrap();
    assert_eq!((store.sop_class_uid, store.sop_instance_uid), both(CT, INSTANCE));
    assert_eq!(MoveRequest::try_from(&request("C_MOVE_RQ", 7)).unwrap().destination, "MOVE_SCP");
    let get = GetAttributesRequest::try_from(&request("N_GET_RQ", 7)).unwrap();
    assert_eq!((get.sop_class_uid, get.sop_instance_uid), both("1.2.840.10008.3.1.2.3.4", INSTANCE));
    assert_eq!(get.attributes, [(0x0040, 0x0252), (0x0040, 0x0340)]);
    let set = SetRequest::try_from(&request("N_SET_RQ", 7)).unwrap();
    assert_eq!((set.sop_class_uid, set.sop_instance_uid), both(MPPS, INSTANCE));
    let action = ActionRequest::try_from(&request("N_ACTION_RQ", 7)).unwrap();
    assert_eq!((action.sop_class_uid, action.sop_instance_uid), both(COMMITMENT, COMMITMENT_INSTANCE));
    assert_eq!(action.action_type, 1);
    let create = CreateRequest::try_from(&request("N_CREATE_RQ", 7)).unwrap();
    assert_eq!((create.sop_class_uid, create.sop_instance_uid), (MPPS.to_owned(), Some(INSTANCE.to_owned())));
    let announced = ["C_STORE_RQ", "C_FIND_RQ", "C_GET_RQ", "C_MOVE_RQ", "N_SET_RQ", "N_ACTION_RQ", "N_CREATE_RQ"];
    assert!(announced.iter().all(|name| request(name, 7).has_data_set));
    assert!(!["C_ECHO_RQ", "C_CANCEL_RQ", "N_GET_RQ"].iter().any(|name| request(name, 7).has_data_set));
}

#[test]
fn our_requests_are_the_same_bytes() {
    assert_eq!(Request::c_echo(uids::VERIFICATION).encode(7), golden("C_ECHO_RQ"));
    let store = Request::c_store(CT, INSTANCE).on_behalf_of("UNITTEST", 3);
    assert_eq!(store.encode_with_data_set(7), golden("C_STORE_RQ"));
    let report = Request::n_event_report(COMMITMENT, COMMITMENT_INSTANCE, 2);
    assert_eq!(report.encode_with_data_set(7), golden("N_EVENT_REPORT_RQ"));
}

#[test]
fn our_responses_are_the_same_bytes() {
    let to = |name, id, status| Response::to(&request(name, id), status);
    assert_eq!(to("C_ECHO_RQ", 8, 0).encode(), golden("C_ECHO_RSP"));
    assert_eq!(to("C_STORE_RQ", 5, 0xA700).comment("no room").encode(), golden("C_STORE_RSP"));
    assert_eq!(to("C_FIND_RQ", 5, 0xFF00).encode_with_data_set(), golden("C_FIND_RSP"));
    let under_way = SubOperations { remaining: Some(3), completed: 1, failed: 2, warning: 4 };
    assert_eq!(to("C_GET_RQ", 5, 0xFF00).sub_operations(&under_way).encode(), golden("C_GET_RSP"));
    let over = SubOperations { remaining: None, completed: 1, failed: 2, warning: 0 };
    assert_eq!(to("C_MOVE_RQ", 5, 0xB000).sub_operations(&over).encode_with_data_set(), golden("C_MOVE_RSP"));
    assert_eq!(to("N_SET_RQ", 5, 0x0110).number(element::ERROR_ID, 0xA710).encode(), golden("N_SET_RSP"));
    assert_eq!(to("N_CREATE_RQ", 5, 0).encode(), golden("N_CREATE_RSP"));
}
