//! C-MOVE (PS3.4 §C.4.2): the instances go to a registered application entity, over an association of ours.

use std::pin::pin;
use std::time::Duration;

use archive::access::ApplicationEntity;
use archive::retrieve::{Purpose, Selected, Selection};
use archive::{AeTitle, Archive, Error};
use tokio::time::{Instant, sleep_until, timeout};

use super::super::Performed;
use super::identifier::Model;
use super::sub_operations::Tally;
use super::{Refusal, Status};
use crate::association::Association;
use crate::message::{Message, MoveRequest};
use crate::requestor::{Destination, Done, Feed, Lanes, RequestFailure, Requestor, Sent, Turn};
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
    let destination = Destination::new(archive, requestor, entity, selected.kinds(), originator).in_turn();
    let lanes = requestor.outgoing().associations_per_move.min(selected.count());
    let mut lanes: Vec<_> = (1..lanes).map(|_| destination.companion()).collect();
    lanes.insert(0, destination);
    let (tally, sign_of_life) = (Tally::new(selected.count()), requestor.outgoing().sign_of_life);
    let mut running = Running { tally, told: Instant::now(), sign_of_life, cancelled: false, words: None };
    if selected.count() > 0 {
        let ended = running.send(archive, association, message, &mut lanes, selected).await;
        lanes.into_iter().for_each(Destination::leave);
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

/// What happens next.
enum Step {
    /// An instance's turn has come; none: all had theirs.
    Turn(Result<Option<Turn>, Error>),
    /// A C-STORE has ended, or there is one more association.
    Ended(Option<Sent>),
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
        lanes: &mut [Destination],
        selected: Selected,
    ) -> Result<(), End> {
        let Some((first, companions)) = lanes.split_first_mut() else { return Ok(()) };
        let connecting = first.connect();
        let Some(connected) = self.unless_cancelled(association, message, Duration::ZERO, connecting).await? else {
            self.cancelled = true;
            return Ok(());
        };
        let mut feed = Feed::new(archive.clone(), selected, first.ways());
        let mut lanes = Lanes::new(first, if connected.is_ok() { companions } else { &mut [] });
        if let Err(failure) = connected {
            self.give_up(&feed, &mut lanes, &failure);
        }
        let mut is_fed = true;
        while is_fed || !lanes.is_at_rest() {
            if lanes.is_free() && association.is_cancelled(message).await? {
                self.cancelled = true;
                let _ = timeout(GRACE, self.settle(&mut feed, &mut lanes)).await;
                return Ok(());
            }
            let left = self.tally.remaining();
            let grace = if lanes.is_at_rest() { Duration::ZERO } else { GRACE };
            let step = step(&mut feed, is_fed, &mut lanes);
            match self.unless_cancelled(association, message, grace, step).await? {
                None => {
                    self.cancelled = true;
                    return Ok(());
                }
                Some(Step::Turn(Ok(None))) => is_fed = false,
                Some(Step::Turn(Err(error))) => {
                    tracing::warn!(%error, "the selected instances cannot be read further");
                    self.words.get_or_insert_with(|| error.to_string());
                    is_fed = false;
                }
                Some(Step::Turn(Ok(Some(turn)))) => self.take(turn, &mut lanes),
                Some(Step::Ended(sent)) => self.note(sent, &feed, &mut lanes),
            }
            if self.tally.remaining() < left && !self.tally.is_over() && self.words.is_none() {
                association.respond_pending(message, &self.tally.pending(message)).await?;
            }
        }
        Ok(())
    }

    /// An instance's turn.
    fn take(&mut self, turn: Turn, lanes: &mut Lanes<'_>) {
        match turn {
            Ok(ready) if self.words.is_some() => self.tally.note(&ready.instance.instance, Done::Failed),
            Ok(ready) => {
                // Whoever asks for a turn has a lane that is free.
                if let Some(ready) = lanes.send(ready) {
                    self.tally.note(&ready.instance.instance, Done::Failed);
                }
            }
            Err(unfit) => self.tally.note_unfit(&unfit),
        }
    }

    /// The end of a C-STORE.
    fn note(&mut self, sent: Option<Sent>, feed: &Feed, lanes: &mut Lanes<'_>) {
        match sent {
            None => {}
            Some((instance, Ok(done))) => self.tally.note_sent(&instance.instance, done, instance.size),
            Some((instance, Err(failure))) => {
                self.tally.note(&instance.instance, Done::Failed);
                self.give_up(feed, lanes, &failure);
            }
        }
    }

    /// Waits for the end of what is on its way.
    async fn settle(&mut self, feed: &mut Feed, lanes: &mut Lanes<'_>) {
        while lanes.is_sending() {
            let sent = lanes.ended().await;
            self.note(sent, feed, lanes);
        }
    }

    /// The destination cannot be reached any more: what is left is named as failed, and not tried.
    fn give_up(&mut self, feed: &Feed, lanes: &mut Lanes<'_>, failure: &RequestFailure) {
        tracing::warn!(%failure, "the Move Destination cannot be reached");
        self.words = Some(format!("Move Destination: {failure}"));
        feed.give_up();
        for instance in lanes.give_up() {
            self.tally.note(&instance.instance, Done::Failed);
        }
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

/// The next instance, for as long as there are some and an association is free; or the end of one that is on its way.
async fn step(feed: &mut Feed, is_fed: bool, lanes: &mut Lanes<'_>) -> Step {
    lanes.send_again();
    if !is_fed || !lanes.is_free() {
        return Step::Ended(feed.during(lanes.ended()).await);
    }
    tokio::select! {
        biased;
        sent = lanes.ended() => Step::Ended(sent),
        turn = feed.next() => Step::Turn(turn),
    }
}
