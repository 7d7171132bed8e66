//! What an answer does not have because it cannot be de-identified.

use std::collections::BTreeMap;

/// Instances that are left out of an answer for one reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut {
    /// Why, in words about one of them.
    pub reason: &'static str,
    /// How many.
    pub count: usize,
}

/// The same while they are counted.
#[derive(Default)]
pub(crate) struct LeftOuts(BTreeMap<&'static str, usize>);

impl LeftOuts {
    pub(crate) fn add(&mut self, reason: &'static str) {
        *self.0.entry(reason).or_default() += 1;
    }

    /// So many of which nobody knows whose they are.
    pub(crate) fn add_nobodys(&mut self, count: usize) {
        if count > 0 {
            *self.0.entry(super::NOBODYS).or_default() += count;
        }
    }

    /// The most frequent reason first.
    pub(crate) fn most_first(self) -> Vec<LeftOut> {
        let mut left_out: Vec<LeftOut> = self.0.into_iter().map(|(reason, count)| LeftOut { reason, count }).collect();
        left_out.sort_by_key(|left_out| std::cmp::Reverse(left_out.count));
        left_out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_by_reason() {
        let mut counted = LeftOuts::default();
        counted.add_nobodys(0);
        for reason in ["it speaks", "it sings", "it speaks"] {
            counted.add(reason);
        }
        let [speaks, sings] = &counted.most_first()[..] else { panic!("two reasons") };
        assert_eq!((speaks, sings.count), (&LeftOut { reason: "it speaks", count: 2 }, 1));
    }
}
