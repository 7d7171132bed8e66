//! The scan of small copies and gradient descriptors.

use std::time::Instant;

use compute::device::{Engine, Error};
use compute::similar::distance::squared_each;
use rayon::prelude::*;

use super::table::Table;

/// Copies that a thread of the processor compares at a time.
const BATCH: usize = 4096;

pub fn measure(engine: &Engine, table: &mut Table, quick: bool) -> Result<(), Error> {
    let shrink = if quick { 100 } else { 1 };
    let sets = [
        ("copies of 8 × 8", 64, 1_000_000),
        ("copies of 8 × 8", 64, 10_000_000),
        ("copies of 32 × 32, or gradients", 1024, 1_000_000),
    ];
    for (what, length, count) in sets {
        let count = count / shrink;
        let names = [1, 16].map(|asked| (asked, format!("squared_each, {count} {what}, {asked} queries")));
        if !names.iter().any(|(_, name)| table.wants(name)) {
            continue;
        }
        let cells = noise(count * length);
        let column = engine.column(&cells, length)?;
        for (asked, name) in names.iter().filter(|(_, name)| table.wants(name)).collect::<Vec<_>>() {
            let queries: Vec<&[u8]> = cells.chunks_exact(length).step_by(3).take(*asked).collect();
            let run = Table::run(engine, || engine.squared_each(&column, &queries))?;
            let start = Instant::now();
            let mut expected = vec![0_u32; asked * count];
            for (query, expected) in queries.iter().zip(expected.chunks_mut(count)) {
                let batches = expected.par_chunks_mut(BATCH).zip(cells.par_chunks(BATCH * length));
                batches.for_each(|(distances, cells)| squared_each(query, cells, distances));
            }
            let processor = start.elapsed();
            let differences = run.made.par_iter().zip(&expected).map(|(one, other)| one.abs_diff(*other));
            let most = differences.max().unwrap_or(u32::MAX);
            table.line(name, &run, column.bytes() + 4 * asked * count, processor, f64::from(most));
        }
    }
    Ok(())
}

/// Bytes that look like noise and are the same every time.
fn noise(count: usize) -> Vec<u8> {
    let mut cells = vec![0; count];
    cells.par_chunks_mut(1 << 16).enumerate().for_each(|(chunk, cells)| {
        let mut state = (chunk as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        for cells in cells.chunks_mut(8) {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            cells.copy_from_slice(&state.to_le_bytes()[..cells.len()]);
        }
    });
    cells
}
