//! Associations and their PDUs (PS3.8 §9).

use std::time::Duration;

use super::{ECHO, FILM_SESSION, ends_with_abort, holds, peer};
use crate::dimse::message::{C_ECHO, Command, element};
use crate::dimse::{IMPLICIT, Peer, VERIFICATION, failed, item, pdu, value};
use crate::object::{CT, EXPLICIT, MULTI_FRAME, SECONDARY_CAPTURE};
use crate::requirement::{Finding, Requirement, Verdict, shall, should};

/// A pause that every line has now and then.
const PAUSE: Duration = Duration::from_secs(1);

/// C-ECHO-RQ as bytes.
fn echo() -> Vec<u8> {
    let mut command = Command::request(C_ECHO, 1, false);
    command.uid(element::AFFECTED_SOP_CLASS, VERIFICATION);
    command.encode()
}

/// An A-ASSOCIATE-RQ that was changed is answered with this kind of PDU.
fn answered(peer: &Peer, change: impl FnOnce(&mut Vec<u8>)) -> Result<(u8, Vec<u8>), Finding> {
    let mut request = peer.request(&peer.called, &[ECHO]);
    change(&mut request);
    let mut connection = peer.connect()?;
    connection.send(&request)?;
    let answer = connection.receive()?;
    Ok((answer.kind, answer.body))
}

fn accepted(peer: &Peer, change: impl FnOnce(&mut Vec<u8>)) -> Verdict {
    let (kind, _) = answered(peer, change)?;
    holds(kind == 2, format!("PDU type {kind}"))
}

fn rejected(peer: &Peer, reason: [u8; 3], change: impl FnOnce(&mut Vec<u8>)) -> Verdict {
    let (kind, body) = answered(peer, change)?;
    holds(kind == 3 && body.get(1..4) == Some(&reason), format!("PDU type {kind}, {:?}", body.get(1..4)))
}

/// Puts an item at the end of an A-ASSOCIATE-RQ.
fn append(request: &mut Vec<u8>, kind: u8) {
    item(request, kind, b"what nobody knows");
    let length = u32::try_from(request.len() - 6).unwrap_or_default();
    request[2..6].copy_from_slice(&length.to_be_bytes());
}

/// The C-ECHO that is sent so is answered.
fn echoed(peer: &Peer, pdus: &[Vec<u8>]) -> Verdict {
    let mut association = peer.verification()?;
    pdus.iter().try_for_each(|bytes| association.connection.send(bytes))?;
    let status = association.receive()?.status();
    holds(status == 0, format!("the status is {status:04X}"))
}

