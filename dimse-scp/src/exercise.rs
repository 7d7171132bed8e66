//! Everything that is done with bytes of a peer of unknown origin before the archive is asked, and what must hold whatever they
//! are. The fuzz targets and the fuzz run of this repository both call it.

use std::time::Duration;

use data_set::{Reader, uids};
use dicom_ul::pdu::{
    AssociationRQ, Pdu, PresentationContextProposed, UserIdentity, UserIdentityType, UserVariableItem, read_pdu,
    write_pdu,
};
use tokio::io::AsyncWriteExt;
use tokio::runtime::{Builder, Runtime};

use crate::accept::acceptance;
use crate::association::{Association, Piece};
use crate::message::command_set::{DATA_SET, NO_DATA_SET, element};
use crate::message::{
    ActionRequest, CommandSet, CreateRequest, GetAttributesRequest, Message, MoveRequest, Response, SetRequest,
    StoreRequest, command_field,
};
use crate::preferences::Preferences;
use crate::testing::{association, p_data, pdu, value};
use crate::upper_layer::{Contexts, End, LARGEST, claim, max_length, parse_request};

/// A peer that says nothing more has been heard in this time: it has closed its end.
const PATIENCE: Duration = Duration::from_secs(5);

thread_local! {
    static RUNTIME: Runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
}

/// PDUs into messages, messages into commands and Identifiers, on an association that there is. Panics where a promise is
/// broken.
pub fn conversation(bytes: &[u8]) {
    RUNTIME.with(|runtime| runtime.block_on(hear(bytes)));
}

/// The same bytes as a command set, and as a query's Identifier. Panics where a promise is broken.
pub fn command_set(bytes: &[u8]) {
    if let Ok(command) = CommandSet::decode(bytes) {
        assert_eq!(CommandSet::decode(&command.encode()), Ok(command));
    }
    for transfer_syntax in [uids::EXPLICIT_VR_LITTLE_ENDIAN, uids::IMPLICIT_VR_LITTLE_ENDIAN] {
        let mut reader = Reader::of_data_set(transfer_syntax, data_set::Limits::default());
        if reader.push(bytes).is_ok()
            && let Ok(set) = reader.finish()
        {
            crate::service::read_identifier(&set);
        }
    }
}

/// An A-ASSOCIATE-RQ, and the A-ASSOCIATE-AC that it would get. Panics where a promise is broken.
pub fn association_request(bytes: &[u8]) {
    let Ok(request) = parse_request(bytes) else { return };
    let _ = (max_length(&request.user_variables), claim(&request.user_variables));
    let proposed = &request.presentation_contexts;
    let Ok((mut contexts, answers)) = Contexts::negotiate_by(proposed, &Preferences::default()) else { return };
    assert!(answers.iter().map(|answer| answer.id).eq(proposed.iter().map(|context| context.id)));
    contexts.agree(&request.user_variables);
    let ac = acceptance(&request, &contexts, answers, 16_384, true);
    let mut answer = Vec::new();
    // Not everything that a peer says can be repeated.
    if write_pdu(&mut answer, &Pdu::from(ac)).is_ok() {
        let read = read_pdu(&answer[..], LARGEST, false);
        assert!(matches!(read, Ok(Some(Pdu::AssociationAC(_)))), "{read:?}");
    }
}

fn command(field: u16, id: u16, has_data_set: bool, more: &[(u16, &str)]) -> Vec<u8> {
    let mut command = CommandSet::default();
    command.set_number(element::COMMAND_FIELD, field);
    let about =
        if field == command_field::C_CANCEL_RQ { element::MESSAGE_ID_BEING_RESPONDED_TO } else { element::MESSAGE_ID };
    command.set_number(about, id);
    command.set_number(element::COMMAND_DATA_SET_TYPE, if has_data_set { DATA_SET } else { NO_DATA_SET });
    more.iter().for_each(|(element, text)| command.set_uid(*element, text));
    command.encode()
}

/// Conversations of well-behaved peers, by name.
pub fn conversations() -> Vec<(&'static str, Vec<u8>)> {
    let identifier = b"\x08\0\x05\0CS\x0a\0ISO_IR 192\x08\0\x52\0CS\x06\0STUDY \x10\0\x10\0PN\x02\0A*\x20\0\x0d\0UI\0\0\
        \x40\0\x75\x02SQ\0\0\xff\xff\xff\xff\xfe\xff\0\xe0\xff\xff\xff\xff\x40\0\x09\0SH\x02\0S1\xfe\xff\x0d\xe0\0\0\0\0\
        \xfe\xff\xdd\xe0\0\0\0\0";
    let (class, instance) = (element::AFFECTED_SOP_CLASS_UID, element::AFFECTED_SOP_INSTANCE_UID);
    let echo = command(command_field::C_ECHO_RQ, 1, false, &[(class, uids::VERIFICATION)]);
    let store = command(command_field::C_STORE_RQ, 2, true, &[(class, uids::CT_IMAGE_STORAGE), (instance, "1.2.3")]);
    let find = command(command_field::C_FIND_RQ, 3, true, &[(class, "1.2.840.10008.5.1.4.1.2.2.1")]);
    let cancel = command(command_field::C_CANCEL_RQ, 3, false, &[]);
    let action = command(command_field::N_ACTION_RQ, 4, true, &[(element::REQUESTED_SOP_CLASS_UID, "1.2")]);
    vec![
        ("echo", p_data(&[value(1, 3, &echo)])),
        (
            "echo_in_pieces_and_release",
            [p_data(&[value(1, 1, &echo[..20]), value(1, 3, &echo[20..])]), pdu(5, &[0; 4])].concat(),
        ),
        (
            "store",
            [
                p_data(&[value(3, 3, &store)]),
                p_data(&[value(3, 0, &identifier[..40])]),
                p_data(&[value(3, 2, &identifier[40..])]),
            ]
            .concat(),
        ),
        ("find_and_cancel", p_data(&[value(3, 3, &find), value(3, 2, identifier), value(3, 3, &cancel)])),
        ("action_and_abort", [p_data(&[value(3, 3, &action), value(3, 2, identifier)]), pdu(7, &[0; 4])].concat()),
    ]
}

