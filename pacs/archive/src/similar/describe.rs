//! The images of a series described: their pictures made and written down, and where in the body they lie.

use std::time::{Duration, Instant};

use futures_util::FutureExt;
use parking_lot::Mutex;
use schema::descriptors::{self, Again, CELLS, ClaimedSeries, Described, NewDescriptor, Undescribed};
use tokio::task::JoinError;

use super::picture::{self, Made, RECIPE};
use super::together::Together;
use super::{SeenAs, cells_as_bytes, copies, place, tomogram};
use crate::jobs::pause;
use crate::{Archive, Error, StoredInstance, archive, node};

/// Images whose attributes are read at once.
const PAGE: i64 = 200;
/// How long nobody else takes a series that somebody is at.
pub(super) const LEASE: Duration = Duration::from_secs(120);
/// How often that is said again.
pub(super) const RENEW: Duration = Duration::from_secs(30);
/// How often it is asked whether somebody is still at it.
const ASK: Duration = Duration::from_millis(50);
/// How often a defect is met before it counts as one of the image.
const MOST_FAILURES: i32 = 3;
/// How often a process may end at a series before what it was at counts as the cause.
const MOST_ENDS: i32 = 3;

/// Why an image has no pictures at which work panicked.
const DEFECT: &str = "it was given up by a defect of ours";
/// Why an image has no pictures at which processes ended.
const ENDED: &str = "the gateway ended several times while it was described";

/// What keeps others from a series while it is described.
pub(super) struct Hold<'a> {
    /// Whether to go on.
    pub(super) goes_on: &'a (dyn Fn() -> bool + Sync),
    /// Called from time to time, so that nobody else takes the series.
    pub(super) renew: &'a (dyn Fn() + Sync),
    pub(super) every: Duration,
    pub(super) renewed: Mutex<Instant>,
    /// How often the series failed before.
    pub(super) failures: i32,
    /// How often it was begun since it last ended in whatever way.
    pub(super) begun: i32,
}

impl Hold<'_> {
    fn goes_on(&self) -> bool {
        let mut renewed = self.renewed.lock();
        if renewed.elapsed() >= self.every {
            (self.renew)();
            *renewed = Instant::now();
        }
        (self.goes_on)()
    }
}

/// Slices that are described together, with their cells.
type Slices = Vec<(i64, [u8; CELLS])>;

/// Describes all images of a series that are not described. `false` when it was not gone on with.
pub(super) async fn series(archive: &Archive, series_key: i64, hold: &Hold<'_>) -> Result<bool, Error> {
    // Images are described one after the other, slices last: it was the first one that is left, or the slices.
    let (mut is_to_blame, mut slices) = (hold.begun > MOST_ENDS, Slices::new());
    let mut together = Together::new(hold.begun > 1 || hold.failures > 0);
    let described = images(archive, series_key, hold, (&mut together, &mut slices, &mut is_to_blame)).await;
    // What was made before something failed, or others had to go first, is kept.
    let written = together.write(archive).await;
    if !described? {
        return written.map(|()| false);
    }
    written?;
    if slices.is_empty() { Ok(true) } else { of_slices(archive, series_key, slices, (hold, is_to_blame)).await }
}

/// Describes the images of a series that are no slices, and finds those that are.
async fn images(
    archive: &Archive,
    series_key: i64,
    hold: &Hold<'_>,
    (together, slices, is_to_blame): (&mut Together, &mut Slices, &mut bool),
) -> Result<bool, Error> {
    let (node, mut after) = (archive.0.node.id, 0);
    loop {
        let page = archive
            .with_index(move |connection| {
                descriptors::undescribed(connection, (series_key, node), RECIPE, (after, PAGE))
            })
            .await?;
        let Some(last) = page.last() else { return Ok(true) };
        after = last.row.instance_key;
        let mut bare = Vec::new();
        let mut pictured = Vec::new();
        for image in page {
            let (is_slice, is_pictured) = (image.kind == "tomogram", has_picture(archive, &image));
            let Undescribed { row, attributes, .. } = image;
            let instance = StoredInstance::from(row);
            let cells = cells_as_bytes(&place::of_attributes(archive, &instance, attributes).await?);
            match is_slice {
                true => slices.push((instance.key, cells)),
                false if is_pictured => pictured.push((instance, cells)),
                false => bare.push(described(instance.key, None, cells)),
            }
        }
        if !bare.is_empty() {
            archive.with_index(move |connection| descriptors::write(connection, &bare, &[])).await?;
        }
        for (image, cells) in pictured {
            if !hold.goes_on() {
                return Ok(false);
            }
            // It may have rested for others.
            if together.is_due() {
                together.write(archive).await?;
            }
            let made = match std::mem::take(is_to_blame) {
                true => Err(ENDED.to_owned()),
                false => settled(archive, hold.failures, made(archive, &image)).await?,
            };
            let (failure, picture) = made.map_or_else(|reason| (Some(reason), None), |picture| (None, Some(picture)));
            together.add(described(image.key, failure, cells), picture, image.path);
            if together.is_due() {
                together.write(archive).await?;
            }
        }
    }
}

