//! Rows of single instances that were asked for a moment ago. Who looks at a series asks for its instances one by one;
//! from the second on they come from here.
//!
//! What this gateway deletes or replaces is forgotten at once. Another gateway over the same databases cannot say so: what
//! it deletes can be had here for [`BELIEVED`] longer, unless its file goes before.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use schema::lookup;

use super::{Scope, StoredInstance};
use crate::{Archive, Error};

/// How long a row is believed.
const BELIEVED: Duration = Duration::from_secs(1);
/// Most rows that are kept, of some 700 bytes each.
const ROOM: usize = 16_384;
/// Most rows of a series that are read ahead, and how many Instance Numbers before the one that is asked for they begin.
const AHEAD: i64 = 1_024;
const BEFORE: i32 = 256;
/// How long somebody may look at one instance and still be walking through its series.
const PAUSE: Duration = Duration::from_secs(30);

/// A bounded memory, by SOP Instance UID.
#[derive(Default)]
pub(crate) struct RecentInstances(Mutex<State>);

#[derive(Default)]
struct State {
    rows: HashMap<String, (Instant, StoredInstance)>,
    /// Series of which a single instance was asked for: when last, and when rows of it were read ahead.
    looked_at: HashMap<String, (Instant, Option<Instant>)>,
    /// How often something was forgotten: what was read before that may not be kept.
    forgotten: u64,
}

/// Rows may be kept if nothing was forgotten since.
struct Turn(u64);

impl Archive {
    /// The one instance of a scope that names one. `None` when there is none.
    pub(super) async fn find_one(&self, scope: &Scope) -> Result<Option<StoredInstance>, Error> {
        let recent = &self.0.recent;
        if let Some(instance) = recent.get(scope) {
            return Ok(Some(instance));
        }
        let (turn, is_walked) = recent.missed(scope);
        let wanted = scope.clone();
        let rows = self.with_index(move |connection| {
            let (study, series, instance) = wanted.texts();
            let mut rows = lookup::instances(connection, study, series, instance)?;
            if let Some(row) = rows.first().filter(|_| is_walked) {
                rows.extend(lookup::neighbours(connection, row.instance_key, BEFORE, AHEAD)?);
            }
            Ok(rows)
        });
        let rows: Vec<StoredInstance> = rows.await?.into_iter().map(StoredInstance::from).collect();
        let found = rows.first().cloned();
        recent.put(&turn, rows);
        Ok(found)
    }
}

impl Archive {
    /// Whether the row of an instance still names its file: another gateway may have replaced or deleted it.
    pub(super) async fn is_still(&self, instance: &StoredInstance) -> Result<bool, Error> {
        if instance.is_deidentified() {
            let key = instance.key;
            let rows = self.with_index(move |connection| lookup::by_keys(connection, &[key])).await?;
            return Ok(rows.iter().any(|row| row.file_path == instance.path));
        }
        self.0.recent.forget(&instance.instance);
        let (study, series, uid) = (instance.study.clone(), instance.series.clone(), instance.instance.clone());
        let rows =
            self.with_index(move |connection| lookup::instances(connection, &study, Some(&series), Some(&uid))).await?;
        Ok(rows.iter().any(|row| row.file_path == instance.path))
    }
}

impl RecentInstances {
    /// An instance is no longer what it was.
    pub(crate) fn forget(&self, instance: &str) {
        let state = &mut *self.0.lock();
        state.forgotten += 1;
        state.rows.remove(instance);
    }

    /// Nothing is what it was.
    pub(crate) fn forget_all(&self) {
        let state = &mut *self.0.lock();
        state.forgotten += 1;
        state.rows.clear();
    }

    fn get(&self, scope: &Scope) -> Option<StoredInstance> {
        let (study, series, instance) = scope.texts();
        let state = self.0.lock();
        let (since, row) = state.rows.get(instance?)?;
        let is_it = row.study == study && series.is_none_or(|series| row.series == series);
        (is_it && since.elapsed() < BELIEVED).then(|| row.clone())
    }

    /// Takes a turn to read; tells whether to read ahead, because instances of this series are asked for one after the
    /// other. What is read ahead is good for a while: it is not read again before.
    fn missed(&self, scope: &Scope) -> (Turn, bool) {
        let state = &mut *self.0.lock();
        let turn = Turn(state.forgotten);
        let Some(series) = scope.texts().1 else { return (turn, false) };
        if state.looked_at.len() >= ROOM {
            state.looked_at.clear();
        }
        let now = Instant::now();
        let Some((last, ahead)) = state.looked_at.get_mut(series) else {
            state.looked_at.insert(series.to_owned(), (now, None));
            return (turn, false);
        };
        let is_walked = last.elapsed() < PAUSE && ahead.is_none_or(|ahead| ahead.elapsed() >= BELIEVED);
        *last = now;
        if is_walked {
            *ahead = Some(now);
        }
        (turn, is_walked)
    }

    fn put(&self, turn: &Turn, rows: Vec<StoredInstance>) {
        let state = &mut *self.0.lock();
        if state.forgotten != turn.0 {
            return;
        }
        if state.rows.len() + rows.len() > ROOM {
            state.rows.retain(|_, (since, _)| since.elapsed() < BELIEVED);
        }
        if state.rows.len() + rows.len() > ROOM {
            state.rows.clear();
        }
        let now = Instant::now();
        state.rows.extend(rows.into_iter().map(|row| (row.instance.clone(), (now, row))));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Uid;

    fn scope(series: &str, instance: &str) -> Scope {
        let uid = |text: &str| Uid::new(text).unwrap();
        Scope { study: uid("1.1"), series: Some(uid(series)), instance: Some(uid(instance)) }
    }

    #[test]
    fn knows_an_instance_in_its_own_series_only() {
        let recent = RecentInstances::default();
        let (turn, _) = recent.missed(&scope("1.2", "1.3"));
        recent.put(&turn, vec![StoredInstance::named("1.2", "1.3")]);
        assert!(recent.get(&scope("1.2", "1.3")).is_some());
        assert!(recent.get(&scope("1.9", "1.3")).is_none());
    }

    #[test]
    fn reads_ahead_from_the_second_instance_on() {
        let recent = RecentInstances::default();
        assert!(!recent.missed(&scope("1.2", "1.3")).1);
        assert!(recent.missed(&scope("1.2", "1.4")).1);
        assert!(!recent.missed(&scope("1.2", "1.9")).1, "not again at once");
        assert!(!recent.missed(&scope("1.5", "1.6")).1);
    }

    #[test]
    fn keeps_nothing_that_was_read_before_a_deletion() {
        let recent = RecentInstances::default();
        let (turn, _) = recent.missed(&scope("1.2", "1.3"));
        recent.forget("1.3");
        recent.put(&turn, vec![StoredInstance::named("1.2", "1.3")]);
        assert!(recent.get(&scope("1.2", "1.3")).is_none());
    }

    #[test]
    fn has_bounds() {
        let recent = RecentInstances::default();
        for number in 0..ROOM + 10 {
            let uid = format!("1.{number}");
            let (turn, _) = recent.missed(&scope(&uid, &uid));
            recent.put(&turn, vec![StoredInstance::named(&uid, &uid)]);
        }
        let state = recent.0.lock();
        assert!(state.rows.len() <= ROOM && state.looked_at.len() <= ROOM);
    }
}
