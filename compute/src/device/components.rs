//! Connected parts and Otsu's cuts on a device.

use super::call::Call;
use super::{Engine, Error};
use crate::volume::{self, Components, Connectivity, Histogram, Labels, Search, Span, Stop};

impl Engine {
    /// See [`volume::components()`].
    ///
    /// # Errors
    /// `TooLarge` of more samples than the device can hold at once, or than 32 bits can count.
    pub fn components(
        &self,
        labels: &Labels,
        label: u8,
        connectivity: Connectivity,
        stop: Stop<'_>,
    ) -> Result<Components, Error> {
        labels.check()?;
        let size @ [columns, rows, slices] = labels.size;
        self.fits(labels.labels.len())?;
        volume::go_on(stop)?;
        let there = self.memory_of(&labels.labels)?;
        let of_label = |kernel: &str| {
            self.without_volume(kernel)?.memory(&there)?.number(columns as i32)?.number(i32::from(label))
        };
        let counts = self.room::<u32>(rows * slices)?;
        of_label("count_spans")?.memory(&counts)?.run(&self.queue, rows, slices)?;
        volume::go_on(stop)?;
        let starts = starts(&self.read(&counts, rows * slices)?);
        let count = starts.last().map_or(0, |count| *count as usize);
        if count == 0 {
            return Ok(Components::joined(size, Vec::new(), &[]));
        }
        self.fits(count * size_of::<[u32; 2]>())?;
        let starts_there = self.memory_of(&starts)?;
        let (spans, parents) = (self.room::<[u32; 2]>(count)?, self.room::<u32>(count)?);
        of_label("find_spans")?.memory(&starts_there)?.memory(&spans)?.memory(&parents)?.run(
            &self.queue,
            rows,
            slices,
        )?;
        volume::go_on(stop)?;
        self.without_volume("components")?
            .memory(&starts_there)?
            .memory(&spans)?
            .memory(&parents)?
            .number(i32::from(connectivity == Connectivity::TwentySix))?
            .run(&self.queue, rows, slices)?;
        self.without_volume("find_roots")?.memory(&parents)?.run(&self.queue, count, 1)?;
        volume::go_on(stop)?;
        let ends: Vec<u32> = self.read(&spans, 2 * count)?;
        let roots: Vec<u32> = self.read(&parents, count)?;
        let of_row = |row: usize| {
            let ends = &ends[2 * starts[row] as usize..2 * starts[row + 1] as usize];
            ends.as_chunks::<2>().0.iter().map(move |[from, to]| Span::new(row, *from, *to))
        };
        Ok(Components::joined(size, (0..rows * slices).flat_map(of_row).collect(), &roots))
    }

    /// See [`volume::otsu()`].
    ///
    /// # Errors
    /// `Unavailable` where the device does not reckon with numbers of 64 bits.
    pub fn otsu(&self, histogram: &Histogram, classes: usize) -> Result<Vec<f64>, Error> {
        let Some(search) = Search::new(histogram, classes) else { return Ok(Vec::new()) };
        if !self.device().doubles {
            return Err(Error::Unavailable("the device has no numbers of 64 bits".to_owned()));
        }
        let sums = self.memory_of(&search.sums)?;
        let places = search.sums.len();
        let mut best = self.memory_of(&search.of_one_class())?;
        let mut cuts: Vec<Vec<u32>> = Vec::new();
        for class in 1..search.classes {
            let (next, cut) = (self.room::<f64>(places)?, self.room::<u32>(places)?);
            self.without_volume("otsu")?
                .memory(&sums)?
                .memory(&best)?
                .number(class as i32)?
                .memory(&next)?
                .memory(&cut)?
                .run(&self.queue, places, 1)?;
            cuts.push(self.read(&cut, places)?);
            best = next;
        }
        Ok(search.cuts(&cuts))
    }

    /// A kernel that is told of no volume. Those for bytes are built for it.
    fn without_volume(&self, kernel: &str) -> Result<Call, Error> {
        Call::new(self.program(0)?, kernel)
    }

    fn fits(&self, bytes: usize) -> Result<(), Error> {
        let most = self.device().largest.min(u32::MAX.into());
        if bytes as u64 > most { Err(Error::TooLarge { needed: bytes as u64, most }) } else { Ok(()) }
    }
}

/// How many there are before each row, and before the end.
fn starts(counts: &[u32]) -> Vec<u32> {
    let before = counts.iter().scan(0, |sum, count| {
        *sum += count;
        Some(*sum)
    });
    std::iter::once(0).chain(before).collect()
}
