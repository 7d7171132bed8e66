//! C-GET (PS3.4 §C.4.3): the instances go back over the association that asked for them.

use archive::retrieve::{Purpose, Selected};
use archive::{Archive, Error};
use futures_util::FutureExt;

use super::super::Performed;
use super::Refusal;
use super::identifier::Model;
use super::sub_operations::Tally;
use crate::association::Association;
use crate::message::Message;
use crate::requestor::{Feed, Turn, Ways, store};
use crate::upper_layer::End;

/// Sends what the Identifier names; goes on past instances that the requestor takes no way.
pub(in crate::service) async fn c_get(
    archive: &Archive,
    association: &mut Association,
    message: &Message,
) -> Result<Performed, End> {
    let selected = match select(archive, association, message).await? {
        Ok(selected) => selected,
        Err(refusal) => {
            association.respond(message, &refusal.response(message)).await?;
            return Ok(Performed { operation: "C-GET", status: refusal.status as u16, bytes: 0 });
        }
    };
    let mut tally = Tally::new(selected.count());
    let ways = Ways::of_theirs(association);
    let mut feed = Feed::new(archive.clone(), selected, ways);
    let (mut cancelled, mut words) = (false, None);
    loop {
        match next(association, message, &mut feed).await? {
            Next::Turn(Ok(ready)) => {
                let (uid, size) = (ready.instance.instance.clone(), ready.instance.size);
                let request = ready.request();
                let done = feed.during(store(association, ready, &request)).await?;
                tally.note_sent(&uid, done, size);
            }
            Next::Turn(Err(unfit)) => tally.note_unfit(&unfit),
            Next::Over => break,
            Next::Cancelled => {
                cancelled = true;
                break;
            }
            Next::Broken(error) => {
                words = Some(error.to_string());
                break;
            }
        }
        if !tally.is_over() {
            association.respond_pending(message, &tally.pending(message)).await?;
        }
    }
    let bytes = tally.bytes;
    let status = tally.finish(association, message, cancelled, words).await?;
    Ok(Performed { operation: "C-GET", status, bytes })
}

async fn select(
    archive: &Archive,
    association: &mut Association,
    message: &Message,
) -> Result<Result<Selected, Refusal>, End> {
    let identifier = match association.data_set(message).await? {
        Ok(identifier) => identifier,
        Err(unreadable) => return Ok(Err(unreadable.into())),
    };
    let class = &message.context.abstract_syntax;
    let model = Model::of(class, association.contexts().extended(class));
    let selection = match model.read(&identifier) {
        Ok(selection) => selection,
        Err(refusal) => return Ok(Err(refusal)),
    };
    Ok(archive.select(association.actor(), &selection, &Purpose::Get).await.map_err(Refusal::from))
}

/// What a retrieval does next.
#[expect(clippy::large_enum_variant, reason = "there is one at a time, and nearly always the large one")]
enum Next {
    /// The sub-operation of an instance.
    Turn(Turn),
    /// Nothing more: all instances had their turn.
    Over,
    /// Nothing more: the requestor has cancelled.
    Cancelled,
    /// Nothing more: which instances are left cannot be read.
    Broken(Error),
}

/// The next instance, unless the requestor cancels first. Responses do not wait longer than it takes to have one.
async fn next(association: &mut Association, message: &Message, feed: &mut Feed) -> Result<Next, End> {
    if association.is_cancelled(message).await? {
        return Ok(Next::Cancelled);
    }
    let turn = match feed.next().now_or_never() {
        Some(turn) => turn,
        None => {
            association.flush().await?;
            tokio::select! {
                biased;
                cancelled = association.cancelled(message) => return cancelled.map(|()| Next::Cancelled),
                turn = feed.next() => turn,
            }
        }
    };
    Ok(match turn {
        Ok(Some(turn)) => Next::Turn(turn),
        Ok(None) => Next::Over,
        Err(error) => {
            tracing::warn!(%error, "the selected instances cannot be read further");
            Next::Broken(error)
        }
    })
}
