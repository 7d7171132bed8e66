use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::*;
use crate::testing::{association, p_data, pdu, value};

const COMMAND: u8 = 1;
const LAST: u8 = 2;

/// A command set with a Command Field, Message ID 7 and Command Data Set Type.
fn command(field: u16, data_set_type: u16) -> Vec<u8> {
    let mut command = CommandSet::default();
    command.set_number(element::COMMAND_FIELD, field);
    command.set_number(element::MESSAGE_ID, 7);
    command.set_number(element::COMMAND_DATA_SET_TYPE, data_set_type);
    command.encode()
}

fn store(data_set: &[Vec<u8>]) -> Vec<u8> {
    let head = p_data(&[value(3, COMMAND | LAST, &command(command_field::C_STORE_RQ, 1))]);
    data_set.iter().fold(head, |all, value| [all, p_data(std::slice::from_ref(value))].concat())
}

async fn after(bytes: &[u8]) -> (tokio::net::TcpStream, Association) {
    let (mut peer, association) = association().await;
    peer.write_all(bytes).await.unwrap();
    (peer, association)
}

async fn end_of(bytes: &[u8]) -> End {
    let (_peer, mut association) = after(bytes).await;
    loop {
        if let Err(end) = association.receive().await {
            return end;
        }
    }
}

async fn collect(association: &mut Association) -> Result<(Vec<u8>, bool), End> {
    let mut all = Vec::new();
    loop {
        match association.data().await? {
            Piece::Bytes(bytes) => all.extend_from_slice(&bytes),
            Piece::End => return Ok((all, true)),
            Piece::Missing => return Ok((all, false)),
        }
    }
}

#[tokio::test]
async fn gives_the_command_then_the_data_set() {
    let (_peer, mut association) = after(&store(&[value(3, 0, b"data "), value(3, LAST, b"set")])).await;
    let message = association.receive().await.unwrap();
    assert_eq!((message.field, message.id, message.has_data_set), (command_field::C_STORE_RQ, 7, true));
    assert_eq!(message.context.transfer_syntax, "1.2.840.10008.1.2.1");
    assert_eq!(collect(&mut association).await.unwrap(), (b"data set".to_vec(), true));
}

#[tokio::test]
async fn puts_a_command_together_that_is_split_anywhere() {
    let whole = command(command_field::C_ECHO_RQ, NO_DATA_SET);
    for at in 0..whole.len() {
        let (first, second) = whole.split_at(at);
        let (_peer, mut association) =
            after(&[p_data(&[value(1, COMMAND, first)]), p_data(&[value(1, COMMAND | LAST, second)])].concat()).await;
        assert_eq!(association.receive().await.unwrap().id, 7);
    }
}

#[tokio::test]
async fn drops_the_rest_of_a_data_set_before_the_next_message() {
    let bytes = [
        store(&[value(3, 0, &[1; 900]), value(3, 0, &[2; 900]), value(3, LAST, b"")]),
        p_data(&[value(1, COMMAND | LAST, &command(command_field::C_ECHO_RQ, NO_DATA_SET))]),
    ];
    let (_peer, mut association) = after(&bytes.concat()).await;
    assert_eq!(association.receive().await.unwrap().field, command_field::C_STORE_RQ);
    assert_eq!(association.receive().await.unwrap().field, command_field::C_ECHO_RQ);
}

#[tokio::test]
async fn says_when_the_next_command_comes_instead_of_the_data_set() {
    let echo = p_data(&[value(1, COMMAND | LAST, &command(command_field::C_ECHO_RQ, NO_DATA_SET))]);
    let (_peer, mut association) = after(&[store(&[value(3, 0, b"half")]), echo].concat()).await;
    association.receive().await.unwrap();
    assert_eq!(collect(&mut association).await.unwrap(), (b"half".to_vec(), false));
    assert_eq!(association.receive().await.unwrap().field, command_field::C_ECHO_RQ);
}

#[tokio::test]
async fn aborts_on_messages_out_of_order() {
    let echo = command(command_field::C_ECHO_RQ, NO_DATA_SET);
    for bytes in [
        p_data(&[value(3, LAST, b"a data set that nobody announced")]),
        store(&[value(1, LAST, b"in another context")]),
        p_data(&[value(1, COMMAND, &echo[..9]), value(3, COMMAND | LAST, &echo[9..])]),
        p_data(&[value(5, COMMAND | LAST, &echo)]),
        p_data(&[value(1, COMMAND | LAST, b"not a command set")]),
        p_data(&[value(1, COMMAND | LAST, b"")]),
    ] {
        assert!(matches!(end_of(&bytes).await, End::Protocol(..)), "{bytes:?}");
    }
}

#[tokio::test]
async fn aborts_on_a_command_set_without_end() {
    let part = p_data(&[value(1, COMMAND, &[0; 1000])]);
    let bytes = part.repeat(LARGEST_COMMAND / 1000 + 1);
    assert!(matches!(end_of(&bytes).await, End::Protocol(..)));
}

#[tokio::test]
async fn confirms_a_release_and_says_why_it_aborts() {
    for (end, expected) in [
        (End::Released, Some(pdu(6, &[0; 4]))),
        (End::Protocol(AbortReason::UnrecognizedPdu, ""), Some(pdu(7, &[0, 0, 2, 1]))),
        (End::Stopping, Some(pdu(7, &[0, 0, 0, 0]))),
        (End::Aborted, None),
    ] {
        let (mut peer, association) = association().await;
        let (mut read, mut write) = peer.split();
        let mut bytes = Vec::new();
        let (_, result) = tokio::join!(association.close(&end), async {
            let result = read.read_to_end(&mut bytes).await;
            write.shutdown().await.unwrap();
            result
        });
        result.unwrap();
        assert_eq!(bytes, expected.unwrap_or_default(), "{end:?}");
    }
}
