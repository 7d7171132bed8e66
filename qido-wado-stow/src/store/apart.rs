//! Store requests whose metadata and bulk data come apart (PS3.18 §10.5.2): read whole into memory and the spool, then
//! put together and stored one by one.

use archive::{StoreFailure, StoreOutcome};
use multer::{Field, Multipart};

use super::assembly;
use super::bulk_parts::BulkParts;
use super::content::Language;
use super::finishing::Finishing;
use super::incoming::{Store, body_error, unknown};
use super::metadata::{self, Metadata};
use super::report::Report;
use super::request_body::RequestBody;
use crate::Failure;
use crate::media_type::MediaType;

impl Store<'_> {
    /// Every instance of the metadata is an object. The metadata are read first, so that what is wrong with them as a
    /// whole ends the request before anything is stored; what is wrong with an instance, or with its bulk data, fails
    /// that instance.
    pub async fn apart(&self, body: RequestBody, boundary: &str, language: Language) -> Result<Report, Failure> {
        let (pieces, budget) = body.into_parts_stream();
        let mut parts = Multipart::new(pieces, boundary);
        let mut metadata = Metadata::new(language);
        let mut bulk = BulkParts::new(self.archive.spool(self.actor).await?);
        loop {
            budget.limit();
            let part = parts.next_field().await;
            budget.lift();
            match part.map_err(body_error)? {
                None => break,
                Some(part) if is_metadata(&part, language) => metadata.take(part).await?,
                Some(part) => bulk.take(part).await?,
            }
        }
        let instances = metadata.read().await?;
        bulk.end().await?;
        let mut report = Report::default();
        let mut finishing = Finishing::default();
        for instance in instances {
            self.assembled(instance, &mut bulk, &mut finishing).await?;
        }
        for words in bulk.unused() {
            finishing.known(unknown(StoreFailure::CannotUnderstand(words))).await;
        }
        report.outcomes = finishing.all().await;
        Ok(report)
    }

    /// One instance: its outcome goes to `finishing`.
    async fn assembled(
        &self,
        instance: metadata::Instance,
        bulk: &mut BulkParts,
        finishing: &mut Finishing,
    ) -> Result<(), Failure> {
        let uids = instance.outcome;
        let plan = match instance.encoded {
            Ok(encoded) => assembly::plan(encoded, &uids, bulk).await,
            Err(error) => Err(StoreFailure::CannotUnderstand(error.to_string())),
        };
        let incoming = match plan {
            Ok(plan) => match self.begin().await? {
                Ok(incoming) => assembly::write(plan, bulk, incoming).await,
                Err(failure) => Err(failure),
            },
            Err(failure) => Err(failure),
        };
        match incoming {
            Ok(incoming) => finishing.begin(incoming).await,
            Err(failure) => finishing.known(StoreOutcome { result: Err(failure), ..uids }).await,
        }
        Ok(())
    }
}

/// Whether a part is of the metadata: by its type, which the first one may lack.
fn is_metadata(part: &Field<'_>, language: Language) -> bool {
    let value = part.headers().get("content-type").and_then(|value| value.to_str().ok());
    match value.and_then(MediaType::parse) {
        Some(media) => language.is_of(&media.essence),
        None => part.headers().get("content-location").is_none(),
    }
}
