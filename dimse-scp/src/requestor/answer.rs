//! The answer to our A-ASSOCIATE-RQ: A-ASSOCIATE-AC, -RJ or A-ABORT (PS3.8 §9.3.3, §9.3.4, §9.3.8).

use dicom_ul::pdu::{AssociationAC, Pdu, PresentationContextProposed as Proposed, read_pdu};

use super::RequestFailure;
use crate::connection::Connection;
use crate::upper_layer::{Contexts, Header, LARGEST, max_length, only, smallest_usable};

/// PDU types.
const ACCEPT: u8 = 2;
const REJECT: u8 = 3;
const ABORT: u8 = 7;
/// Items of an A-ASSOCIATE-AC: application context, presentation context, user information.
const ITEMS: [u8; 3] = [0x10, CONTEXT, 0x50];
const CONTEXT: u8 = 0x21;

/// Reads the answer; gives the accepted contexts and the acceptor's Maximum Length.
pub(super) async fn read_answer(
    connection: &mut Connection,
    proposed: &[Proposed],
) -> Result<(Contexts, u32), RequestFailure> {
    let ended = |end| RequestFailure::from(&end);
    let header = Header::read(connection).await.map_err(ended)?;
    match (header.kind(), header.length()) {
        (ACCEPT, ..=LARGEST) => {}
        (REJECT, 4) => {
            let [_, result, source, reason] = connection.take_array().await.map_err(ended)?;
            return Err(rejected(result, source, reason));
        }
        (ABORT, _) => return Err(RequestFailure::Ended("aborted by the peer".to_owned())),
        _ => return Err(RequestFailure::Protocol("its answer is neither an A-ASSOCIATE-AC nor an -RJ")),
    }
    let pdu = header.whole(connection).await.map_err(ended)?;
    let accepted = parse(&pdu).ok_or(RequestFailure::Protocol("its A-ASSOCIATE-AC is malformed"))?;
    let max_sent = max_length(&accepted.user_variables);
    if !smallest_usable(max_sent) {
        return Err(RequestFailure::Protocol("its maximum length leaves no room for a message"));
    }
    Ok((Contexts::agreed(proposed, &accepted.presentation_contexts), max_sent))
}

/// Reads a whole PDU, but for items of unknown type, which shall be ignored (PS3.8 §9.3.1), and for refused contexts, whose
/// transfer syntax is not significant and missing from some: the decoder refuses both.
fn parse(pdu: &[u8]) -> Option<AssociationAC> {
    let known = only(pdu, |kind, item| ITEMS.contains(&kind) && !is_refused(item))?;
    match read_pdu(known, LARGEST, true) {
        Ok(Some(Pdu::AssociationAC(accepted))) => Some(accepted),
        _ => None,
    }
}

/// Whether an item is a presentation context that was not accepted.
fn is_refused(item: &[u8]) -> bool {
    matches!(item, [CONTEXT, _, _, _, _, _, result, ..] if *result != 0)
}

/// What an A-ASSOCIATE-RJ says (PS3.8 §9.3.4).
fn rejected(result: u8, source: u8, reason: u8) -> RequestFailure {
    let reason = match (source, reason) {
        (1, 2) => "application context name not supported",
        (1, 3) => "calling AE title not recognized: it does not know us",
        (1, 7) => "called AE title not recognized: it is called otherwise",
        (2, 2) => "protocol version not supported",
        (3, 1) => "temporary congestion",
        (3, 2) => "local limit exceeded",
        _ => "no reason given",
    };
    RequestFailure::Rejected { transient: result == 2, reason }
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncWriteExt;

    use super::*;
    use crate::testing::pair;

    async fn answer(bytes: &[u8]) -> Result<(Contexts, u32), RequestFailure> {
        let (mut peer, mut connection) = pair().await;
        peer.write_all(bytes).await.unwrap();
        drop(peer);
        let proposed = [Proposed {
            id: 1,
            abstract_syntax: "1.2.840.10008.1.1".into(),
            transfer_syntaxes: vec!["1.2.840.10008.1.2".into(), "1.2.840.10008.1.2.1".into()],
        }];
        read_answer(&mut connection, &proposed).await
    }

    fn item(kind: u8, value: &[u8]) -> Vec<u8> {
        [&[kind, 0][..], &u16::try_from(value.len()).unwrap().to_be_bytes(), value].concat()
    }

    fn accept(items: &[Vec<u8>]) -> Vec<u8> {
        let body = [&[0, 1, 0, 0][..], &[b' '; 32], &[0; 32], &items.concat()].concat();
        [&[2, 0][..], &u32::try_from(body.len()).unwrap().to_be_bytes(), &body].concat()
    }

    #[tokio::test]
    async fn reads_what_was_accepted_and_passes_over_unknown_items() {
        let context = item(0x21, &[&[1, 0, 0, 0][..], &item(0x40, b"1.2.840.10008.1.2.1")].concat());
        let user = item(0x50, &item(0x51, &[0, 0, 0x40, 0]));
        let bytes = accept(&[item(0x10, b"1.2.840.10008.3.1.1.1"), item(0x66, b"?"), context, user]);
        let (contexts, max_sent) = answer(&bytes).await.unwrap();
        assert_eq!(contexts.get(1).unwrap().transfer_syntax, "1.2.840.10008.1.2.1");
        assert_eq!(max_sent, 0x4000);
    }

    #[tokio::test]
    async fn takes_no_transfer_syntax_that_was_not_proposed() {
        let context = item(0x21, &[&[1, 0, 0, 0][..], &item(0x40, b"1.2.840.10008.1.2.5")].concat());
        let (contexts, _) = answer(&accept(&[item(0x10, b"1.2.840.10008.3.1.1.1"), context])).await.unwrap();
        assert!(contexts.get(1).is_err());
    }

    #[tokio::test]
    async fn says_why_it_was_rejected() {
        for (bytes, transient, words) in [
            ([1, 1, 3], false, "calling AE title not recognized: it does not know us"),
            ([1, 1, 7], false, "called AE title not recognized: it is called otherwise"),
            ([2, 3, 2], true, "local limit exceeded"),
            ([1, 9, 9], false, "no reason given"),
        ] {
            let pdu = [&[3, 0, 0, 0, 0, 4, 0][..], &bytes].concat();
            let failure = answer(&pdu).await.unwrap_err();
            assert!(matches!(&failure, RequestFailure::Rejected { transient: is, reason }
                if *is == transient && *reason == words));
            assert_eq!(failure.may_pass(), transient);
        }
    }

    #[tokio::test]
    async fn survives_every_truncation() {
        let whole = accept(&[item(0x10, b"1.2.840.10008.3.1.1.1"), item(0x21, &[1, 0, 3, 0])]);
        for end in 0..whole.len() {
            assert!(answer(&whole[..end]).await.is_err(), "cut at {end}");
        }
        assert!(answer(&whole).await.is_ok());
        for bytes in [&[7, 0, 0, 0, 0, 4, 0, 0, 2, 0][..], b"HTTP/1.1 400 Bad Request"] {
            assert!(answer(bytes).await.is_err());
        }
    }
}
