use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::*;
use crate::testing::{MAX_PDU, SILENCE, p_data, pdata, pdu, value};

const COMMAND_LAST: u8 = COMMAND | LAST;

/// Everything up to the first event that is no fragment, with adjoining pieces of a value put together.
async fn fragments(pdata: &mut PData) -> (Vec<(u8, bool, bool, Vec<u8>)>, Result<Event, End>) {
    let mut all: Vec<(u8, bool, bool, Vec<u8>)> = Vec::new();
    loop {
        match pdata.next(&mut []).await {
            Ok(Event::Fragment(f)) => match all.last_mut() {
                Some(last) if !last.2 && last.0 == f.context_id && last.1 == f.command => {
                    last.2 = f.last;
                    last.3.extend_from_slice(&f.bytes);
                }
                _ => all.push((f.context_id, f.command, f.last, f.bytes.to_vec())),
            },
            other => return (all, other),
        }
    }
}

/// What comes of bytes that end with A-RELEASE-RQ.
async fn read(bytes: &[u8]) -> (Vec<(u8, bool, bool, Vec<u8>)>, Result<Event, End>) {
    let (mut peer, mut pdata) = pdata(0).await;
    peer.write_all(bytes).await.unwrap();
    peer.write_all(&pdu(RELEASE_REQUEST, &[0; 4])).await.unwrap();
    fragments(&mut pdata).await
}

async fn abort_reason(bytes: &[u8]) -> AbortReason {
    match read(bytes).await.1 {
        Err(End::Protocol(reason, _)) => reason,
        other => panic!("{other:?} is no protocol error"),
    }
}

#[tokio::test]
async fn reads_several_values_of_one_pdu() {
    let bytes = p_data(&[value(1, COMMAND_LAST, b"command"), value(1, 0, b"data "), value(1, LAST, b"set")]);
    let (fragments, end) = read(&bytes).await;
    assert_eq!(fragments, [(1, true, true, b"command".to_vec()), (1, false, true, b"data set".to_vec())]);
    assert!(matches!(end, Ok(Event::Release)));
}

#[tokio::test]
async fn puts_a_value_together_from_any_fragmentation() {
    for size in 1..9 {
        let text = b"a data set in pieces";
        let chunks: Vec<_> = text.chunks(size).collect();
        let bytes: Vec<u8> = chunks
            .iter()
            .enumerate()
            .flat_map(|(i, chunk)| p_data(&[value(3, if i + 1 == chunks.len() { LAST } else { 0 }, chunk)]))
            .collect();
        assert_eq!(read(&bytes).await.0, [(3, false, true, text.to_vec())]);
    }
}

#[tokio::test]
async fn reads_bytes_that_arrive_one_by_one() {
    let (mut peer, mut pdata) = pdata(0).await;
    let sender = tokio::spawn(async move {
        let bytes = [p_data(&[value(1, COMMAND_LAST, b"command")]), pdu(RELEASE_REQUEST, &[0; 4])].concat();
        for byte in bytes {
            peer.write_all(&[byte]).await.unwrap();
            tokio::task::yield_now().await;
        }
        peer
    });
    assert_eq!(fragments(&mut pdata).await.0, [(1, true, true, b"command".to_vec())]);
    sender.await.unwrap();
}

#[tokio::test]
async fn hears_a_peer_that_sends_a_long_value_slowly() {
    let (mut peer, connection) = crate::testing::pair().await;
    let mut pdata = PData::new(connection, 1 << 20, 0);
    let long = vec![7; 200 << 10];
    let bytes = [p_data(&[value(1, LAST, &long)]), pdu(RELEASE_REQUEST, &[0; 4])].concat();
    let sender = tokio::spawn(async move {
        // Each piece is in time; what is waited for together is not.
        for piece in bytes.chunks(50 << 10) {
            peer.write_all(piece).await.unwrap();
            tokio::time::sleep(SILENCE * 3 / 4).await;
        }
        peer
    });
    let (fragments, end) = fragments(&mut pdata).await;
    assert!(fragments == [(1, false, true, long)]);
    assert!(matches!(end, Ok(Event::Release)), "{end:?}");
    sender.await.unwrap();
}

#[tokio::test]
async fn passes_over_empty_values_but_not_over_an_empty_end() {
    let bytes = p_data(&[value(1, 0, b""), value(1, 0, b"data"), value(1, 0, b""), value(1, LAST, b"")]);
    assert_eq!(read(&bytes).await.0, [(1, false, true, b"data".to_vec())]);
}

#[tokio::test]
async fn aborts_on_a_pdu_longer_than_agreed_on() {
    let longest = value(1, LAST, &vec![7; MAX_PDU as usize - 6]);
    assert_eq!(read(&p_data(std::slice::from_ref(&longest))).await.0[0].3.len(), MAX_PDU as usize - 6);
    let longer = value(1, LAST, &vec![7; MAX_PDU as usize - 5]);
    assert_eq!(abort_reason(&p_data(&[longer])).await, AbortReason::InvalidPduParameter);
    assert_eq!(abort_reason(&[4, 0, 0xFF, 0xFF, 0xFF, 0xFF]).await, AbortReason::InvalidPduParameter);
}

