use std::sync::mpsc;

use chrono::Utc;

use super::*;

fn row(actor: impl ToString) -> AuditRow {
    AuditRow {
        at: Utc::now(),
        action: "log-in".into(),
        actor: actor.to_string(),
        address: None,
        via: "https".into(),
        study_instance_uid: None,
        series_instance_uid: None,
        sop_instance_uid: None,
        outcome: "success".into(),
        detail: None,
    }
}

fn actors(rows: &[AuditRow]) -> Vec<String> {
    rows.iter().map(|row| row.actor.clone()).collect()
}

fn away() -> Error {
    Error::Unavailable("the index database", None)
}

#[tokio::test]
async fn writes_in_batches_and_in_order() {
    let (sender, batches) = mpsc::channel();
    let trail = Trail::start_with(move |rows| {
        sender.send(actors(rows)).unwrap();
        Ok(())
    });
    for number in 0..1000 {
        trail.push(row(number));
    }
    trail.close().await;
    let batches: Vec<Vec<String>> = batches.try_iter().collect();
    assert!(batches.iter().all(|batch| batch.len() <= BATCH));
    assert_eq!(batches.concat(), (0..1000).map(|number| number.to_string()).collect::<Vec<_>>());
}

#[tokio::test]
async fn loses_nothing_while_the_database_is_away() {
    let (sender, written) = mpsc::channel();
    let mut failures = 3;
    let trail = Trail::start_with(move |rows| {
        if failures > 0 {
            failures -= 1;
            return Err(away());
        }
        sender.send(actors(rows)).unwrap();
        Ok(())
    });
    trail.push(row("first"));
    trail.push(row("second"));
    trail.flush().await;
    assert_eq!(written.try_iter().collect::<Vec<_>>().concat(), ["first", "second"]);
}

#[tokio::test]
async fn one_bad_row_does_not_take_the_others_with_it() {
    let (sender, written) = mpsc::channel();
    let trail = Trail::start_with(move |rows| {
        if rows.iter().any(|row| row.actor == "bad") {
            return Err(Error::Internal("a query failed".into(), None));
        }
        sender.send(actors(rows)).unwrap();
        Ok(())
    });
    for actor in ["first", "bad", "last"] {
        trail.push(row(actor));
    }
    trail.close().await;
    assert_eq!(written.try_iter().collect::<Vec<_>>().concat(), ["first", "last"]);
}

#[test]
fn who_queues_waits_for_room() {
    let (open, gate) = mpsc::channel::<()>();
    let (sender, written) = mpsc::channel();
    let trail = Trail::start_with(move |rows| {
        gate.recv().ok();
        sender.send(rows.len()).unwrap();
        Ok(())
    });
    thread::scope(|scope| {
        let pushing = scope.spawn(|| (0..ROOM + 2 * BATCH).for_each(|number| trail.push(row(number))));
        while trail.shared.state.lock().rows.len() < ROOM {
            thread::yield_now();
        }
        drop(open);
        pushing.join().unwrap();
    });
    drop(trail);
    assert_eq!(written.iter().sum::<usize>(), ROOM + 2 * BATCH);
}
