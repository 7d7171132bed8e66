//! Searches whose first looks an OpenCL device takes, PoCL in tests. Without a device the processor is compared with itself.

use std::time::Duration;

use archive::similar::{Profile, SimilarRequest};
use archive::volume::DevicePolicy;
use archive::{Actor, Archive, Right};

use super::radiograph::Radiograph;
use super::{all_described, like_stored, uids};
use crate::fixture::{Fixture, actor};

type Told = (Vec<(String, f64, bool)>, Vec<usize>, Option<usize>);

async fn told(archive: &Archive, request: &SimilarRequest) -> Told {
    let answer = archive.similar(&actor(), request.clone()).await.expect("an answer");
    let scores = answer.matches.iter().map(|found| (found.score, found.mirrored));
    let found = uids(&answer).into_iter().zip(scores).map(|(uid, (score, mirrored))| (uid, score, mirrored));
    (found.collect(), answer.looks, answer.among)
}

async fn agree(fixture: &Fixture, processor: &Archive, examples: &[Radiograph]) {
    for example in examples {
        let whole = SimilarRequest { limit: 5, ..like_stored(fixture, example).await };
        let gradients = SimilarRequest { profile: Profile::Gradients, ..whole.clone() };
        let mirrored = SimilarRequest { mirrored: true, ..whole.clone() };
        let part = SimilarRequest { part: Some([0.1, 0.2, 0.7, 0.9]), ..whole.clone() };
        for request in [whole, gradients, mirrored, part] {
            assert_eq!(told(&fixture.archive, &request).await, told(processor, &request).await);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_device_finds_what_the_processor_finds_while_images_come_and_go() {
    let mut all: Vec<Radiograph> = (1..=12).map(Radiograph::new).collect();
    all.push(Radiograph { pixels: all[2].pixels.clone(), ..Radiograph::new(13) });
    all.push(all[4].mirrored(14));
    let fixture = Fixture::with(|settings| {
        settings.similar.quiet = Duration::ZERO;
        settings.volume_device = DevicePolicy::Opencl;
    })
    .await;
    let mut settings = fixture.settings.clone();
    settings.volume_device = DevicePolicy::Cpu;
    let processor = Archive::open(settings).await.expect("an archive");
    for radiograph in &all[..9] {
        fixture.store(&radiograph.object().file()).await.result.expect("stored");
    }
    all_described(&fixture);
    agree(&fixture, &processor, &all[..3]).await;
    for radiograph in &all[9..] {
        fixture.store(&radiograph.object().file()).await.result.expect("stored");
    }
    all_described(&fixture);
    agree(&fixture, &processor, &all[2..5]).await;
    let deleting = Actor { rights: vec![Right::Search, Right::Delete], ..actor() };
    for gone in [&all[0], &all[13], &all[7]] {
        fixture.archive.delete(&deleting, &gone.scope()).await.expect("deleted");
    }
    agree(&fixture, &processor, &all[2..5]).await;
    fixture.store(&all[7].object().file()).await.result.expect("stored again");
    all_described(&fixture);
    agree(&fixture, &processor, &all[7..9]).await;
    let device = compute::device::devices().ok().and_then(|devices| devices.first().map(|device| device.name.clone()));
    assert_eq!(fixture.archive.volume_site().await.expect("a place"), device.unwrap_or_default(), "it failed");
    processor.close().await;
}