#[tokio::test]
async fn aborts_on_values_whose_lengths_do_not_add_up() {
    for body in [
        vec![],
        vec![0, 0, 0, 2, 1],
        vec![0, 0, 0, 1, 1, 3],
        vec![0, 0, 0, 0, 1, 3],
        vec![0, 0, 0, 9, 1, 3, 5],
        vec![0xFF, 0xFF, 0xFF, 0xFF, 1, 3, 5],
        [value(1, LAST, b"good"), vec![0, 0, 0]].concat(),
    ] {
        assert_eq!(abort_reason(&pdu(P_DATA, &body)).await, AbortReason::InvalidPduParameter, "{body:?}");
    }
}

#[tokio::test]
async fn tells_unrecognized_pdus_from_unexpected_ones() {
    for kind in [0, 8, 0x47, 0xFF] {
        assert_eq!(abort_reason(&pdu(kind, b"what")).await, AbortReason::UnrecognizedPdu);
    }
    for kind in [1, 2, 3, 6] {
        assert_eq!(abort_reason(&pdu(kind, b"what")).await, AbortReason::UnexpectedPdu);
    }
}

#[tokio::test]
async fn says_how_the_peer_went() {
    assert!(matches!(read(&pdu(ABORT, &[0; 4])).await.1, Err(End::Aborted)));

    let (peer, mut closing) = pdata(0).await;
    drop(peer);
    assert!(matches!(closing.next(&mut []).await, Err(End::Closed)));

    let (mut peer, mut silent) = pdata(0).await;
    peer.write_all(&p_data(&[value(1, 0, b"half")])[..10]).await.unwrap();
    assert!(matches!(silent.next(&mut []).await, Err(End::Silent(limit)) if limit == SILENCE));
}

#[tokio::test]
async fn sends_no_pdu_longer_than_the_peer_takes() {
    let (mut peer, mut pdata) = pdata(16).await;
    pdata.send(5, true, b"a command set of 29 bytes ...", true).await.unwrap();
    pdata.flush().await.unwrap();
    drop(pdata);
    let mut bytes = Vec::new();
    peer.read_to_end(&mut bytes).await.unwrap();
    let expected = [
        p_data(&[value(5, COMMAND, b"a command ")]),
        p_data(&[value(5, COMMAND, b"set of 29 ")]),
        p_data(&[value(5, COMMAND_LAST, b"bytes ...")]),
    ];
    assert_eq!(bytes, expected.concat());
}

#[tokio::test]
async fn sends_pieces_as_it_sends_bytes_whatever_their_length() {
    for (max_sent, repeated) in [(65_536, 200_000), (16_384, 20_000), (1_024, 2_000)] {
        let text = [b"pieces: ".repeat(repeated), b"the end".to_vec()].concat();
        let (mut peer, mut pdata) = pdata(max_sent).await;
        let room = pdata.room() as usize;
        let pieces: Vec<Bytes> = text.chunks(2 * room).map(Bytes::copy_from_slice).collect();
        let sending = tokio::spawn(async move {
            pdata.send(3, true, b"command", true).await.unwrap();
            let count = pieces.len();
            for (at, piece) in pieces.into_iter().enumerate() {
                pdata.send_piece(3, piece, at + 1 == count).await.unwrap();
            }
            pdata.send_piece(5, Bytes::new(), true).await.unwrap();
            pdata.flush().await.unwrap();
        });
        let chunks: Vec<&[u8]> = text.chunks(room).collect();
        let pdus = chunks.iter().enumerate().map(|(at, chunk)| {
            let control = if at + 1 == chunks.len() { LAST } else { 0 };
            p_data(&[value(3, control, chunk)])
        });
        let mut expected = p_data(&[value(3, COMMAND_LAST, b"command")]);
        pdus.for_each(|pdu| expected.extend(pdu));
        expected.extend(p_data(&[value(5, LAST, b"")]));
        let mut bytes = vec![0; expected.len()];
        peer.read_exact(&mut bytes).await.unwrap();
        assert!(bytes == expected, "other PDUs than of bytes, of {max_sent}");
        sending.await.unwrap();
    }
}

#[tokio::test]
async fn sends_nothing_after_half_a_pdu() {
    let (_peer, mut pdata) = pdata(0).await;
    let end = loop {
        if let Err(end) = pdata.send_piece(3, Bytes::from(vec![0; 1 << 20]), false).await {
            break end;
        }
    };
    assert!(matches!(end, End::Silent(limit) if limit == SILENCE), "nobody reads");
    assert!(matches!(pdata.send(3, true, &[0; 65_536], true).await, Err(End::Closed)));
}

#[test]
fn needs_room_for_two_bytes() {
    assert!(smallest_usable(0) && smallest_usable(8) && smallest_usable(16384));
    assert!(!smallest_usable(7) && !smallest_usable(1));
}
