use futures_util::StreamExt;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::*;
use crate::message::{Request, Response};
use crate::testing::{SILENCE, association, p_data, pdu, value};

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

fn cancel(id: u16) -> Vec<u8> {
    let mut command = CommandSet::default();
    command.set_number(element::COMMAND_FIELD, command_field::C_CANCEL_RQ);
    command.set_number(element::MESSAGE_ID_BEING_RESPONDED_TO, id);
    command.set_number(element::COMMAND_DATA_SET_TYPE, NO_DATA_SET);
    command.encode()
}

#[tokio::test]
async fn hears_a_cancel_for_the_message_that_is_being_answered() {
    let (mut peer, mut association) = after(&store(&[value(3, LAST, b"data set")])).await;
    let message = association.receive().await.unwrap();
    assert!(matches!(association.data().await.unwrap(), Piece::Bytes(_)));
    assert!(!association.is_cancelled(&message).await.unwrap());
    let other = p_data(&[value(3, COMMAND | LAST, &cancel(6))]);
    let whole = cancel(7);
    let (first, second) = whole.split_at(9);
    let split = [p_data(&[value(3, COMMAND, first)]), p_data(&[value(3, COMMAND | LAST, second)])];
    peer.write_all(&[other, split.concat()].concat()).await.unwrap();
    association.cancelled(&message).await.unwrap();
    assert!(association.is_cancelled(&message).await.unwrap());
}

#[tokio::test]
async fn keeps_a_next_request_that_came_while_it_listened_for_a_cancel() {
    let (mut peer, mut association) = after(&store(&[value(3, LAST, b"one")])).await;
    let message = association.receive().await.unwrap();
    peer.write_all(&store(&[value(3, LAST, b"two")])).await.unwrap();
    let listening = tokio::time::timeout(SILENCE * 2, association.cancelled(&message)).await;
    assert!(listening.is_err() && !association.is_cancelled(&message).await.unwrap());
    association.respond(&message, &Response::to(&message, 0)).await.unwrap();
    assert_eq!(association.receive().await.unwrap().field, command_field::C_STORE_RQ);
    assert_eq!(collect(&mut association).await.unwrap(), (b"two".to_vec(), true));
}

#[tokio::test]
async fn hears_that_the_peer_is_gone_while_it_answers() {
    for (bytes, released) in [(pdu(5, &[0; 4]), true), (pdu(7, &[0; 4]), false)] {
        let (mut peer, mut association) = after(&store(&[value(3, LAST, b"data set")])).await;
        let message = association.receive().await.unwrap();
        peer.write_all(&bytes).await.unwrap();
        let end = association.cancelled(&message).await.unwrap_err();
        assert!(if released { matches!(end, End::Released) } else { matches!(end, End::Aborted) });
    }
}

#[tokio::test]
async fn writes_many_responses_together() {
    let (mut peer, mut association) = after(&store(&[value(3, LAST, b"data set")])).await;
    let message = association.receive().await.unwrap();
    let pending = Response::to(&message, 0xFF00);
    for _ in 0..3 {
        association.respond_with(&message, &pending, b"match!").await.unwrap();
    }
    let mut byte = [0];
    assert!(tokio::time::timeout(SILENCE / 4, peer.read(&mut byte)).await.is_err(), "they wait");
    association.respond(&message, &Response::to(&message, 0)).await.unwrap();
    let one =
        [p_data(&[value(3, COMMAND | LAST, &pending.encode_with_data_set())]), p_data(&[value(3, LAST, b"match!")])];
    let all = [one.concat().repeat(3), p_data(&[value(3, COMMAND | LAST, &Response::to(&message, 0).encode())])];
    let mut bytes = vec![0; all.concat().len()];
    peer.read_exact(&mut bytes).await.unwrap();
    assert_eq!(bytes, all.concat());
}

