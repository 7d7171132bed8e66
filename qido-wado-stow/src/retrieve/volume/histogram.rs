//! How often values occur in a volume. Not in the Standard.

use actix_web::HttpResponse;
use serde_json::json;

use super::choice::choice;
use super::plane::VERSION;
use crate::Failure;
use crate::asked::Asked;
use crate::conditional::Validators;
use crate::query::Query;
use crate::target::Target;

/// Bins when nothing is said, and most of them: one for each number of 16 bits.
const USUAL: u32 = 256;
const MOST: u32 = 1 << 16;

/// Retrieve a histogram.
pub(crate) async fn retrieve(asked: Asked, target: Target) -> Result<HttpResponse, Failure> {
    let (bins, choice) = (bins(&asked.query)?, choice(&asked.query)?);
    let is_json = |essence: &str| matches!(essence, "application/json" | "application/*" | "*/*");
    let chosen = asked.accept.choose(|range| is_json(&range.essence).then_some(()));
    chosen.ok_or_else(|| Failure::NotAcceptable("histograms are available as application/json".into()))?;
    let instances = asked.archive.instances(&asked.actor, &target.0, "histogram").await?;
    let validators = Validators::of_instances(&instances, &format!("{VERSION} histogram {bins} {choice:?}"));
    if let Some(answer) = validators.not_modified(&asked.request) {
        return Ok(answer);
    }
    let seen = asked.archive.volume(&instances, &choice).await?;
    let histogram = asked.archive.histogram(&seen, bins).await?;
    let total = histogram.total();
    Ok(validators.add_to(HttpResponse::Ok()).json(json!({
        "least": histogram.least,
        "width": histogram.width,
        "counts": histogram.counts,
        "total": total,
        "padding": seen.volume.voxels.len() as u64 - total,
    })))
}

fn bins(query: &Query) -> Result<usize, Failure> {
    match query.number("bins")?.unwrap_or(USUAL) {
        bins @ 1..=MOST => Ok(bins as usize),
        _ => Err(Failure::BadRequest(format!("bins must be an integer from 1 to {MOST}"))),
    }
}
