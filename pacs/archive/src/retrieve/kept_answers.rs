//! Metadata that were sent lately, as they were sent: while a Study or Series is as it was, the answer is too.
//!
//! Every store, replacement and deletion changes the rows of its Study and Series, and the database marks each state of a
//! row with the transaction that made it. So one short query, by whichever gateway, tells whether an answer still holds.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use futures_util::{Stream, StreamExt};
use parking_lot::Mutex;

use super::Scope;
use crate::{Actor, Archive, Error};

/// Bytes that are kept at most, over all answers.
const ROOM: usize = 128 << 20;
/// Longest answer that is kept.
const LONGEST: usize = ROOM / 8;
/// How long an answer is kept: headers can be mended (`pacs verify`), which changes no row of the index.
const KEPT: Duration = Duration::from_secs(600);

/// An answer that still holds, or the place for one.
pub enum Kept {
    /// This was sent, and would be again.
    Answer(KeptAnswer),
    /// There is none; the next one can be kept here.
    Place(Place),
}

/// The answer, and what tells its state to clients.
#[derive(Debug, Clone)]
pub struct KeptAnswer {
    /// All of it.
    pub bytes: Bytes,
    /// Entity tag.
    pub etag: String,
    /// When the newest of its instances was stored, in seconds since 1970.
    pub modified: Option<u64>,
}

/// Where an answer is kept: what it is of, in which state, in which form.
pub struct Place {
    archive: Archive,
    key: Option<String>,
}

/// A bounded cache.
#[derive(Default)]
pub(crate) struct KeptAnswers(Mutex<Entries>);

#[derive(Default)]
struct Entries {
    by_key: HashMap<String, Entry>,
    bytes: usize,
    clock: u64,
}

struct Entry {
    answer: KeptAnswer,
    since: Instant,
    used: u64,
}

impl Archive {
    /// The metadata of a scope in a form, if they were sent in it since they last changed. Checks and audits as
    /// [`Archive::metadata`] does, which is to be asked when there is no answer.
    pub async fn kept_metadata(&self, actor: &Actor, scope: &Scope, form: &str) -> Result<Kept, Error> {
        let mut place = Place { archive: self.clone(), key: None };
        if !actor.identified {
            return Ok(Kept::Place(place));
        }
        self.may_retrieve(actor, scope, "metadata")?;
        let (study, series, instance) = scope.texts();
        if instance.is_some() {
            return Ok(Kept::Place(place));
        }
        let (study, series) = (study.to_owned(), series.map(str::to_owned));
        let name = format!("{study}\n{}\n{form}", series.as_deref().unwrap_or_default());
        let state = self.with_index(move |connection| schema::lookup::state(connection, &study, series.as_deref()));
        let Some(state) = state.await? else { return Ok(Kept::Place(place)) };
        let key = format!("{name}\n{state}");
        if let Some(answer) = self.0.answers.get(&key) {
            self.audit_retrieval(actor, scope, "metadata", true);
            return Ok(Kept::Answer(answer));
        }
        place.key = Some(key);
        Ok(Kept::Place(place))
    }
}

impl Place {
    /// Passes an answer on, and keeps it when it comes to its end and is not too long.
    pub fn keep<'a>(
        self,
        etag: String,
        modified: Option<u64>,
        content: impl Stream<Item = Result<Bytes, Error>> + 'a,
    ) -> impl Stream<Item = Result<Bytes, Error>> + 'a {
        let mut gathered = self.key.map(|key| (key, BytesMut::new()));
        let archive = self.archive;
        let end = futures_util::stream::iter([None]);
        content.map(Some).chain(end).filter_map(move |piece| {
            match (&piece, &mut gathered) {
                (Some(Ok(piece)), Some((_, bytes))) if bytes.len() + piece.len() <= LONGEST => {
                    bytes.extend_from_slice(piece);
                }
                (Some(_), _) => gathered = None,
                (None, _) => {
                    if let Some((key, bytes)) = gathered.take() {
                        let answer = KeptAnswer { bytes: bytes.freeze(), etag: etag.clone(), modified };
                        archive.0.answers.put(key, answer);
                    }
                }
            }
            std::future::ready(piece)
        })
    }
}

impl KeptAnswers {
    fn get(&self, key: &str) -> Option<KeptAnswer> {
        let entries = &mut *self.0.lock();
        entries.clock += 1;
        let entry = entries.by_key.get_mut(key).filter(|entry| entry.since.elapsed() < KEPT)?;
        entry.used = entries.clock;
        Some(entry.answer.clone())
    }

    fn put(&self, key: String, answer: KeptAnswer) {
        let entries = &mut *self.0.lock();
        entries.clock += 1;
        entries.bytes += answer.bytes.len();
        let entry = Entry { answer, since: Instant::now(), used: entries.clock };
        if let Some(before) = entries.by_key.insert(key, entry) {
            entries.bytes -= before.answer.bytes.len();
        }
        if entries.bytes > ROOM {
            entries.forget_older_half();
        }
    }
}

impl Entries {
    fn forget_older_half(&mut self) {
        let mut used: Vec<u64> = self.by_key.values().map(|entry| entry.used).collect();
        let middle = used.len() / 2;
        let (_, &mut median, _) = used.select_nth_unstable(middle);
        self.by_key.retain(|_, entry| entry.used > median && entry.since.elapsed() < KEPT);
        self.bytes = self.by_key.values().map(|entry| entry.answer.bytes.len()).sum();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(length: usize) -> KeptAnswer {
        KeptAnswer { bytes: vec![b' '; length].into(), etag: String::new(), modified: None }
    }

    #[test]
    fn keeps_no_more_than_there_is_room() {
        let answers = KeptAnswers::default();
        for number in 0..100 {
            answers.put(number.to_string(), answer(LONGEST));
            assert!(answers.0.lock().bytes <= ROOM);
        }
        assert!(answers.get("99").is_some());
        assert!(answers.get("0").is_none());
    }
}
