//! Query (PS3.4 §C.4.1): C-FIND in the Patient Root and Study Root information models, at every level, hierarchical and
//! relational. What matches is the archive's business; here an Identifier is read, and matches are told as they come.

mod answer;
#[cfg(any(test, feature = "exercise"))]
mod exercise;
mod identifier;
mod model;
mod negotiation;
mod status;
#[cfg(test)]
mod tests;

#[cfg(any(test, feature = "exercise"))]
pub(super) use self::exercise::read_whatever;

use archive::{Archive, Matches, Right};

use data_set::model::ModelError;

use self::identifier::Identifier;
use self::model::Model;
use self::negotiation::Agreed;
pub(super) use self::negotiation::OFFERED;
pub(super) use self::status::STATUSES;
use self::status::{Answer, Status};
use super::Performed;
use crate::association::Association;
use crate::message::{Message, Response};
use crate::upper_layer::End;

/// So many matches are sent between two looks whether the requestor has cancelled.
const BETWEEN_LOOKS: usize = 100;

/// The answer to extended negotiation (PS3.4 §C.5.1.1).
pub(super) fn extended(proposed: &[u8]) -> Vec<u8> {
    negotiation::answer(proposed)
}

/// What was told.
#[derive(Default)]
struct Told {
    matches: u64,
    bytes: u64,
    /// Matches that cannot be encoded, which nobody is told of.
    skipped: u64,
}

impl Told {
    /// One cannot be encoded. The first of a query is named: where one is, there are many.
    fn skip(&mut self, error: &ModelError) {
        if self.skipped == 0 {
            tracing::error!(%error, "matches cannot be encoded");
        }
        self.skipped += 1;
    }
}

/// Looks for what the Identifier describes, and tells each match.
pub(super) async fn c_find(
    archive: &Archive,
    association: &mut Association,
    message: &Message,
) -> Result<Performed, End> {
    let mut told = Told::default();
    let answer = match begin(archive, association, message).await? {
        Ok((identifier, matches)) => tell(association, message, &identifier, matches, &mut told).await?,
        Err(answer) => answer,
    };
    log(association, message, &answer, &told);
    association.respond(message, &answer.response(message)).await?;
    Ok(Performed { operation: "C-FIND", status: answer.status as u16, bytes: told.bytes })
}

/// Reads the request and begins the search.
async fn begin(
    archive: &Archive,
    association: &mut Association,
    message: &Message,
) -> Result<Result<(Identifier, Matches), Answer>, End> {
    if let Err(error) = archive.permit(association.actor(), Right::Search) {
        return Ok(Err(error.into()));
    }
    let set = match association.data_set(message).await? {
        Ok(set) => set,
        Err(why) => return Ok(Err(why.into())),
    };
    let class = &message.context.abstract_syntax;
    let agreed = Agreed::read(association.contexts().extended(class));
    Ok(identifier::read(&set, Model::of(class), agreed).and_then(|identifier| {
        identifier.search.check()?;
        let matches = archive.matches(association.actor(), identifier.search.clone())?;
        Ok((identifier, matches))
    }))
}

/// Tells matches until there are no more, or the requestor has enough.
async fn tell(
    association: &mut Association,
    message: &Message,
    identifier: &Identifier,
    mut matches: Matches,
    told: &mut Told,
) -> Result<Answer, End> {
    let status = if identifier.some_unmatched { Status::PendingWithWarning } else { Status::Pending };
    let pending = Response::to(message, status as u16);
    let retrieve_from = association.called().clone();
    loop {
        let page = tokio::select! {
            biased;
            cancelled = association.cancelled(message) => return cancelled.map(|()| Answer::plain(Status::Cancelled)),
            page = matches.next() => page,
        };
        let page = match page {
            Ok(Some(page)) => page,
            Ok(None) => return Ok(Answer::plain(Status::Success)),
            Err(error) => return Ok(Answer::from(error)),
        };
        for (number, found) in page.iter().enumerate() {
            if number % BETWEEN_LOOKS == BETWEEN_LOOKS - 1 && association.is_cancelled(message).await? {
                return Ok(Answer::plain(Status::Cancelled));
            }
            let bytes = match answer::encode(found, identifier, &retrieve_from, &message.context.transfer_syntax) {
                Ok(bytes) => bytes,
                Err(error) => {
                    told.skip(&error);
                    continue;
                }
            };
            association.respond_with(message, &pending, &bytes).await?;
            told.matches += 1;
            told.bytes += bytes.len() as u64;
        }
        if !matches.is_over() {
            association.flush().await?;
        }
    }
}

/// One line a query: how it ended; nothing of what was asked.
fn log(association: &Association, message: &Message, answer: &Answer, told: &Told) {
    let status = format_args!("{:04X}", answer.status as u16);
    let (id, calling, Told { matches, skipped, .. }) = (message.id, association.calling(), told);
    match &answer.words {
        None => tracing::debug!(message = id, %status, matches, skipped, %calling, "C-FIND"),
        Some(words) => tracing::info!(message = id, %status, matches, skipped, %words, %calling, "C-FIND"),
    }
}
