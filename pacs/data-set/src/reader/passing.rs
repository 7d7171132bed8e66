//! Elements that are given away as they go by: of an object of any size, no more is held than what has not ended.

use super::walk::{State, Walk};
use super::{Limits, Reader};
use crate::element::{DataSet, Element};
use crate::error::ReadError;

impl Limits {
    /// For elements that are given away: some 20 MiB at most, whatever the object.
    pub fn passing() -> Self {
        Self { elements: 200_000, values: 8 << 20, fragments: 0, ..Self::default() }
    }
}

impl Reader {
    /// Takes the next piece, and gives away what is known of elements, each with its value if that was kept. Of a sequence or
    /// an Item it is the beginning: what is inside follows, and ends where an element comes that is not deeper. Of
    /// [`Element::next`], and of the end of a sequence, nothing is known. What a piece has is held meanwhile: one of 64 KiB has
    /// 8192 elements at most, one of a deflated object a thousand times as many.
    pub fn pass(&mut self, piece: &[u8], mut each: impl FnMut(&Element, Option<&[u8]>)) -> Result<(), ReadError> {
        self.push(piece)?;
        self.walk.give(false, &mut each);
        Ok(())
    }

    /// Ends the input, and gives away what is left. What is known besides elements comes back: file meta information, transfer
    /// syntax, warnings.
    pub fn finish_passing(mut self, mut each: impl FnMut(&Element, Option<&[u8]>)) -> Result<DataSet, ReadError> {
        self.end()?;
        self.walk.give(true, &mut each);
        self.walk.set.elements.clear();
        self.walk.forget_values();
        Ok(DataSet { length: self.length, ..self.walk.set })
    }

    /// How many of the bytes that come next need not be seen: they are within a value that is not kept.
    pub fn unneeded(&self) -> u64 {
        match self.walk.state {
            _ if self.inflater.is_some() || !self.held.is_empty() || self.walk.limits.fragments > 0 => 0,
            State::Value { left, keep: false, .. } | State::Fragment { left, .. } | State::Skip { left } => left,
            _ => 0,
        }
    }

    /// Goes on after so many of them.
    pub fn skip(&mut self, count: u64) {
        let count = count.min(self.unneeded());
        if let State::Value { left, .. } | State::Fragment { left, .. } | State::Skip { left } = &mut self.walk.state {
            *left -= count;
        }
        self.walk.position += count;
        self.length += count;
    }
}

impl Walk {
    /// Gives away all entries but the last, which may be open and become another; that too when it is the `end`.
    fn give(&mut self, end: bool, each: &mut impl FnMut(&Element, Option<&[u8]>)) {
        let Some(last) = self.set.elements.len().checked_sub(1) else { return };
        let known = if end { last + 1 } else { last };
        for element in &self.set.elements[self.given..known] {
            each(element, self.set.bytes_of(element));
        }
        if !end && known > self.given {
            self.forget(last);
        }
    }

    /// Forgets all entries but the levels that are open and the last one.
    fn forget(&mut self, last: usize) {
        let elements = &mut self.set.elements;
        let is_open = self.levels.len() > 1 && self.levels.last().is_some_and(|level| level.index as usize == last);
        let mut place = 0;
        for level in &mut self.levels[1..] {
            elements.swap(place, level.index as usize);
            level.index = place as u32;
            place += 1;
        }
        if !is_open {
            elements.swap(place, last);
            place += 1;
        }
        elements.truncate(place);
        self.given = place - 1;
        let place = self.given as u32;
        if let State::Value { index, .. } | State::NextFragment { index } | State::Fragment { index, .. } =
            &mut self.state
        {
            *index = place;
        }
        self.forget_values();
    }

    /// Forgets all values but those of file meta information and of the last entry.
    fn forget_values(&mut self) {
        let of_meta = self.set.meta.iter().filter_map(|element| element.kept.as_ref());
        let mut end = of_meta.map(|kept| kept.end).max().unwrap_or(0);
        if let Some(kept) = self.set.elements.last_mut().and_then(|last| last.kept.as_mut()) {
            self.set.values.copy_within(kept.start as usize..kept.end as usize, end as usize);
            *kept = end..end + (kept.end - kept.start);
            end = kept.end;
        }
        self.set.values.truncate(end as usize);
    }
}
