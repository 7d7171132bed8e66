//! Mutated bytes from a peer: PDUs into messages, messages into commands and Identifiers. Nothing panics, nothing hangs, and
//! what was read can be written and read again.
//!
//! Half a second of it is a test as all others; `make fuzz` gives it `FUZZ_SECONDS`. The same run does the same on any
//! machine, but for where the clock stops it.

use std::time::{Duration, Instant};

use data_set::{Reader, uids};
use tokio::io::AsyncWriteExt;

use crate::association::{Association, Piece};
use crate::message::command_set::{DATA_SET, NO_DATA_SET, element};
use crate::message::{
    ActionRequest, CommandSet, CreateRequest, GetAttributesRequest, Message, MoveRequest, Response, SetRequest,
    StoreRequest, command_field,
};
use crate::testing::{association, p_data, pdu, value};
use crate::upper_layer::End;

/// A peer that says nothing more has been heard in this time: it has closed its end.
const PATIENCE: Duration = Duration::from_secs(5);

/// Numbers that look random (xorshift64*).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit.max(1) as u64) as usize
    }
}

/// One to four changes.
fn mutate(random: &mut Random, seeds: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = seeds[random.below(seeds.len())].clone();
    for _ in 0..=random.below(4) {
        let at = random.below(bytes.len());
        match random.below(8) {
            0 if !bytes.is_empty() => bytes[at] = random.next() as u8,
            1 if !bytes.is_empty() => bytes[at] ^= 1 << random.below(8),
            2 => bytes.truncate(at),
            3 => drop(bytes.drain(at..(at + random.below(20)).min(bytes.len()))),
            4 => bytes.insert(at, [0, 1, 2, 3, 0x7F, 0x80, 0xFF][random.below(7)]),
            // A length that lies.
            5 if at + 4 <= bytes.len() => {
                let lie = [0, 1, 2, 6, 0xFFFF, 0x7FFF_FFFF, u32::MAX][random.below(7)];
                bytes[at..at + 4].copy_from_slice(&if at.is_multiple_of(2) {
                    lie.to_be_bytes()
                } else {
                    lie.to_le_bytes()
                });
            }
            6 => bytes.extend_from_slice(&seeds[random.below(seeds.len())]),
            _ => {
                let other = &seeds[random.below(seeds.len())];
                let from = random.below(other.len());
                bytes.splice(at..at, other[from..(from + 40).min(other.len())].iter().copied());
            }
        }
    }
    bytes
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

/// Conversations of well-behaved peers.
fn seeds() -> Vec<Vec<u8>> {
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
        p_data(&[value(1, 3, &echo)]),
        [p_data(&[value(1, 1, &echo[..20]), value(1, 3, &echo[20..])]), pdu(5, &[0; 4])].concat(),
        [
            p_data(&[value(3, 3, &store)]),
            p_data(&[value(3, 0, &identifier[..40])]),
            p_data(&[value(3, 2, &identifier[40..])]),
        ]
        .concat(),
        p_data(&[value(3, 3, &find), value(3, 2, identifier), value(3, 3, &cancel)]),
        [p_data(&[value(3, 3, &action), value(3, 2, identifier)]), pdu(7, &[0; 4])].concat(),
    ]
}

/// What a peer that says these bytes and hangs up is heard to say.
async fn hear(bytes: &[u8]) {
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

fn seconds() -> Duration {
    let told = std::env::var("FUZZ_SECONDS").ok().and_then(|text| text.parse().ok());
    told.map_or(Duration::from_millis(500), Duration::from_secs)
}

#[tokio::test]
async fn hears_mutated_messages_to_their_end() {
    let seeds = seeds();
    for seed in &seeds {
        hear(seed).await;
    }
    let mut random = Random(7);
    let (started, mut executions) = (Instant::now(), 0u64);
    while started.elapsed() < seconds() {
        hear(&mutate(&mut random, &seeds)).await;
        executions += 1;
    }
    println!("{executions} conversations in {:.1} s", started.elapsed().as_secs_f64());
}

#[test]
fn reads_mutated_command_sets_and_identifiers() {
    let mut random = Random(9);
    let (started, mut executions) = (Instant::now(), 0u64);
    let seeds: Vec<Vec<u8>> = seeds().iter().map(|seed| seed[12..].to_vec()).collect();
    while started.elapsed() < seconds() {
        let bytes = mutate(&mut random, &seeds);
        if let Ok(command) = CommandSet::decode(&bytes) {
            assert_eq!(CommandSet::decode(&command.encode()), Ok(command));
        }
        for transfer_syntax in [uids::EXPLICIT_VR_LITTLE_ENDIAN, uids::IMPLICIT_VR_LITTLE_ENDIAN] {
            let mut reader = Reader::of_data_set(transfer_syntax, data_set::Limits::default());
            if reader.push(&bytes).is_ok()
                && let Ok(set) = reader.finish()
            {
                crate::service::read_identifier(&set);
            }
        }
        executions += 1;
    }
    println!("{executions} command sets and Identifiers in {:.1} s", started.elapsed().as_secs_f64());
}
