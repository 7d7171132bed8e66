//! Images that are described one after the other are written down together.

use std::time::Duration;

use archive::Archive;
use archive::similar::Example;

use super::radiograph::Radiograph;
use super::{all_described, like};
use crate::fixture::{Fixture, actor};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn images_of_a_series_are_written_down_together_unless_a_process_ended_at_it() {
    let fixture = Fixture::with(|settings| settings.similar.quiet = Duration::from_secs(3600)).await;
    let all: Vec<Radiograph> = (1..=16).map(Radiograph::new).collect();
    for (place, radiograph) in all.iter().enumerate() {
        let series = all[place / 8 * 8].series();
        fixture.store(&radiograph.object().with(0x0020, 0x000e, "UI", series).file()).await.result.expect("stored");
    }
    fixture.archive.close().await;
    fixture
        .index
        .sql("INSERT INTO describing (series_key, due_at, begun) SELECT max(series_key), now(), 1 FROM series");
    let mut settings = fixture.settings.clone();
    settings.similar.quiet = Duration::ZERO;
    let next = Archive::open(settings).await.expect("an archive");
    all_described(&fixture);
    let transactions = |series: &str| -> usize {
        let count = format!(
            "SELECT count(DISTINCT changed_by) FROM descriptions JOIN instances USING (instance_key)
             WHERE series_key = (SELECT {series}(series_key) FROM series)"
        );
        fixture.index.sql(&count).trim().parse().expect("a number")
    };
    assert!(transactions("min") < 8, "{}", transactions("min"));
    assert_eq!(transactions("max"), 8);
    let answer = next.similar(&actor(), like(Example::Sent(all[9].object().file().into()))).await.expect("an answer");
    assert_eq!((answer.among, answer.waiting, answer.matches[0].duplicate), (Some(16), 0, true));
    next.close().await;
}
