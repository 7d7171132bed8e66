//! The A-ASSOCIATE-RQ (PS3.8 §9.3.2) as it comes in: bounded, tolerant where the Standard says so.

use dicom_ul::pdu::{AssociationRQ, Pdu, ReadError, read_pdu};

use super::associate::{Header, LARGEST, only};
use super::pdata::reason_for_type;
use super::{AbortReason, End, Refusal, Rejection};
use crate::connection::Connection;

/// A-ASSOCIATE-RQ and A-ABORT PDU types.
const REQUEST: u8 = 1;
const ABORT: u8 = 7;
/// Items of an A-ASSOCIATE-RQ: application context, presentation context, user information.
const ITEMS: [u8; 3] = [0x10, 0x20, 0x50];

/// Reads the requestor's first PDU.
pub(crate) async fn read_request(connection: &mut Connection) -> Result<AssociationRQ, Refusal> {
    let header = Header::read(connection).await?;
    match header.kind() {
        REQUEST if header.length() <= LARGEST => parse(&header.whole(connection).await?),
        REQUEST => Err(malformed("the A-ASSOCIATE-RQ is too long")),
        ABORT => Err(End::Aborted.into()),
        other => Err(End::Protocol(reason_for_type(other), "the first PDU is no A-ASSOCIATE-RQ").into()),
    }
}

/// Reads a whole PDU, from its header on, but for items of unknown type, which shall be ignored (PS3.8 §9.3.1) and which the
/// decoder refuses.
pub(crate) fn parse(pdu: &[u8]) -> Result<AssociationRQ, Refusal> {
    let known = only(pdu, |kind, _| ITEMS.contains(&kind));
    let known = known.ok_or_else(|| malformed("the A-ASSOCIATE-RQ, or an item of it, is cut off"))?;
    match read_pdu(known, LARGEST, true) {
        Ok(Some(Pdu::AssociationRQ(mut request))) => {
            trim(&mut request);
            Ok(request)
        }
        Err(ReadError::MissingApplicationContextName { .. }) => Err(Rejection::ApplicationContext.into()),
        Ok(_) | Err(_) => Err(malformed("the A-ASSOCIATE-RQ is malformed")),
    }
}

/// UIDs come padded with NUL or blanks from some requestors, which is no part of them.
fn trim(request: &mut AssociationRQ) {
    let clean = |text: &mut String| *text = text.trim_matches(['\0', ' ']).to_owned();
    clean(&mut request.application_context_name);
    clean(&mut request.called_ae_title);
    clean(&mut request.calling_ae_title);
    for context in &mut request.presentation_contexts {
        clean(&mut context.abstract_syntax);
        context.transfer_syntaxes.iter_mut().for_each(clean);
    }
}

fn malformed(what: &'static str) -> Refusal {
    End::Protocol(AbortReason::InvalidPduParameter, what).into()
}

#[cfg(test)]
mod tests {
    use super::super::associate::FIXED;
    use super::*;

    /// A C-ECHO requestor's A-ASSOCIATE-RQ up to its items.
    fn fixed() -> Vec<u8> {
        let mut pdu = vec![1, 0, 0, 0, 0, 0, 0, 1, 0, 0];
        pdu.extend_from_slice(b"PACS            ECHOSCU         ");
        pdu.extend_from_slice(&[0; 32]);
        pdu
    }

    fn item(kind: u8, value: &[u8]) -> Vec<u8> {
        let mut item = vec![kind, 0];
        item.extend_from_slice(&u16::try_from(value.len()).unwrap().to_be_bytes());
        item.extend_from_slice(value);
        item
    }

    fn pdu(items: &[Vec<u8>]) -> Vec<u8> {
        let mut pdu = fixed();
        items.iter().for_each(|item| pdu.extend_from_slice(item));
        let length = u32::try_from(pdu.len() - 6).unwrap();
        pdu[2..6].copy_from_slice(&length.to_be_bytes());
        pdu
    }

    fn context(id: u8, abstract_syntax: &[u8], transfer_syntax: &[u8]) -> Vec<u8> {
        item(0x20, &[&[id, 0, 0, 0], &item(0x30, abstract_syntax)[..], &item(0x40, transfer_syntax)].concat())
    }

    #[test]
    fn reads_titles_and_trims_padded_uids() {
        let bytes = pdu(&[
            item(0x10, b"1.2.840.10008.3.1.1.1\0"),
            context(1, b"1.2.840.10008.1.1\0", b"1.2.840.10008.1.2 "),
            item(0x50, &item(0x51, &[0, 0, 0x40, 0])),
        ]);
        let request = parse(&bytes).unwrap();
        assert_eq!(request.calling_ae_title, "ECHOSCU");
        assert_eq!(request.called_ae_title, "PACS");
        assert_eq!(request.application_context_name, "1.2.840.10008.3.1.1.1");
        assert_eq!(request.presentation_contexts[0].abstract_syntax, "1.2.840.10008.1.1");
        assert_eq!(request.presentation_contexts[0].transfer_syntaxes, ["1.2.840.10008.1.2"]);
    }

    #[test]
    fn ignores_items_of_unknown_type() {
        let bytes = pdu(&[item(0x10, b"1.2.840.10008.3.1.1.1"), item(0x77, b"whatever")]);
        assert_eq!(parse(&bytes).unwrap().application_context_name, "1.2.840.10008.3.1.1.1");
    }

    #[test]
    fn rejects_a_request_without_application_context() {
        assert!(matches!(parse(&pdu(&[])), Err(Refusal::Rejected(Rejection::ApplicationContext))));
    }

    #[test]
    fn survives_every_truncation_and_every_changed_byte() {
        let whole = pdu(&[
            item(0x10, b"1.2.840.10008.3.1.1.1"),
            context(1, b"1.2.840.10008.1.1", b"1.2.840.10008.1.2"),
            item(
                0x50,
                &[
                    item(0x51, &[0, 0, 0x40, 0]),
                    item(0x52, b"1.2.3"),
                    item(0x54, b"\0\x111.2.840.10008.1.1\x01\0"),
                    item(0x56, b"\0\x111.2.840.10008.1.1\x01\x02"),
                    item(0x58, b"\x02\x01\0\x04name\0\x04word"),
                ]
                .concat(),
            ),
        ]);
        for end in 0..whole.len() {
            let _ = parse(&whole[..end]);
        }
        for at in FIXED..whole.len() {
            for value in [0, 1, 0x7F, 0x80, 0xFF] {
                let mut changed = whole.clone();
                changed[at] = value;
                let _ = parse(&changed);
            }
        }
    }
}