/// A-ASSOCIATE-RQs of well-behaved peers, by name.
pub fn requests() -> Vec<(&'static str, Vec<u8>)> {
    let context = |id, class: &str, syntaxes: usize| PresentationContextProposed {
        id,
        abstract_syntax: class.to_owned(),
        transfer_syntaxes: (0..syntaxes).map(|number| format!("1.2.840.10008.1.2.4.{}", 50 + number)).collect(),
    };
    let request = |contexts: Vec<PresentationContextProposed>, more: Vec<UserVariableItem>| {
        let mut user_variables = vec![
            UserVariableItem::MaxLength(16_384),
            UserVariableItem::ImplementationClassUID("1.2.276.0.99.2".to_owned()),
            UserVariableItem::ImplementationVersionName("SEED".to_owned()),
        ];
        user_variables.extend(more);
        let request = AssociationRQ {
            protocol_version: 1,
            calling_ae_title: "TESTER".to_owned(),
            called_ae_title: "PACS".to_owned(),
            application_context_name: uids::DICOM_APPLICATION_CONTEXT.to_owned(),
            presentation_contexts: contexts,
            user_variables,
        };
        let mut bytes = Vec::new();
        write_pdu(&mut bytes, &Pdu::from(request)).expect("a PDU");
        bytes
    };
    let identity = UserIdentity::new(true, UserIdentityType::UsernamePassword, b"user".to_vec(), b"password".to_vec());
    let find = uids::STUDY_ROOT_QUERY_RETRIEVE_INFORMATION_MODEL_FIND;
    vec![
        ("verification", request(vec![context(1, uids::VERIFICATION, 1)], Vec::new())),
        (
            "identity",
            request(vec![context(1, uids::CT_IMAGE_STORAGE, 3)], vec![UserVariableItem::UserIdentityItem(identity)]),
        ),
        // Asynchronous operations window, role selection, extended negotiation (PS3.7 §D.3.3).
        (
            "negotiation",
            request(
                vec![context(1, find, 2), context(3, uids::CT_IMAGE_STORAGE, 2)],
                vec![
                    UserVariableItem::Unknown(0x53, vec![0, 8, 0, 4]),
                    UserVariableItem::Unknown(0x54, [&[0, 25], uids::CT_IMAGE_STORAGE.as_bytes(), &[1, 1]].concat()),
                    UserVariableItem::SopClassExtendedNegotiationSubItem(find.to_owned(), vec![1, 1, 1]),
                ],
            ),
        ),
        (
            "many",
            request((0..40).map(|number| context(2 * number + 1, uids::CT_IMAGE_STORAGE, 20)).collect(), Vec::new()),
        ),
    ]
}

/// What a peer that says these bytes and hangs up is heard to say.
pub(crate) async fn hear(bytes: &[u8]) {
    let (mut peer, mut association) = association().await;
    let saying = async {
        // A server that has closed takes no more.
        let _ = peer.write_all(bytes).await;
        let _ = peer.shutdown().await;
    };
    let hearing = async {
        while let Ok(message) = association.receive().await {
            if answer(&mut association, &message).await.is_err() {
                break;
            }
        }
    };
    let both = async { tokio::join!(saying, hearing) };
    tokio::time::timeout(PATIENCE, both).await.expect("an end");
}

/// Everything that is done with a message before the archive is asked.
async fn answer(association: &mut Association, message: &Message) -> Result<(), End> {
    let _ = StoreRequest::try_from(message);
    let _ = MoveRequest::try_from(message);
    let _ = ActionRequest::try_from(message);
    let _ = CreateRequest::try_from(message);
    let _ = SetRequest::try_from(message);
    let _ = GetAttributesRequest::try_from(message);
    assert_eq!(CommandSet::decode(&message.command.encode()).as_ref(), Ok(&message.command));
    match message.id % 2 {
        0 => while let Piece::Bytes(_) = association.data().await? {},
        _ => {
            let _ = association.is_cancelled(message).await?;
            if let Ok(set) = association.data_set(message).await? {
                crate::service::read_identifier(&set);
            }
        }
    }
    let _ = association.is_cancelled(message).await?;
    association.respond(message, &Response::to(message, 0).comment("heard")).await
}
