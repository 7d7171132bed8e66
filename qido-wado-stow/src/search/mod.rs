//! Search (QIDO-RS, PS3.18 §10.6): six resources, one engine.

pub(crate) mod parameters;
mod represent;

use actix_web::HttpResponse;
use archive::body::Cells;
use archive::{Answering, Level, Search};

use crate::Failure;
use crate::asked::Asked;
use crate::model::{Holds, Model};
use crate::similar;

/// Header with the number of matches on all pages: an extension of ours, on request.
pub(crate) const TOTAL: &str = "x-total-count";

/// Most matches of a ranked search.
const MOST_RANKED: u32 = 1000;

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
    let answer = match similar::region::wanted(&asked).await? {
        None => asked.archive.search_in_pages(&asked.actor, search.clone()).await?,
        Some(cells) => ranked(&asked, cells, &search).await?,
    };
    represent::matches(model, &asked, &search, answer).await
}

/// Images of a part of the body, those that show most of it first.
async fn ranked(asked: &Asked, cells: Cells, search: &Search) -> Result<Answering, Failure> {
    let refuse = |words: &str| Err(Failure::BadRequest(words.into()));
    if search.level != Level::Instance {
        return refuse("bodyregion is a key of Search for Instances");
    }
    if search.after.is_some() || search.total || !search.order.is_empty() {
        return refuse(
            "bodyregion has an order of its own, and pages by offset: orderby, after and total do not go with it",
        );
    }
    let limit = search.limit.unwrap_or(MOST_RANKED).min(MOST_RANKED) as usize;
    let filter = Search { limit: None, offset: 0, ..search.clone() };
    let (archive, offset) = (&asked.archive, search.offset as usize);
    let mut found = archive.in_region(&asked.actor, cells, filter, offset, limit + 1).await?;
    let truncated = found.len() > limit;
    found.truncate(limit);
    let matches: Vec<_> = found.into_iter().map(|found| similar::ranked(&asked.address, found)).collect();
    Ok(Answering::of_page(matches, truncated))
}
