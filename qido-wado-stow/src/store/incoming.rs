//! Objects on their way from the request into the archive.

use actix_web::web;
use archive::{Actor, Archive, Arrival, Error, Incoming, StoreFailure, StoreOutcome, Uid};
use multer::{Field, Multipart};

use super::finishing::Finishing;
use super::report::Report;
use super::request_body::{BodyError, RequestBody};
use crate::Failure;
use crate::media_type::MediaType;

/// One store request.
pub(super) struct Store<'a> {
    /// Where objects go.
    pub archive: &'a web::Data<Archive>,
    /// Who stores.
    pub actor: &'a Actor,
    /// The only Study that is taken.
    pub study: Option<&'a Uid>,
    /// Whether an object takes the place of another with its UID.
    pub replaces: bool,
}

impl Store<'_> {
    /// The whole body is one object.
    pub async fn single(&self, mut body: RequestBody) -> Result<Report, Failure> {
        let mut report = Report::default();
        let mut incoming = match self.begin().await? {
            Ok(incoming) => incoming,
            Err(failure) => {
                report.outcomes.push(unknown(failure));
                return Ok(report);
            }
        };
        let mut refused = false;
        let mut empty = true;
        while let Some(piece) = body.next().await? {
            empty = false;
            refused = refused || incoming.write(piece).await.is_err();
        }
        if !empty {
            report.outcomes.push(incoming.finish().await);
        }
        Ok(report)
    }

    /// Every part is an object. They are read one after the other; while one is made durable the next is read already,
    /// so that the objects of one request share commits.
    ///
    /// When the body breaks off, what came whole before is kept and reported; the broken part leaves nothing behind.
    pub async fn multipart(&self, body: RequestBody, boundary: &str) -> Result<Report, Failure> {
        let (pieces, budget) = body.into_parts_stream();
        let mut parts = Multipart::new(pieces, boundary);
        let mut report = Report::default();
        let mut finishing = Finishing::default();
        loop {
            budget.limit();
            let part = parts.next_field().await;
            budget.lift();
            match part {
                Ok(None) => break,
                Ok(Some(part)) if !is_dicom(&part) => {
                    report.other_content += 1;
                    let words = "a part is of another content type than application/dicom";
                    finishing.known(unknown(StoreFailure::CannotUnderstand(words.into()))).await;
                    report.broken = drain(part).await.err();
                }
                Ok(Some(part)) => report.broken = self.part(part, &mut finishing).await?.err(),
                Err(error) => report.broken = Some(body_error(error)),
            }
            if report.broken.is_some() {
                break;
            }
        }
        report.outcomes = finishing.all().await;
        Ok(report)
    }

    /// One part: its outcome goes to `finishing`. The inner error is that of the body, which ends with it.
    async fn part(&self, mut part: Field<'_>, finishing: &mut Finishing) -> Result<Result<(), BodyError>, Failure> {
        let mut incoming = match self.begin().await? {
            Ok(incoming) => incoming,
            Err(failure) => {
                finishing.known(unknown(failure)).await;
                return Ok(drain(part).await);
            }
        };
        let mut refused = false;
        loop {
            match part.chunk().await {
                Ok(Some(piece)) => refused = refused || incoming.write(piece).await.is_err(),
                Ok(None) => break,
                Err(error) => return Ok(Err(body_error(error))),
            }
        }
        finishing.begin(incoming).await;
        Ok(Ok(()))
    }

    /// Opens the archive for one object. A refusal of the actor ends the request; other failures are the object's own.
    pub(super) async fn begin(&self) -> Result<Result<Incoming, StoreFailure>, Failure> {
        let arrival = Arrival::File { study: self.study.cloned() };
        let begun = match self.replaces {
            true => self.archive.upsert(self.actor, arrival).await,
            false => self.archive.store(self.actor, arrival).await,
        };
        match begun {
            Ok(incoming) => Ok(Ok(incoming)),
            Err(Error::Unavailable(what, _)) => Ok(Err(StoreFailure::Unavailable(what))),
            Err(Error::OutOfResources) => Ok(Err(StoreFailure::NodeFull)),
            Err(other) => Err(other.into()),
        }
    }
}

/// Parts without a type are taken for what the request as a whole is.
fn is_dicom(part: &Field<'_>) -> bool {
    let Some(value) = part.headers().get("content-type") else { return true };
    let media = value.to_str().ok().and_then(MediaType::parse);
    media.is_some_and(|media| media.essence == "application/dicom" || media.essence == "application/octet-stream")
}

/// Reads the rest of a part, so that the next one's headers alone count against the budget.
async fn drain(mut part: Field<'_>) -> Result<(), BodyError> {
    while part.chunk().await.map_err(body_error)?.is_some() {}
    Ok(())
}

/// What multer says, as the error of the body that it came from.
pub(super) fn body_error(error: multer::Error) -> BodyError {
    match error {
        multer::Error::StreamReadFailed(cause) => match cause.downcast::<BodyError>() {
            Ok(error) => *error,
            Err(other) => BodyError::Broken(other.to_string()),
        },
        other => BodyError::Broken(other.to_string()),
    }
}

/// The outcome of an object that was not read.
pub(super) fn unknown(failure: StoreFailure) -> StoreOutcome {
    StoreOutcome {
        sop_class_uid: None,
        sop_instance_uid: None,
        study_instance_uid: None,
        series_instance_uid: None,
        result: Err(failure),
        warnings: Vec::new(),
    }
}
