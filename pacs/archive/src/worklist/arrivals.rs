//! Scheduled steps whose objects arrive, of modalities that report no performed step (MPPS).
//!
//! A store has no part in it: which study is what a step asked for is derived from the identity database, for the items
//! that somebody lists, and every half a minute for those that are open.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use schema::lookup::{self, ArrivedSeries};
use schema::worklist::{self, Link, OpenStep};
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;

use crate::{Archive, Error};

/// How often open steps are looked through.
const LOOK: Duration = Duration::from_secs(30);
/// Steps that were to begin longer ago are left as they are.
const RECENT: TimeDelta = TimeDelta::days(90);
/// Most steps of one statement.
const BATCH: usize = 1_000;

/// Moves steps on by what arrives, until `shutdown` is cancelled.
pub async fn follow_arrivals(archive: Archive, quiet: Duration, shutdown: CancellationToken) {
    let mut look = tokio::time::interval(LOOK);
    look.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = shutdown.cancelled() => return,
            _ = look.tick() => {}
        }
        if let Err(error) = archive.move_on_by_arrivals(quiet).await {
            tracing::warn!(%error, "the worklist cannot follow what arrives");
        }
    }
}

impl Archive {
    /// Moves scheduled steps on that no performed step refers to: one with objects that arrived since it was put on the
    /// worklist is `STARTED`, and `COMPLETED` when the last of them arrived `quiet` ago. Gives how many were moved.
    pub async fn move_on_by_arrivals(&self, quiet: Duration) -> Result<usize, Error> {
        let since = Utc::now().naive_utc() - RECENT;
        let steps = self.with_identity(move |connection| worklist::open(connection, since)).await?;
        let mut moved = 0;
        for batch in steps.chunks(BATCH) {
            moved += self.move_on(batch, quiet).await?;
        }
        Ok(moved)
    }

    async fn move_on(&self, steps: &[OpenStep], quiet: Duration) -> Result<usize, Error> {
        let keys = steps.iter().map(|step| step.scheduled_step_key).collect();
        let links = self.links(keys).await?;
        if links.is_empty() {
            return Ok(0);
        }
        let studies: Vec<String> = studies(&links).into_iter().map(str::to_owned).collect();
        let uids = studies.clone();
        let series = self.with_index(move |connection| lookup::arrived_series(connection, &strs(&uids))).await?;
        if series.is_empty() {
            return Ok(0);
        }
        let requests = self.with_identity(move |connection| worklist::requests(connection, &strs(&studies))).await?;
        let mut named: HashMap<&str, Vec<&str>> = HashMap::new();
        for request in &requests {
            named.entry(&request.series_instance_uid).or_default().push(&request.scheduled_procedure_step_id);
        }
        let moves: Vec<(OpenStep, &'static str)> =
            steps.iter().filter_map(|step| Some((step.clone(), next(step, &links, &series, &named, quiet)?))).collect();
        self.with_identity(move |connection| {
            let moved = moves.iter().map(|(step, status)| worklist::move_on(connection, step, status));
            Ok(moved.collect::<Result<Vec<bool>, _>>()?.into_iter().filter(|moved| *moved).count())
        })
        .await
    }

    /// The studies that are what steps asked for.
    pub(super) async fn links(&self, steps: Vec<i64>) -> Result<Vec<Link>, Error> {
        self.with_identity(move |connection| worklist::links(connection, &steps)).await
    }
}

/// The studies of links, each once.
pub(super) fn studies(links: &[Link]) -> HashSet<&str> {
    links.iter().map(|link| link.study_instance_uid.as_str()).collect()
}

fn strs(texts: &[String]) -> Vec<&str> {
    texts.iter().map(String::as_str).collect()
}

/// The status that a step is to have now, if it is another one.
fn next(
    step: &OpenStep,
    links: &[Link],
    series: &[ArrivedSeries],
    named: &HashMap<&str, Vec<&str>>,
    quiet: Duration,
) -> Option<&'static str> {
    let of_step = links.iter().filter(|link| link.scheduled_step_key == step.scheduled_step_key);
    let arrived = of_step.flat_map(move |link| {
        let of_study = series.iter().filter(move |series| series.study_instance_uid == link.study_instance_uid);
        of_study.filter(move |series| {
            let names = named.get(series.series_instance_uid.as_str()).map_or(&[][..], Vec::as_slice);
            is_meant(step, link.is_only, series, names)
        })
    });
    // What was there before the step was put on the worklist is no answer to it.
    let last = arrived.map(|series| series.updated_at).filter(|at| *at >= step.created_at).max()?;
    let status = if is_over(last, quiet) { "COMPLETED" } else { "STARTED" };
    (step.status != status).then_some(status)
}

/// Whether a series of a step's study was made for that step and for no other one.
fn is_meant(step: &OpenStep, is_only: bool, series: &ArrivedSeries, names: &[&str]) -> bool {
    is_only
        || names.contains(&step.scheduled_procedure_step_id.as_str())
        || (names.is_empty() && series.modality.is_some() && series.modality == step.modality)
}

fn is_over(last: DateTime<Utc>, quiet: Duration) -> bool {
    let quiet = TimeDelta::from_std(quiet).unwrap_or(TimeDelta::MAX);
    Utc::now().signed_duration_since(last) >= quiet
}
