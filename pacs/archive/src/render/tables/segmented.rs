//! Segmented palettes (PS3.3 §C.7.9.2): a table described by runs and ramps.

/// Expands segments to at most `count` entries. What follows a segment that makes no sense is left out.
pub(super) fn expand(cells: &[u16], count: usize) -> Vec<u16> {
    let mut entries = Vec::with_capacity(count.min(1 << 16));
    let mut at = 0;
    while entries.len() < count {
        let Some(next) = segment(cells, at, &mut entries, true) else { break };
        at = next;
    }
    entries.truncate(count);
    entries
}

/// Expands the segment at `at`; gives where the next one begins.
fn segment(cells: &[u16], at: usize, entries: &mut Vec<u16>, indirect: bool) -> Option<usize> {
    let operation = *cells.get(at)?;
    let length = usize::from(*cells.get(at + 1)?);
    match operation {
        // Discrete: the entries themselves.
        0 => {
            entries.extend_from_slice(cells.get(at + 2..at + 2 + length)?);
            Some(at + 2 + length)
        }
        // Linear: from the entry before to an end, in `length` steps.
        1 => {
            let (from, to) = (f64::from(*entries.last()?), f64::from(*cells.get(at + 2)?));
            let step = (to - from) / length as f64;
            entries.extend((1..=length).map(|place| (from + step * place as f64).round() as u16));
            Some(at + 3)
        }
        // Indirect: `length` segments that stand elsewhere, at a byte offset in two cells.
        2 if indirect => {
            let offset = usize::from(*cells.get(at + 2)?) | usize::from(*cells.get(at + 3)?) << 16;
            let mut place = offset / 2;
            for _ in 0..length.min(1 << 10) {
                if entries.len() > 1 << 16 {
                    break;
                }
                place = segment(cells, place, entries, false)?;
            }
            Some(at + 4)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_and_ramps_and_references() {
        // 10 20, then a ramp to 60 in 4 steps, then the first segment again.
        let cells = [0, 2, 10, 20, 1, 4, 60, 2, 1, 0, 0];
        assert_eq!(expand(&cells, 8), [10, 20, 30, 40, 50, 60, 10, 20]);
        assert_eq!(expand(&cells, 3), [10, 20, 30]);
    }

    #[test]
    fn segments_that_make_no_sense_end_the_table() {
        assert_eq!(expand(&[1, 4, 60], 9), Vec::<u16>::new());
        assert_eq!(expand(&[0, 1, 7, 9, 9, 9], 9), [7]);
        assert_eq!(expand(&[0, 9, 7], 9), Vec::<u16>::new());
        assert_eq!(expand(&[2, 1, 0, 0], 9), Vec::<u16>::new());
    }
}
