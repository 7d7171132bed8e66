//! Who is let in: calling AE titles, user identity, limits; and how much one may ask for at once.

use std::time::{Duration, Instant};

use super::{ECHO, holds, peer};
use crate::dimse::{IMPLICIT, Peer, User, failed};
use crate::object::CT;
use crate::requirement::{Finding, Requirement, Verdict, may, shall};
use crate::suite::Suite;

const IDENTITY: u8 = 0x58;
const IDENTITY_ANSWER: u8 = 0x59;
/// Associations that are asked for at once, before a limit is said not to exist.
const MANY: usize = 300;
/// Associations at once that there is room for again, and how long that may take.
const AGAIN: usize = 5;
const PATIENCE: Duration = Duration::from_secs(10);

/// User identity by name and password (PS3.7 §D.3.3.7), and whether a response is wanted.
fn identity(name: &str, password: &str, wants_answer: bool) -> (u8, Vec<u8>) {
    let field =
        |text: &str| [&u16::try_from(text.len()).unwrap_or_default().to_be_bytes()[..], text.as_bytes()].concat();
    (IDENTITY, [vec![2, u8::from(wants_answer)], field(name), field(password)].concat())
}

/// The PDU type that a user with this password is answered with, and whether the identity is.
fn shown(suite: &Suite, wrong: bool, wants_answer: bool) -> Result<(u8, bool), Finding> {
    let peer = peer(suite)?;
    let Some(User { name, password }) = &peer.user else {
        return Err(Finding::NotApplicable("no user with a password was given".into()));
    };
    let password = if wrong { "this is not the password" } else { password.as_str() };
    let mut connection = peer.connect()?;
    connection.send(&peer.request_with(&peer.called, &[ECHO], &[identity(name, password, wants_answer)]))?;
    let answer = connection.receive()?;
    let is_answered = answer.kind == 2 && answer.user_information().iter().any(|(kind, _)| *kind == IDENTITY_ANSWER);
    Ok((answer.kind, is_answered))
}

/// Result, source and reason by which somebody of this title is rejected; none when it is let in.
fn rejection(peer: &Peer, calling: &str) -> Result<Option<[u8; 3]>, Finding> {
    let stranger = Peer { calling: calling.to_owned(), ..peer.clone() };
    let (_, answer) = stranger.associate(&peer.called, &[ECHO])?;
    Ok((answer.kind == 3).then(|| answer.body.get(1..4).and_then(|found| found.try_into().ok()).unwrap_or_default()))
}

/// The rejection that comes when more and more associations are asked for, none of which is released before.
fn crowded(peer: &Peer) -> Result<[u8; 3], Finding> {
    let mut open = Vec::new();
    while open.len() < MANY {
        let (connection, answer) = peer.associate(&peer.called, &[ECHO])?;
        match answer.kind {
            2 => open.push(connection),
            3 => return Ok(answer.body.get(1..4).and_then(|found| found.try_into().ok()).unwrap_or_default()),
            other => return Err(failed(format!("PDU type {other}"))),
        }
    }
    Err(Finding::NotApplicable(format!("{MANY} associations at once are let in")))
}

/// Whether a few associations at once are accepted.
fn has_room(peer: &Peer) -> Result<bool, Finding> {
    let open = (0..AGAIN).map(|_| peer.associate(&peer.called, &[ECHO])).collect::<Result<Vec<_>, _>>()?;
    Ok(open.iter().all(|(_, answer)| answer.kind == 2))
}

/// 128 presentation contexts of 45 transfer syntaxes each: the most that context IDs allow, of every syntax that there is.
fn largest(suite: &Suite) -> Verdict {
    let syntaxes: Vec<String> =
        (0..44).map(|number| format!("1.2.840.10008.1.2.4.{}", 50 + number)).chain([IMPLICIT.to_owned()]).collect();
    let syntaxes: Vec<&str> = syntaxes.iter().map(String::as_str).collect();
    let contexts: Vec<(&str, &[&str])> = vec![(CT, &syntaxes[..]); 128];
    let answers = peer(suite)?.open(&contexts, &[])?.answer.contexts();
    let good = |(_, result, syntax): &(u8, u8, String)| *result != 0 || syntaxes.contains(&syntax.as_str());
    let ids = answers.iter().map(|(id, ..)| *id).eq((1..=255).step_by(2));
    holds(ids && answers.iter().all(good), format!("{} contexts are answered", answers.len()))
}

pub(in crate::requirements) const TABLE: &[Requirement] = &[
    may("DIMSE-7.D-020", "PS3.7 §D.3.3.7", "A user identity by name and password is supported.", |s| {
        let (kind, is_answered) = shown(s, false, true)?;
        holds(kind == 2 && is_answered, format!("PDU type {kind}, without a response to the identity"))
    }),
    shall("DIMSE-7.D-021", "PS3.7 §D.3.3.7.2", "A user identity is answered only to who wants a response.", |s| {
        holds(!shown(s, false, false)?.1, "it is answered")
    }),
    shall("DIMSE-7.D-022", "PS3.7 §D.3.3.7.2", "A wrong password is rejected, or not answered as accepted.", |s| {
        let (kind, is_answered) = shown(s, true, true)?;
        holds(matches!(kind, 2 | 3) && !is_answered, format!("PDU type {kind}, answered: {is_answered}"))
    }),
    shall(
        "DIMSE-8-138",
        "PS3.8 §9.3.4",
        "A calling AE title that is not known is let in, or rejected for good: source 1, reason 3.",
        |s| match rejection(peer(s)?, "NOBODY_KNOWS_IT")? {
            None => Err(Finding::NotApplicable("whoever calls is let in".into())),
            found => holds(found == Some([1, 1, 3]), format!("{found:?}")),
        },
    ),
    shall(
        "DIMSE-8-139",
        "PS3.8 §9.3.4",
        "When there are too many associations one more is rejected for the time being: source 3, reason 1 or 2.",
        |s| {
            let found = crowded(peer(s)?)?;
            holds(matches!(found, [2, 3, 1 | 2]), format!("{found:?}"))
        },
    ),
    shall("DIMSE-8-140", "PS3.8 §7.1", "After that, and when room is made, associations are accepted again.", |s| {
        let (peer, from) = (peer(s)?, Instant::now());
        // Those of the check before are closed, which a server may hear one after the other.
        while !has_room(peer)? {
            holds(from.elapsed() < PATIENCE, format!("{AGAIN} at once are not, after {PATIENCE:?}"))?;
        }
        Ok(())
    }),
    shall(
        "DIMSE-8-141",
        "PS3.8 §9.3.2",
        "128 presentation contexts of 45 transfer syntaxes are answered each.",
        largest,
    ),
];
