//! Which rows changed since somebody copied them.

/// Rows that are told one by one.
const MOST: usize = 1 << 14;

/// Rows that changed; as long as nobody copies them, there may be too many to tell.
#[derive(Default)]
pub(super) struct Touched {
    rows: Vec<u32>,
    are_many: bool,
}

impl Touched {
    /// A row has other bytes now.
    pub(super) fn add(&mut self, row: usize) {
        if self.are_many {
            return;
        }
        self.rows.push(row as u32);
        if self.rows.len() > MOST {
            *self = Self { rows: Vec::new(), are_many: true };
        }
    }

    /// The rows, each once and in order, none of which counts as changed any more; `None`: any may have changed.
    pub(super) fn take(&mut self) -> Option<Vec<u32>> {
        let Self { mut rows, are_many } = std::mem::take(self);
        rows.sort_unstable();
        rows.dedup();
        (!are_many).then_some(rows)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_told_once_until_they_are_too_many() {
        let mut touched = Touched::default();
        [7, 3, 7].into_iter().for_each(|row| touched.add(row));
        assert_eq!((touched.take(), touched.take()), (Some(vec![3, 7]), Some(Vec::new())));
        (0..MOST + 9).for_each(|row| touched.add(row));
        assert_eq!((touched.take(), touched.take()), (None, Some(Vec::new())));
    }
}