#[tokio::test]
async fn asks_the_peer_and_hears_its_response_and_its_cancel() {
    let (mut peer, mut association) = after(&store(&[value(3, LAST, b"data set")])).await;
    let message = association.receive().await.unwrap();
    let pieces = ["some", "more"].map(|piece| Ok::<_, std::io::Error>(Bytes::from(piece)));
    let request = Request::c_store("1.2.840.10008.5.1.4.1.1.2", "1.2.3").on_behalf_of("MOVER", 7);
    let context = Arc::clone(&message.context);
    let id = association.request_with(&context, &request, futures_util::stream::iter(pieces)).await.unwrap();
    let sent = [
        p_data(&[value(3, COMMAND | LAST, &request.encode_with_data_set(id))]),
        p_data(&[value(3, 0, b"some")]),
        p_data(&[value(3, LAST, b"more")]),
    ];
    let mut bytes = vec![0; sent.concat().len()];
    peer.read_exact(&mut bytes).await.unwrap();
    assert_eq!(bytes, sent.concat());

    let mut response = CommandSet::default();
    response.set_number(element::COMMAND_FIELD, command_field::C_STORE_RQ | command_field::RESPONSE);
    response.set_number(element::MESSAGE_ID_BEING_RESPONDED_TO, id);
    response.set_number(element::STATUS, 0xB000);
    let said = [value(3, COMMAND | LAST, &cancel(7)), value(3, COMMAND | LAST, &response.encode())];
    peer.write_all(&p_data(&said)).await.unwrap();
    assert_eq!(association.response(id).await.unwrap().status(), Some(0xB000));
    assert!(association.is_cancelled(&message).await.unwrap());
}

#[tokio::test]
async fn ends_the_association_when_a_data_set_breaks_off() {
    let (_peer, mut association) = after(&store(&[value(3, LAST, b"data set")])).await;
    let message = association.receive().await.unwrap();
    let context = Arc::clone(&message.context);
    let pieces = futures_util::stream::iter([Ok(Bytes::from("half")), Err(std::io::Error::other("gone"))]);
    let sent = association.request_with(&context, &Request::c_store("1.2", "1.2.3"), pieces).await;
    assert!(matches!(sent, Err(End::Failed(_))));
}

#[tokio::test]
async fn sends_what_is_there_while_the_rest_is_waited_for() {
    let (mut peer, mut association) = after(&store(&[value(3, LAST, b"data set")])).await;
    let message = association.receive().await.unwrap();
    let context = Arc::clone(&message.context);
    let (sender, receiver) = tokio::sync::oneshot::channel::<Bytes>();
    let first = ["one ", "two "].map(|piece| Ok::<_, tokio::sync::oneshot::error::RecvError>(Bytes::from(piece)));
    let pieces = futures_util::stream::iter(first).chain(futures_util::stream::once(receiver));
    let request = Request::c_store("1.2", "1.2.3");
    let sending = association.request_with(&context, &request, pieces);
    let reading = async {
        // The second one may be the last, as far as anybody knows.
        let there =
            [p_data(&[value(3, COMMAND | LAST, &request.encode_with_data_set(1))]), p_data(&[value(3, 0, b"one ")])];
        let mut bytes = vec![0; there.concat().len()];
        peer.read_exact(&mut bytes).await.unwrap();
        assert_eq!(bytes, there.concat());
        sender.send(Bytes::from("three")).unwrap();
        let rest = [p_data(&[value(3, 0, b"two ")]), p_data(&[value(3, LAST, b"three")])];
        let mut bytes = vec![0; rest.concat().len()];
        peer.read_exact(&mut bytes).await.unwrap();
        assert_eq!(bytes, rest.concat());
    };
    assert_eq!(tokio::join!(sending, reading).0.unwrap(), 1);
}