pub(in crate::requirements) const TABLE: &[Requirement] = &[
    shall("DIMSE-8-101", "PS3.8 §9.3.3", "A-ASSOCIATE-AC gives the AE titles back as they came.", |s| {
        let peer = peer(s)?;
        let request = peer.request(&peer.called, &[ECHO]);
        let (_, answer) = peer.associate(&peer.called, &[ECHO])?;
        holds(answer.body.get(4..36) == Some(&request[10..42]), "they are others")
    }),
    shall("DIMSE-8-102", "PS3.8 §9.3.3", "A-ASSOCIATE-AC says protocol version 1.", |s| {
        let association = peer(s)?.verification()?;
        holds(association.answer.body.starts_with(&[0, 1]), format!("{:?}", association.answer.body.get(..2)))
    }),
    shall("DIMSE-8-103", "PS3.8 §9.3.3.1", "A-ASSOCIATE-AC has one application context, DICOM's.", |s| {
        let items = peer(s)?.verification()?.answer.items();
        let found: Vec<_> = items.iter().filter(|(kind, _)| *kind == 0x10).collect();
        holds(matches!(&found[..], [(_, name)] if name == b"1.2.840.10008.3.1.1.1"), format!("{found:?}"))
    }),
    shall("DIMSE-8-104", "PS3.8 §9.3.3.3", "A-ASSOCIATE-AC has one item of user information.", |s| {
        let items = peer(s)?.verification()?.answer.items();
        let count = items.iter().filter(|(kind, _)| *kind == 0x50).count();
        holds(count == 1, format!("it has {count}"))
    }),
    shall("DIMSE-8-105", "PS3.8 §9.3.3.2", "Each proposed presentation context has one answer.", |s| {
        let peer = peer(s)?;
        let contexts: Vec<(&str, &[&str])> = [CT, SECONDARY_CAPTURE, MULTI_FRAME, VERIFICATION, FILM_SESSION]
            .iter()
            .cycle()
            .take(128)
            .map(|class| (*class, &[IMPLICIT][..]))
            .collect();
        let answers = peer.open(&contexts, &[])?.answer.contexts();
        let ids: Vec<u8> = answers.iter().map(|(id, ..)| *id).collect();
        holds(ids == (1..=255).step_by(2).collect::<Vec<u8>>(), format!("{} of 128 are answered", ids.len()))
    }),
    shall("DIMSE-8-106", "PS3.8 §9.3.3.2", "Results of presentation contexts are 0 to 4.", |s| {
        let answers = peer(s)?.open(&[ECHO, (FILM_SESSION, &[IMPLICIT]), (CT, &["1.2.3.4"])], &[])?.answer.contexts();
        holds(answers.iter().all(|(_, result, _)| *result <= 4), format!("{answers:?}"))
    }),
    shall("DIMSE-8-107", "PS3.8 §9.3.3.2", "Contexts of one abstract syntax are answered each by itself.", |s| {
        let answers = peer(s)?.open(&[(CT, &[IMPLICIT]), (CT, &[EXPLICIT])], &[])?.answer.contexts();
        let syntaxes: Vec<&str> = answers.iter().map(|(.., syntax)| syntax.as_str()).collect();
        holds(syntaxes == [IMPLICIT, EXPLICIT], format!("{syntaxes:?}"))
    }),
    shall("DIMSE-8-108", "PS3.8 §9.3.2", "Another protocol version alone is rejected: source 2, reason 2.", |s| {
        rejected(peer(s)?, [1, 2, 2], |request| request[7] = 2)
    }),
    shall("DIMSE-8-109", "PS3.8 §9.3.2", "Of the protocol version only bit 0 is looked at.", |s| {
        accepted(peer(s)?, |request| request[7] = 0xff)
    }),
    shall("DIMSE-8-110", "PS3.8 §9.3.2", "Another application context is rejected: source 1, reason 2.", |s| {
        rejected(peer(s)?, [1, 1, 2], |request| request[98] = b'2')
    }),
    shall("DIMSE-8-111", "PS3.8 §9.3.2", "Reserved bytes of A-ASSOCIATE-RQ are not looked at.", |s| {
        accepted(peer(s)?, |request| {
            request[1] = 0xaa;
            request[8..10].fill(0xaa);
            request[42..74].fill(0xaa);
        })
    }),
    shall("DIMSE-8-112", "PS3.8 §9.3.1", "Items of a type that nobody knows are ignored.", |s| {
        accepted(peer(s)?, |request| append(request, 0x7a))
    }),
    shall(
        "DIMSE-8-113",
        "PS3.8 §9.3.1",
        "Sub-items of user information of a type that nobody knows are ignored.",
        |s| peer(s)?.open(&[ECHO], &[(0x7b, b"whatever".to_vec())]).map(drop),
    ),
    shall("DIMSE-8-114", "PS3.8 §9.3.2", "Blanks before and after an AE title are no part of it.", |s| {
        let peer = peer(s)?;
        if peer.called.len() > 14 {
            return Err(Finding::NotApplicable("the called AE title leaves no room for blanks".into()));
        }
        let padded = format!("  {}", peer.called);
        let (_, answer) = peer.associate(&padded, &[ECHO])?;
        holds(answer.kind == 2, format!("PDU type {}", answer.kind))
    }),
    shall("DIMSE-8-115", "PS3.8 §9.2", "An A-ASSOCIATE-RQ that comes byte by byte is understood.", |s| {
        let peer = peer(s)?;
        let mut connection = peer.connect()?;
        peer.request(&peer.called, &[ECHO]).iter().try_for_each(|byte| connection.send(&[*byte]))?;
        let kind = connection.receive()?.kind;
        holds(kind == 2, format!("PDU type {kind}"))
    }),
    shall(
        "DIMSE-8-116",
        "PS3.8 §9.3.4",
        "A-ASSOCIATE-RJ is four bytes long, of a result and source that there are.",
        |s| {
            let (_, answer) = peer(s)?.associate("NOBODY_HERE", &[ECHO])?;
            if answer.kind != 3 {
                return Err(Finding::NotApplicable("whatever AE title is called is accepted".into()));
            }
            let good = matches!(answer.body[..], [_, 1 | 2, 1..=3, _]);
            holds(good, format!("{:?}", answer.body))
        },
    ),
    shall("DIMSE-8-117", "PS3.8 §9.3.7", "A-RELEASE-RP is four bytes long.", |s| {
        let mut association = peer(s)?.verification()?;
        association.connection.send(&pdu(5, &[0; 4]))?;
        let answer = association.connection.receive()?;
        holds(
            answer.kind == 6 && answer.body.len() == 4,
            format!("PDU type {}, {} bytes", answer.kind, answer.body.len()),
        )
    }),
    shall("DIMSE-8-118", "PS3.8 §9.3.6", "A-RELEASE-RQ after an operation is answered with A-RELEASE-RP.", |s| {
        let mut association = peer(s)?.verification()?;
        association.echo()?;
        association.connection.send(&pdu(5, &[0; 4]))?;
        let kind = association.connection.receive()?.kind;
        holds(kind == 6, format!("PDU type {kind}"))
    }),
    shall("DIMSE-8-119", "PS3.8 §9.2.3", "A-ASSOCIATE-RQ within an association is answered with A-ABORT.", |s| {
        let peer = peer(s)?;
        ends_with_abort(peer.verification()?, &peer.request(&peer.called, &[ECHO]))
    }),
    shall("DIMSE-8-120", "PS3.8 §9.2.3", "A-ASSOCIATE-AC within an association is answered with A-ABORT.", |s| {
        ends_with_abort(peer(s)?.verification()?, &pdu(2, &[0; 68]))
    }),
    shall("DIMSE-8-121", "PS3.8 §9.2.3", "A-RELEASE-RP that nobody asked for is answered with A-ABORT.", |s| {
        ends_with_abort(peer(s)?.verification()?, &pdu(6, &[0; 4]))
    }),
    shall("DIMSE-8-122", "PS3.8 §9.3.8", "A-ABORT on a PDU that there is not says service-provider, reason 1.", |s| {
        let mut association = peer(s)?.verification()?;
        association.connection.send(&pdu(0x4f, &[0; 4]))?;
        let answer = association.connection.receive()?;
        holds(answer.body.get(2..4) == Some(&[2, 1]), format!("{:?}", answer.body))
    }),
    should("DIMSE-8-123", "PS3.8 §9.3.8", "A-ABORT on an unexpected PDU says service-provider, reason 2.", |s| {
        let mut association = peer(s)?.verification()?;
        association.connection.send(&pdu(6, &[0; 4]))?;
        let answer = association.connection.receive()?;
        holds(answer.body.get(2..4) == Some(&[2, 2]), format!("{:?}", answer.body))
    }),
    shall("DIMSE-8-124", "PS3.8 §9.3.5", "A value longer than its P-DATA-TF is answered with A-ABORT.", |s| {
        ends_with_abort(peer(s)?.verification()?, &pdu(4, &[0, 0, 0, 99, 1, 3, 0, 0]))
    }),
    shall("DIMSE-8-125", "PS3.8 §9.3.5", "A value without a header is answered with A-ABORT.", |s| {
        ends_with_abort(peer(s)?.verification()?, &pdu(4, &[0, 0, 0, 1, 1, 3]))
    }),
    shall(
        "DIMSE-8-126",
        "PS3.8 §9.3.5.1",
        "A message in a context that was not accepted is answered with A-ABORT.",
        |s| ends_with_abort(peer(s)?.verification()?, &pdu(4, &value(77, 3, &echo()))),
    ),
    shall("DIMSE-8-127", "PS3.8 §E.2", "A data set that no command announced is answered with A-ABORT.", |s| {
        ends_with_abort(peer(s)?.verification()?, &pdu(4, &value(1, 2, b"data")))
    }),
    shall("DIMSE-8-128", "PS3.8 §E.1", "A command set in several P-DATA-TF is put together.", |s| {
        let whole = echo();
        let (first, second) = whole.split_at(20);
        echoed(peer(s)?, &[pdu(4, &value(1, 1, first)), pdu(4, &value(1, 3, second))])
    }),
    shall("DIMSE-8-129", "PS3.8 §E.1", "A command set in many small values of one P-DATA-TF is put together.", |s| {
        let whole = echo();
        let mut pieces = whole.chunks(2).peekable();
        let mut body = Vec::new();
        while let Some(piece) = pieces.next() {
            body.extend(value(1, if pieces.peek().is_some() { 1 } else { 3 }, piece));
        }
        echoed(peer(s)?, &[pdu(4, &body)])
    }),
    shall("DIMSE-8-142", "PS3.8 §E.1", "A command set that comes with a pause in its middle is put together.", |s| {
        let mut association = peer(s)?.verification()?;
        let bytes = pdu(4, &value(1, 3, &echo()));
        let (first, second) = bytes.split_at(20);
        association.connection.send(first)?;
        std::thread::sleep(PAUSE);
        association.connection.send(second)?;
        let status = association.receive()?.status();
        holds(status == 0, format!("the status is {status:04X}"))
    }),
    shall("DIMSE-8-130", "PS3.8 §E.2", "Bits 2 to 7 of the message control header are not looked at.", |s| {
        echoed(peer(s)?, &[pdu(4, &value(1, 0xff, &echo()))])
    }),
    shall("DIMSE-8-131", "PS3.8 §9.3.1", "The reserved byte of a PDU's header is not looked at.", |s| {
        let mut bytes = pdu(4, &value(1, 3, &echo()));
        bytes[1] = 0x55;
        echoed(peer(s)?, &[bytes])
    }),
    shall("DIMSE-8-132", "PS3.8 §D.1", "No P-DATA-TF is longer than the requestor's maximum length.", |s| {
        let mut association = peer(s)?.open(&[ECHO], &[(0x51, 32u32.to_be_bytes().to_vec())])?;
        association.echo()?;
        let longest = association.lengths.iter().max().copied().unwrap_or_default();
        holds(longest <= 32, format!("one has {longest} bytes"))
    }),
    shall("DIMSE-8-133", "PS3.8 §D.1", "A maximum length of 0 is none.", |s| {
        let mut association = peer(s)?.open(&[ECHO], &[(0x51, vec![0; 4])])?;
        let status = association.echo()?.status();
        holds(status == 0, format!("the status is {status:04X}"))
    }),
    shall("DIMSE-8-134", "PS3.8 §9.2", "An association that breaks off leaves the server serving.", |s| {
        let peer = peer(s)?;
        for cut in [1, 7, 60, 120] {
            peer.connect()?.send(&peer.request(&peer.called, &[ECHO])[..cut])?;
        }
        let mut association = peer.verification()?;
        association.connection.send(&[4, 0, 0, 0])?;
        drop(association);
        holds(peer.verification()?.echo()?.status() == 0, "C-ECHO fails")
    }),
    shall("DIMSE-8-135", "PS3.8 §7.1", "Two associations at once are served, each by itself.", |s| {
        let peer = peer(s)?;
        let (mut first, mut second) = (peer.verification()?, peer.verification()?);
        let statuses = [second.echo()?.status(), first.echo()?.status()];
        holds(statuses == [0, 0], format!("{statuses:04X?}"))
    }),
    shall("DIMSE-8-136", "PS3.8 §9.2", "A first PDU of a type that there is not ends the connection.", |s| {
        let mut connection = peer(s)?.connect()?;
        connection.send(&pdu(0x16, &[3, 1, 0, 0]))?;
        holds(connection.receive().map_or(true, |answer| answer.kind == 7), "it is answered otherwise")
    }),
    shall(
        "DIMSE-8-137",
        "PS3.8 §9.3.3.2",
        "A transfer syntax of a refused context is not significant: it may be any.",
        |s| {
            let answers = peer(s)?.open(&[(FILM_SESSION, &[IMPLICIT]), ECHO], &[])?.answer.contexts();
            let Some((_, 0, _)) = answers.get(1) else { return Err(failed("the other context is refused too")) };
            Ok(())
        },
    )
    .noted("Checked is that the item is well-formed, and that the next one is read."),
];
