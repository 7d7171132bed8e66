//! C-MOVE (PS3.4 §C.4.2): the instances go to a registered application entity, over an association of ours.

use std::pin::pin;
use std::time::Duration;

use archive::access::ApplicationEntity;
use archive::retrieve::{Purpose, Selected, Selection};
use archive::{AeTitle, Archive};
use tokio::time::{Instant, sleep_until, timeout};

use super::super::Performed;
use super::identifier::Model;
use super::sub_operations::{Next, Tally, next};
use super::{Refusal, Status};
use crate::association::Association;
use crate::message::{Message, MoveRequest};
use crate::requestor::{Destination, Done, Feed, RequestFailure, Requestor};
use crate::upper_layer::End;

/// How long a C-STORE may still take that is on its way when the C-MOVE is cancelled.
const GRACE: Duration = Duration::from_secs(2);
/// How long a pending response may wait for others, to be written with them: each wakes the requestor.
const TOGETHER: Duration = Duration::from_millis(20);

/// Has what the Identifier names sent to the Move Destination.
pub(in crate::service) async fn c_move(
    archive: &Archive,
    requestor: &Requestor,
    association: &mut Association,
    message: &Message,
) -> Result<Performed, End> {
    let (entity, selected) = match read(association, message).await? {
        Ok((title, selection)) => match select(archive, association, &title, &selection).await {
            Ok(found) => found,
            Err(refusal) => return refuse(association, message, &refusal).await,
        },
        Err(refusal) => return refuse(association, message, &refusal).await,
    };
    let originator = Some((association.calling().to_string(), message.id));
    let mut destination = Destination::new(archive, requestor, entity, selected.kinds(), originator).in_turn();
    let (tally, sign_of_life) = (Tally::new(selected.count()), requestor.outgoing().sign_of_life);
    let mut running = Running { tally, told: Instant::now(), sign_of_life, cancelled: false, words: None };
    if selected.count() > 0 {
        let ended = running.send(archive, association, message, &mut destination, selected).await;
        destination.leave();
        ended?;
    }
    let Running { tally, cancelled, words, .. } = running;
    let bytes = tally.bytes;
    let status = tally.finish(association, message, cancelled, words).await?;
    Ok(Performed { operation: "C-MOVE", status, bytes })
}

async fn refuse(association: &mut Association, message: &Message, refusal: &Refusal) -> Result<Performed, End> {
    association.respond(message, &refusal.response(message)).await?;
    Ok(Performed { operation: "C-MOVE", status: refusal.status as u16, bytes: 0 })
}

/// The request: where to, and what.
async fn read(association: &mut Association, message: &Message) -> Result<Result<(AeTitle, Selection), Refusal>, End> {
    let identifier = association.data_set(message).await?;
    let class = &message.context.abstract_syntax;
    let model = Model::of(class, association.contexts().extended(class));
    let read = || {
        let request = MoveRequest::try_from(message)?;
        let title =
            AeTitle::new(&request.destination).map_err(|what| Refusal::new(Status::UnknownDestination, what))?;
        Ok((title, model.read(&identifier?)?))
    };
    Ok(read())
}

async fn select(
    archive: &Archive,
    association: &Association,
    title: &AeTitle,
    selection: &Selection,
) -> Result<(ApplicationEntity, Selected), Refusal> {
    let actor = association.actor();
    let entity = archive.move_destination(actor, title).await?;
    let selected = archive.select(actor, selection, &Purpose::Move(title.clone())).await?;
    Ok((entity, selected))
}

/// A C-MOVE under way.
struct Running {
    tally: Tally,
    /// When the requestor was last told how far it is.
    told: Instant,
    /// Longest time that it is told nothing.
    sign_of_life: Duration,
    cancelled: bool,
    /// What went wrong with the destination as a whole.
    words: Option<String>,
}

impl Running {
    /// Sends all instances, or as many as can be. An error is the end of the association that asked for it.
    async fn send(
        &mut self,
        archive: &Archive,
        association: &mut Association,
        message: &Message,
        destination: &mut Destination,
        selected: Selected,
    ) -> Result<(), End> {
        let connecting = destination.connect();
        let Some(connected) = self.unless_cancelled(association, message, Duration::ZERO, connecting).await? else {
            self.cancelled = true;
            return Ok(());
        };
        let mut feed = Feed::new(archive.clone(), selected, destination.ways());
        if let Err(failure) = connected {
            self.give_up(&feed, &failure);
        }
        loop {
            let turn = match next(association, message, &mut feed).await? {
                Next::Turn(turn) => turn,
                Next::Over => return Ok(()),
                Next::Cancelled => {
                    self.cancelled = true;
                    return Ok(());
                }
                Next::Broken(error) => {
                    self.words.get_or_insert_with(|| error.to_string());
                    return Ok(());
                }
            };
            match turn {
                Ok(ready) if self.words.is_some() => self.tally.note(&ready.instance.instance, Done::Failed),
                Ok(ready) => {
                    let (uid, size) = (ready.instance.instance.clone(), ready.instance.size);
                    let storing = destination.store(ready);
                    let storing = self.unless_cancelled(association, message, GRACE, storing);
                    match feed.during(storing).await? {
                        Some(Ok(done)) => self.tally.note_sent(&uid, done, size),
                        Some(Err(failure)) => {
                            self.tally.note(&uid, Done::Failed);
                            self.give_up(&feed, &failure);
                        }
                        None => {
                            self.cancelled = true;
                            return Ok(());
                        }
                    }
                }
                Err(unfit) => self.tally.note_unfit(&unfit),
            }
            if !self.tally.is_over() && self.words.is_none() {
                association.respond_pending(message, &self.tally.pending(message)).await?;
            }
        }
    }

    /// The destination cannot be reached any more: what is left is named as failed, and not tried.
    fn give_up(&mut self, feed: &Feed, failure: &RequestFailure) {
        tracing::warn!(%failure, "the Move Destination cannot be reached");
        self.words = Some(format!("Move Destination: {failure}"));
        feed.give_up();
    }

    /// What `work` comes to; none when the C-MOVE is cancelled and `work` does not end within `grace`. Responses that wait
    /// are sent meanwhile, and further ones when it takes long: the requestor may have a limit for our silence.
    async fn unless_cancelled<T>(
        &mut self,
        association: &mut Association,
        message: &Message,
        grace: Duration,
        work: impl Future<Output = T>,
    ) -> Result<Option<T>, End> {
        let mut work = pin!(work);
        let mut due = self.told + TOGETHER;
        let mut is_told = false;
        loop {
            tokio::select! {
                biased;
                done = &mut work => return Ok(Some(done)),
                cancelled = association.cancelled(message) => {
                    cancelled?;
                    return Ok(timeout(grace, work).await.ok());
                }
                () = sleep_until(due) => {
                    if is_told {
                        association.respond_pending(message, &self.tally.pending(message)).await?;
                    }
                    association.flush().await?;
                    self.told = Instant::now();
                    is_told = true;
                    due = self.told + self.sign_of_life;
                }
            }
        }
    }
}
