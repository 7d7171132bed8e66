//! The pieces of a rewritten object. Those of most objects are made at once, and once; an object of very many elements passes
//! again and again, once for its length and once for its pieces, and no more of it is held than what goes by.

use std::collections::VecDeque;
use std::ops::Range;

use data_set::edited::Collected;
use data_set::explicit::{self, Piece, Rewriter, Rewriting, is_told};
use data_set::{DataSet, Element};

use crate::deidentify::{Editing, Excerpt};
use crate::retrieve::{Held, Passing};
use crate::{Archive, Error, StoredInstance, archive};

/// Most elements that are held.
const ELEMENTS: usize = 20_000;
/// Most bytes of their values that are held.
const VALUES: usize = 2 << 20;

/// What is to be rewritten.
pub(super) struct Survey {
    passing: Passing,
    instance: StoredInstance,
    frames: Option<Range<u64>>,
    /// All elements, or those that tell how to rewrite the others.
    about: DataSet,
    is_whole: bool,
}

/// Pieces in order, made as they are asked for.
pub(super) struct Plan {
    pieces: VecDeque<Piece>,
    rest: Option<Rest>,
    /// Whether the frames and what follows them are left out.
    ends_at_frames: bool,
}

/// What has not come yet.
struct Rest {
    passing: Passing,
    editing: Option<Editing>,
    rewriter: Rewriter,
}

impl Survey {
    /// Looks through an object.
    ///
    /// # Errors
    /// `Damaged`; `NotAcceptable` when it cannot be given to somebody who may not know whose it is.
    pub(super) async fn of(archive: &Archive, instance: &StoredInstance) -> Result<Self, Error> {
        let passing = archive.passing(instance).await?;
        let frames = archive.frame_index(instance).await?.native();
        let instance = instance.clone();
        archive::blocking(move || Self::look(passing, instance, frames)).await
    }

    fn look(mut passing: Passing, instance: StoredInstance, frames: Option<Range<u64>>) -> Result<Self, Error> {
        let (mut all, mut told, mut stated) = (Held::new((ELEMENTS, VALUES)), Collected::default(), Excerpt::default());
        let mut editing = instance.editing(&frames);
        let mut keep = |element: &Element, value: Option<&[u8]>| {
            if element.depth == 0 && is_told(element.tag) && !told.has(element.tag) {
                told.put(element, value);
            }
            all.put(element, value);
        };
        let mut head = loop {
            let known = match &mut editing {
                Some(editing) => passing.next(|element, value| {
                    stated.look(element, value);
                    editing.push(element, value, &mut keep);
                })?,
                None => passing.next(&mut keep)?,
            };
            if let Some(head) = known {
                break head;
            }
        };
        if let (Some(editing), Some(disguise)) = (editing, &instance.disguise) {
            editing.finish(&mut keep);
            disguise.permits(stated, head.clone())?;
            head.meta.clear();
        }
        let all = all.all();
        let is_whole = all.is_some();
        let about = all.unwrap_or(told).into_set(head);
        Ok(Self { passing: passing.again(), instance, frames, about, is_whole })
    }

    /// The pieces in a form, and how many bytes they are, with so many of frames. Blocks.
    ///
    /// # Errors
    /// `Damaged`.
    pub(super) fn measured(&self, form: &Rewriting<'_>, frames: u64) -> Result<(Plan, u64), Error> {
        let mut plan = self.plan(form);
        if plan.rest.is_none() {
            let length = plan.pieces.iter().map(|piece| length(piece, frames)).sum();
            return Ok((plan, length));
        }
        let mut sum = 0;
        while let Some(piece) = plan.next()? {
            sum += length(&piece, frames);
        }
        Ok((self.plan(form), sum))
    }

    /// The pieces in a form before the frames and those after them; `None` when there are no frames. Blocks.
    ///
    /// # Errors
    /// `Damaged`.
    pub(super) fn around_frames(&self, form: &Rewriting<'_>) -> Result<Option<(Plan, Plan)>, Error> {
        let mut plan = self.plan(form);
        if plan.rest.is_none() {
            let Some(place) = plan.pieces.iter().position(|piece| *piece == Piece::Frames) else { return Ok(None) };
            let after = plan.pieces.split_off(place + 1);
            plan.pieces.pop_back();
            return Ok(Some((plan, Plan { pieces: after, rest: None, ends_at_frames: false })));
        }
        let after = self.plan(form).after_frames()?;
        Ok(after.map(|after| (Plan { ends_at_frames: true, ..plan }, after)))
    }

    fn plan(&self, form: &Rewriting<'_>) -> Plan {
        let mut rewriter = form.of(&self.about);
        if self.is_whole {
            self.about.each(|element, value| rewriter.push(element, value));
            return Plan { pieces: rewriter.finish().into(), rest: None, ends_at_frames: false };
        }
        let editing = self.instance.editing(&self.frames);
        let pieces = rewriter.take().into();
        let rest = Some(Rest { passing: self.passing.again(), editing, rewriter });
        Plan { pieces, rest, ends_at_frames: false }
    }

    /// Preamble and file meta information in a transfer syntax.
    pub(super) fn file_meta(&self, transfer_syntax: &str) -> Vec<u8> {
        explicit::file_meta_of(&self.about, transfer_syntax)
    }
}

/// How many bytes a piece is.
fn length(piece: &Piece, frames: u64) -> u64 {
    match piece {
        Piece::Bytes(bytes) => bytes.len() as u64,
        Piece::Copy(range) | Piece::Swap(range, _) => range.end - range.start,
        Piece::Frames => frames,
    }
}

impl Plan {
    /// The next piece, if it is made already.
    pub(super) fn front(&self) -> Option<&Piece> {
        self.pieces.front()
    }

    /// Puts what is left of a piece back.
    pub(super) fn put_back(&mut self, piece: Piece) {
        self.pieces.push_front(piece);
    }

    /// The next piece. Blocks.
    pub(super) fn next(&mut self) -> Result<Option<Piece>, Error> {
        while self.pieces.is_empty()
            && let Some(mut rest) = self.rest.take()
        {
            let Rest { passing, editing, rewriter } = &mut rest;
            let known = match editing {
                Some(editing) => passing.next(|element, value| {
                    editing.push(element, value, |element, value| rewriter.push(element, value));
                })?,
                None => passing.next(|element, value| rewriter.push(element, value))?,
            };
            if known.is_none() {
                self.pieces = rest.rewriter.take().into();
                self.rest = Some(rest);
                continue;
            }
            let Rest { editing, mut rewriter, .. } = rest;
            if let Some(editing) = editing {
                editing.finish(|element, value| rewriter.push(element, value));
            }
            self.pieces = rewriter.finish().into();
        }
        let piece = self.pieces.pop_front();
        if self.ends_at_frames && piece == Some(Piece::Frames) {
            (self.pieces, self.rest) = (VecDeque::new(), None);
            return Ok(None);
        }
        Ok(piece)
    }

    /// Only what comes after the frames; `None` when there are none. Blocks.
    fn after_frames(mut self) -> Result<Option<Self>, Error> {
        while let Some(piece) = self.next()? {
            if piece == Piece::Frames {
                return Ok(Some(self));
            }
        }
        Ok(None)
    }
}