/// Whether a picture is made of an image that is no slice.
fn has_picture(archive: &Archive, image: &Undescribed) -> bool {
    let is_chosen = || archive.0.settings.similar.kinds.iter().any(|known| known.word() == image.kind);
    image.kind == "radiogram" || (image.row.frame_count == 1 && is_chosen())
}

fn described(instance_key: i64, failure: Option<String>, cells: [u8; CELLS]) -> Described {
    Described { instance_key, version: RECIPE, failure, cells: cells.to_vec() }
}

/// The picture of an image, its larger copies on the node.
async fn made(archive: &Archive, instance: &StoredInstance) -> Result<NewDescriptor, Error> {
    let (seen, frame, room) = picture::stored(archive, instance, None).await?;
    let (node, path, key) = (archive.0.node.clone(), instance.path.clone(), instance.key);
    archive::blocking(move || {
        let made = Made::within(room, &seen)?;
        copies::write(&node, &path, SeenAs::Image, &made.pyramid).map_err(node::write_failure)?;
        Ok(made.row(key, SeenAs::Image, frame))
    })
    .await
}

/// Describes the slices of a series, and what they show together.
async fn of_slices(
    archive: &Archive,
    series_key: i64,
    slices: Vec<(i64, [u8; CELLS])>,
    (hold, is_to_blame): (&Hold<'_>, bool),
) -> Result<bool, Error> {
    let chosen = archive.0.settings.similar.kinds.iter().any(|known| known.word() == "tomogram");
    let node = archive.0.node.id;
    let rows = archive.with_index(move |connection| descriptors::tomogram(connection, series_key, node)).await?;
    let all: Vec<StoredInstance> = rows.into_iter().map(StoredInstance::from).collect();
    let used: Vec<i64> = if chosen { all.iter().map(|slice| slice.key).collect() } else { Vec::new() };
    let pictures = match chosen {
        true if is_to_blame => Err(ENDED.to_owned()),
        true => settled(archive, hold.failures, pictures_of(archive, &all, hold)).await?,
        false => Ok(Some(Vec::new())),
    };
    let (failure, pictures) = match pictures {
        Ok(None) => return Ok(false),
        Ok(Some(pictures)) => (None, pictures),
        Err(reason) => (Some(reason), Vec::new()),
    };
    let described: Vec<Described> =
        slices.into_iter().map(|(instance_key, cells)| described(instance_key, failure.clone(), cells)).collect();
    let pictured: Vec<i64> = pictures.iter().map(|picture| picture.instance_key).collect();
    let bare = archive
        .with_index(move |connection| {
            descriptors::write_tomogram(connection, series_key, &described, (&used, &pictures))
        })
        .await?;
    let (is_written, paths): (bool, Vec<String>) = match bare {
        Some(bare) => (true, bare.into_iter().filter(|(on, _)| *on == node).map(|(_, path)| path).collect()),
        // Files of slices that are gone, or that get other copies when the series is described again.
        None => {
            (false, all.into_iter().filter(|slice| pictured.contains(&slice.key)).map(|slice| slice.path).collect())
        }
    };
    let node = archive.0.node.clone();
    let removed = move || paths.iter().try_for_each(|path| copies::remove(&node, path)).map_err(node::write_failure);
    archive::blocking(removed).await?;
    if is_written {
        return Ok(true);
    }
    Err(Error::Unavailable("a slice that was removed meanwhile", None))
}

async fn pictures_of(
    archive: &Archive,
    slices: &[StoredInstance],
    hold: &Hold<'_>,
) -> Result<Option<Vec<NewDescriptor>>, Error> {
    let Some(pictures) = tomogram::pictures(archive, slices, &|| hold.goes_on()).await? else { return Ok(None) };
    let node = archive.0.node.clone();
    archive::blocking(move || {
        let mut all = Vec::new();
        for picture in pictures {
            let (instance, made) = (&picture.instance, &picture.made);
            copies::write(&node, &instance.path, picture.seen_as, &made.pyramid).map_err(node::write_failure)?;
            all.push(made.row(instance.key, picture.seen_as, picture.frame));
        }
        Ok(Some(all))
    })
    .await
}

/// What a description comes to: what was made, or why that cannot be. What may be otherwise later is an error.
async fn settled<T>(
    archive: &Archive,
    failures: i32,
    making: impl Future<Output = Result<T, Error>>,
) -> Result<Result<T, String>, Error> {
    // A defect met by one image must not keep others waiting.
    let made = std::panic::AssertUnwindSafe(making).catch_unwind().await;
    match made {
        Ok(Ok(made)) => Ok(Ok(made)),
        Ok(Err(error)) => match reason(&error, failures) {
            // An empty folder where a disk should be says nothing about images.
            Some(_) if !archive.0.node.is_there() => Err(Error::Unavailable("the storage node", None)),
            Some(reason) => Ok(Err(reason)),
            None => Err(error),
        },
        Err(_) => Ok(Err(DEFECT.to_owned())),
    }
}

/// Why an image cannot be described; `None` when that may be otherwise later.
fn reason(error: &Error, failures: i32) -> Option<String> {
    match error {
        Error::Unavailable(..) | Error::OutOfResources => None,
        Error::Internal(_, Some(source)) if source.downcast_ref::<JoinError>().is_some_and(JoinError::is_panic) => {
            Some(DEFECT.to_owned())
        }
        Error::Internal(..) if failures < MOST_FAILURES => None,
        error => Some(error.to_string()),
    }
}

/// Makes an image's pictures anew whose copies are lost. An image that is gone, or cannot be read any more, has none then.
/// While somebody else is at its series it waits, and makes none: they may be there now. Blocks, until `until` at most but for
/// the picture that it is at.
pub(super) fn again(archive: &Archive, instance_key: i64, until: Instant) -> Result<(), Error> {
    let index = &archive.0.index;
    let claimed = match index.run(|connection| descriptors::claim_again(connection, instance_key, LEASE))? {
        Again::Mine(claimed) => claimed,
        Again::Gone => return Ok(()),
        Again::Held => {
            while Instant::now() < until && index.run(|connection| descriptors::is_held(connection, instance_key))? {
                std::thread::sleep(ASK);
            }
            return Ok(());
        }
    };
    let goes_on = || Instant::now() < until;
    let renew = || told(index.run(|connection| descriptors::renew(connection, claimed.series_key, LEASE)));
    let (renewed, ClaimedSeries { failures, begun, .. }) = (Mutex::new(Instant::now()), claimed.clone());
    let hold = Hold { goes_on: &goes_on, renew: &renew, every: RENEW, renewed, failures, begun };
    let described = tokio::runtime::Handle::current().block_on(series(archive, claimed.series_key, &hold));
    settle(archive, &claimed, &described)?;
    described.map(drop)
}

/// Writes down how a series that was claimed ended.
pub(super) fn settle(archive: &Archive, claimed: &ClaimedSeries, described: &Result<bool, Error>) -> Result<(), Error> {
    let index = &archive.0.index;
    match described {
        Ok(true) => index.run(|connection| descriptors::finish(connection, claimed.series_key, RECIPE)),
        // Whoever comes next goes on.
        Ok(false) => index.run(|connection| descriptors::give_back(connection, claimed.series_key)),
        Err(error) => {
            tracing::warn!(series = claimed.series_key, %error, "a series could not be described and is tried again");
            let (pause, words) = (pause(claimed.failures), error.to_string());
            index.run(|connection| descriptors::postpone(connection, claimed.series_key, pause, &words))
        }
    }
}

/// Logs what went wrong beside the work.
pub(super) fn told<T>(result: Result<T, Error>) {
    if let Err(error) = result {
        tracing::warn!(error = &error as &dyn std::error::Error, "descriptions cannot be looked after");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_defect_is_a_reason_and_what_may_pass_is_none() {
        let defect: Error =
            archive::blocking(|| -> Result<(), Error> { panic!("a defect of a decoder") }).await.unwrap_err();
        assert_eq!(reason(&defect, 0).as_deref(), Some(DEFECT));
        let strange = Error::Internal("strange".to_owned(), None);
        assert_eq!((reason(&strange, 2), reason(&strange, 3)), (None, Some("internal failure: strange".to_owned())));
        assert_eq!(reason(&Error::Unavailable("the storage node", None), 99), None);
        assert_eq!(reason(&Error::OutOfResources, 99), None);
        assert_eq!(reason(&Error::Damaged("broken".to_owned()), 0).as_deref(), Some("broken"));
    }
}
