//! Search (QIDO-RS, PS3.18 §10.6): six resources, one engine.

pub(crate) mod parameters;
mod represent;

use actix_web::HttpResponse;
use archive::Level;

use crate::Failure;
use crate::asked::Asked;
use crate::model::{Holds, Model};

/// Header with the number of matches on all pages: an extension of ours, on request.
pub(crate) const TOTAL: &str = "x-total-count";

/// Search for Studies.
pub(crate) async fn studies(asked: Asked) -> Result<HttpResponse, Failure> {
    search(asked, Level::Study).await
}

/// Search for Series, of one Study or of all.
pub(crate) async fn series(asked: Asked) -> Result<HttpResponse, Failure> {
    search(asked, Level::Series).await
}

/// Search for Instances, of one Series, one Study or all.
pub(crate) async fn instances(asked: Asked) -> Result<HttpResponse, Failure> {
    search(asked, Level::Instance).await
}

async fn search(asked: Asked, level: Level) -> Result<HttpResponse, Failure> {
    let model = Model::choose(&asked.accept, Holds::List)?;
    let search = parameters::read(&asked, level)?;
    let answer = asked.archive.search(&asked.actor, search.clone()).await?;
    represent::matches(model, &asked, &search, answer).await
}