#[tokio::test]
async fn reads_a_small_data_set_whole_and_refuses_a_large_one() {
    let identifier = b"\x08\0\x52\0CS\x06\0STUDY \x10\0\x10\0PN\0\0";
    let (_peer, mut association) =
        after(&store(&[value(3, 0, &identifier[..9]), value(3, LAST, &identifier[9..])])).await;
    let message = association.receive().await.unwrap();
    let set = association.data_set(&message).await.unwrap().unwrap();
    assert_eq!(set.root().text(::data_set::Tag(0x0008, 0x0052)).as_deref(), Some("STUDY"));

    let comment = [&b"\x10\0\x00\x40LT\xf0\x03"[..], &[b' '; 1008]].concat();
    let (mut peer, mut association) = after(&store(&[])).await;
    let message = association.receive().await.unwrap();
    let endless = p_data(&[value(3, 0, &comment[..1000])]).repeat(1100);
    let sending = tokio::spawn(async move { peer.write_all(&endless).await.map(|()| peer) });
    assert_eq!(association.data_set(&message).await.unwrap(), Err(Unreadable::TooLong));
    drop(association);
    drop(sending.await);
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

/// A response to a request of ours.
fn response(field: u16, id: u16, data_set_type: u16) -> Vec<u8> {
    let mut response = CommandSet::default();
    response.set_number(element::COMMAND_FIELD, field | command_field::RESPONSE);
    response.set_number(element::MESSAGE_ID_BEING_RESPONDED_TO, id);
    response.set_number(element::COMMAND_DATA_SET_TYPE, data_set_type);
    response.set_number(element::STATUS, 0);
    response.encode()
}

#[tokio::test]
async fn puts_by_the_answer_to_a_report_while_it_answers_and_while_it_asks() {
    let (mut peer, mut association) = after(&store(&[value(3, LAST, b"data set")])).await;
    let message = association.receive().await.unwrap();
    let context = Arc::clone(&message.context);
    let mut reports = Vec::new();
    for transaction in ["1.2.1", "1.2.2"] {
        let report = Request::n_event_report("1.2", "1.2.3", 1);
        let id = association.request(&context, &report).await.unwrap();
        association.await_report(id, Uid::new(transaction).unwrap());
        reports.push(id);
    }
    let answer = |id| value(3, COMMAND | LAST, &response(command_field::N_EVENT_REPORT_RQ, id, 1));
    let said = [answer(reports[0]), value(3, LAST, b"reply"), value(3, COMMAND | LAST, &cancel(7))];
    peer.write_all(&p_data(&said)).await.unwrap();
    association.cancelled(&message).await.unwrap();

    let id = association.request(&context, &Request::c_store("1.2", "1.2.3")).await.unwrap();
    let stored = value(3, COMMAND | LAST, &response(command_field::C_STORE_RQ, id, NO_DATA_SET));
    peer.write_all(&p_data(&[answer(reports[1]), value(3, LAST, b"reply"), stored])).await.unwrap();
    assert_eq!(association.response(id).await.unwrap().id, id);
    association.respond(&message, &Response::to(&message, 0)).await.unwrap();
    for id in reports {
        let answer = association.receive().await.unwrap();
        assert_eq!((answer.field, answer.id), (command_field::N_EVENT_REPORT_RSP, id));
        assert!(association.report_of(id).is_some());
    }
}

#[tokio::test]
async fn takes_no_response_of_another_operation() {
    let (mut peer, mut association) = after(&store(&[value(3, LAST, b"data set")])).await;
    let message = association.receive().await.unwrap();
    let id = association.request(&message.context, &Request::c_store("1.2", "1.2.3")).await.unwrap();
    peer.write_all(&p_data(&[value(3, COMMAND | LAST, &response(command_field::C_ECHO_RQ, id, NO_DATA_SET))]))
        .await
        .unwrap();
    assert!(matches!(association.response(id).await, Err(End::Protocol(..))));
}

#[tokio::test]
async fn hears_that_the_peer_ended_an_association_that_nobody_needed() {
    let (mut peer, mut association) = association().await;
    assert!(association.ended().await.is_none());
    peer.write_all(&pdu(5, &[0; 4])).await.unwrap();
    let end = loop {
        match association.ended().await {
            Some(end) => break end,
            None => tokio::task::yield_now().await,
        }
    };
    assert!(matches!(end, End::Released));
}

#[tokio::test]
async fn confirms_a_release_that_collides_with_ours() {
    let (mut peer, association) = association().await;
    peer.write_all(&pdu(5, &[0; 4])).await.unwrap();
    let releasing = tokio::spawn(association.release());
    let mut said = [0; 20];
    peer.read_exact(&mut said).await.unwrap();
    assert_eq!(said[..], [pdu(5, &[0; 4]), pdu(6, &[0; 4])].concat());
    peer.write_all(&pdu(6, &[0; 4])).await.unwrap();
    drop(peer);
    releasing.await.unwrap();
}

#[test]
fn goes_on_with_another_runtime_when_the_one_where_it_began_has_ended() {
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (first, second) = (runtime(), runtime());
    let (peer, association) = first.block_on(async {
        let (peer, association) = association().await;
        (peer.into_std().unwrap(), association)
    });
    let (mut peer, mut association) =
        second.block_on(async { (tokio::net::TcpStream::from_std(peer).unwrap(), association.here().unwrap()) });
    drop(first);
    let message = second.block_on(async {
        let echo = p_data(&[value(1, COMMAND | LAST, &command(command_field::C_ECHO_RQ, NO_DATA_SET))]);
        let (message, written) = tokio::join!(association.receive(), peer.write_all(&echo));
        written.unwrap();
        message.unwrap()
    });
    assert_eq!((message.field, message.id), (command_field::C_ECHO_RQ, 7));
}
