//! What became of a store request as a whole, and the status that says so (PS3.18 §10.5.3.1).

use actix_web::http::StatusCode;
use archive::{StoreFailure, StoreOutcome};

use super::request_body::BodyError;

/// Outcomes in the order of the request.
#[derive(Debug, Default)]
pub(super) struct Report {
    /// One for each object that came whole.
    pub outcomes: Vec<StoreOutcome>,
    /// How many of them were parts of another content type.
    pub other_content: usize,
    /// The body broke off after these.
    pub broken: Option<BodyError>,
}

impl Report {
    /// 200 all stored, 202 some failed or with warnings, 409 none. When nothing was stored and the whole request is to
    /// blame, a status that says it: 415, 403; 413 when everything is too large; 503 when there is no room or something of
    /// ours does not answer, so that the same request may be taken later.
    pub fn status(&self) -> StatusCode {
        let stored = self.outcomes.iter().filter(|outcome| outcome.result.is_ok()).count();
        if stored > 0 {
            let clean = self.outcomes.iter().all(|outcome| outcome.result.is_ok() && outcome.warnings.is_empty());
            return if clean && self.broken.is_none() { StatusCode::OK } else { StatusCode::ACCEPTED };
        }
        if self.other_content > 0 && self.other_content == self.outcomes.len() {
            StatusCode::UNSUPPORTED_MEDIA_TYPE
        } else if self.all_failed(|failure| matches!(failure, StoreFailure::OutOfResources(_))) {
            StatusCode::PAYLOAD_TOO_LARGE
        } else if self.all_failed(is_for_now) {
            StatusCode::SERVICE_UNAVAILABLE
        } else if self.all_failed(|failure| matches!(failure, StoreFailure::NotAuthorized)) {
            StatusCode::FORBIDDEN
        } else {
            StatusCode::CONFLICT
        }
    }

    fn all_failed(&self, so: impl Fn(&StoreFailure) -> bool) -> bool {
        self.outcomes.iter().all(|outcome| outcome.result.as_ref().is_err_and(&so))
    }
}

/// Whether a failure is none of the object's own.
fn is_for_now(failure: &StoreFailure) -> bool {
    matches!(failure, StoreFailure::NodeFull | StoreFailure::Unavailable(_))
}

#[cfg(test)]
mod tests {
    use archive::{StoreWarning, Stored};

    use super::super::incoming::unknown;
    use super::*;

    fn stored(warnings: &[StoreWarning]) -> StoreOutcome {
        StoreOutcome { result: Ok(Stored::New), warnings: warnings.to_vec(), ..unknown(StoreFailure::Processing) }
    }

    fn status(outcomes: Vec<StoreOutcome>) -> u16 {
        Report { outcomes, ..Report::default() }.status().as_u16()
    }

    #[test]
    fn says_how_much_was_stored() {
        assert_eq!(status(vec![stored(&[]), stored(&[])]), 200);
        assert_eq!(status(vec![stored(&[]), stored(&[StoreWarning::Damaged])]), 202);
        assert_eq!(status(vec![stored(&[]), unknown(StoreFailure::Duplicate)]), 202);
        assert_eq!(status(vec![unknown(StoreFailure::Duplicate), unknown(StoreFailure::Unavailable("index"))]), 409);
        assert_eq!(status(vec![unknown(StoreFailure::Unavailable("index"))]), 503);
        assert_eq!(status(vec![unknown(StoreFailure::NotAuthorized)]), 403);
    }

    #[test]
    fn says_when_there_was_no_room() {
        let large = || unknown(StoreFailure::OutOfResources("x".into()));
        assert_eq!(status(vec![unknown(StoreFailure::NodeFull), unknown(StoreFailure::NodeFull)]), 503);
        assert_eq!(status(vec![unknown(StoreFailure::NodeFull), unknown(StoreFailure::Unavailable("index"))]), 503);
        assert_eq!(status(vec![large(), large()]), 413);
        assert_eq!(status(vec![large(), unknown(StoreFailure::NodeFull)]), 409, "the large one will never be stored");
        assert_eq!(status(vec![unknown(StoreFailure::NodeFull), unknown(StoreFailure::Duplicate)]), 409);
        assert_eq!(status(vec![stored(&[]), unknown(StoreFailure::NodeFull)]), 202);
    }

    #[test]
    fn says_that_a_body_broke_off_after_something_was_stored() {
        let broken = Some(BodyError::Idle);
        assert_eq!(Report { outcomes: vec![stored(&[])], broken, other_content: 0 }.status(), 202);
    }

    #[test]
    fn says_that_no_part_was_of_a_type_that_is_taken() {
        let outcomes = vec![unknown(StoreFailure::CannotUnderstand("x".into()))];
        assert_eq!(Report { outcomes, other_content: 1, broken: None }.status(), 415);
    }
}
