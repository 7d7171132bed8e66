//! AE titles that are looked up together.
//!
//! Whoever asks for an association is looked up in the index, so that a change counts at once. One query at a time answers
//! all who wait when it begins: a flood of associations takes one connection to the database, not those that stores need.

use std::collections::{BTreeMap, BTreeSet};
use std::mem::take;
use std::sync::Arc;

use parking_lot::Mutex;
use schema::access::entities::EntityRow;
use tokio::sync::{Mutex as Turns, oneshot};

use crate::Error;

type Found = Result<Option<EntityRow>, Arc<Error>>;

/// Who waits to be looked up.
#[derive(Default)]
pub(crate) struct Lookups {
    /// Held while a query runs.
    turn: Arc<Turns<()>>,
    waiting: Mutex<Vec<Waiting>>,
}

struct Waiting {
    title: String,
    answer: oneshot::Sender<Found>,
}

impl Lookups {
    /// The row of a title, as it is now. `look` gives the rows of all titles that wait with it, on a blocking thread; it is
    /// run unless somebody else's answers this one too, and to its end even when nobody waits any more.
    pub(super) async fn find(
        &self,
        title: &str,
        look: impl FnOnce(Vec<String>) -> Result<Vec<EntityRow>, Error> + Send + 'static,
    ) -> Result<Option<EntityRow>, Error> {
        let (answer, mut answered) = oneshot::channel();
        self.waiting.lock().push(Waiting { title: title.to_owned(), answer });
        let turn = Arc::clone(&self.turn).lock_owned().await;
        let found = match answered.try_recv() {
            Ok(found) => found,
            Err(_) => {
                let waiting = take(&mut *self.waiting.lock());
                tokio::task::spawn_blocking(move || {
                    tell(waiting, look);
                    drop(turn);
                });
                let ended = |_| Err(Arc::new(Error::Internal("a look-up ended early".into(), None)));
                answered.await.unwrap_or_else(ended)
            }
        };
        found.map_err(|error| match *error {
            Error::Unavailable(what, _) => Error::Unavailable(what, Some(Box::new(error))),
            _ => Error::Internal("an application entity cannot be looked up".into(), Some(Box::new(error))),
        })
    }
}

/// Tells each who waits what was found of its title.
fn tell(waiting: Vec<Waiting>, look: impl FnOnce(Vec<String>) -> Result<Vec<EntityRow>, Error>) {
    let titles: BTreeSet<String> = waiting.iter().map(|one| one.title.clone()).collect();
    let rows = look(titles.into_iter().collect()).map_err(Arc::new);
    let rows = rows.map(|rows| rows.into_iter().map(|row| (row.title.clone(), row)).collect::<BTreeMap<_, _>>());
    for Waiting { title, answer } in waiting {
        let found = rows.as_ref().map(|rows| rows.get(&title).cloned()).map_err(Arc::clone);
        // Who has gone meanwhile is told nothing.
        let _ = answer.send(found);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::mpsc;

    use chrono::Utc;
    use futures_util::future::join_all;

    use super::*;

    fn row(title: String) -> EntityRow {
        EntityRow {
            title,
            host: "ct1".into(),
            port: 104,
            tls: false,
            may_store: true,
            may_search: false,
            may_move: false,
            may_worklist: false,
            created_at: Utc::now(),
            max_associations: None,
            certificate: None,
        }
    }

    fn known(titles: Vec<String>) -> Result<Vec<EntityRow>, Error> {
        Ok(titles.into_iter().filter(|title| title != "NOBODY").map(row).collect())
    }

    #[tokio::test]
    async fn one_query_answers_all_who_came_while_another_ran() {
        let (lookups, queries) = (Lookups::default(), Arc::new(AtomicUsize::new(0)));
        let (let_go, held) = mpsc::channel::<()>();
        let first = lookups.find("CT1", move |titles| {
            held.recv().expect("the test lets it go");
            known(titles)
        });
        let others = ["CT2", "CT3", "NOBODY", "CT2"].map(|title| {
            let queries = Arc::clone(&queries);
            lookups.find(title, move |titles| {
                queries.fetch_add(1, Ordering::SeqCst);
                known(titles)
            })
        });
        let all_wait = async {
            while lookups.waiting.lock().len() < 4 {
                tokio::task::yield_now().await;
            }
            let_go.send(()).expect("the first look-up waits");
        };
        let (first, others, ()) = tokio::join!(first, join_all(others), all_wait);
        let title = |found: Result<Option<EntityRow>, Error>| found.expect("an answer").map(|row| row.title);
        assert_eq!(title(first).as_deref(), Some("CT1"));
        let others: Vec<_> = others.into_iter().map(title).collect();
        assert_eq!(others, [Some("CT2".to_owned()), Some("CT3".to_owned()), None, Some("CT2".to_owned())]);
        assert_eq!(queries.load(Ordering::SeqCst), 1);
    }

    #[tokio::test]
    async fn who_goes_away_takes_nobody_along_and_a_failure_is_everybodys() {
        let lookups = Lookups::default();
        let (let_go, held) = mpsc::channel::<()>();
        let gone = lookups.find("CT1", move |titles| {
            held.recv().expect("the test lets it go");
            known(titles)
        });
        assert!(futures_util::FutureExt::now_or_never(gone).is_none());
        let down = || Err(Error::Unavailable("the index database", None));
        let both = ["CT1", "CT2"].map(|title| lookups.find(title, move |_| down()));
        let (both, ()) = tokio::join!(join_all(both), async { let_go.send(()).expect("the look-up runs on") });
        assert!(both.iter().all(|found| matches!(found, Err(Error::Unavailable(..)))), "{both:?}");
        assert!(lookups.find("CT1", known).await.is_ok_and(|found| found.is_some()));
    }
}
