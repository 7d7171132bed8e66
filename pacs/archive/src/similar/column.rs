//! Values of one kind in a mapped file: memory that the system may take back, and that is there again after a restart.

use std::fs::{File, OpenOptions};
use std::io;
use std::marker::PhantomData;
use std::path::Path;

use compute::similar::Margin;
use compute::similar::regions::Cells;
use memmap2::MmapMut;
use rustix::fs::{FallocateFlags, fallocate};

/// Values that there is room for at least.
const LEAST: usize = 256;

/// What may be mapped.
///
/// # Safety
/// Any bytes are a value, and no byte of a value is undefined.
pub(super) unsafe trait Plain: Copy {}

// SAFETY: numbers, and arrays and structures of numbers of one size.
unsafe impl Plain for i64 {}
// SAFETY: as above.
unsafe impl Plain for u64 {}
// SAFETY: as above.
unsafe impl Plain for u32 {}
// SAFETY: as above; `repr(C)`, two floats.
unsafe impl Plain for Margin {}
// SAFETY: as above; eight numbers.
unsafe impl Plain for Cells {}
// SAFETY: as above.
unsafe impl<const LENGTH: usize> Plain for [u8; LENGTH] {}
// SAFETY: as above.
unsafe impl<const LENGTH: usize> Plain for [u32; LENGTH] {}

/// A column of values. Nobody else may have the file: whoever opens it holds the lock of its folder.
pub(super) struct Column<T> {
    file: File,
    map: MmapMut,
    length: usize,
    of: PhantomData<T>,
}

impl<T: Plain> Column<T> {
    const SIZE: usize = size_of::<T>();

    /// Opens a file, making it when it does not exist. The column has as many values as it has room for.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)?;
        let there = usize::try_from(file.metadata()?.len()).map_err(|_| io::ErrorKind::FileTooLarge)? / Self::SIZE;
        let map = Self::mapped(&file, there.max(LEAST))?;
        Ok(Self { file, map, length: there, of: PhantomData })
    }

    /// The blocks are there beforehand: a full disk is an error here, not a signal at the first write.
    fn mapped(file: &File, room: usize) -> io::Result<MmapMut> {
        let bytes = room.checked_mul(Self::SIZE).ok_or(io::ErrorKind::FileTooLarge)?;
        match fallocate(file, FallocateFlags::empty(), 0, bytes as u64) {
            Err(rustix::io::Errno::OPNOTSUPP) => file.set_len(bytes as u64)?,
            other => other?,
        }
        // SAFETY: the lock of the folder keeps other processes from changing or cutting the file.
        unsafe { MmapMut::map_mut(file) }
    }

    pub(super) fn len(&self) -> usize {
        self.length
    }

    pub(super) fn values(&self) -> &[T] {
        // SAFETY: there is room for so many values, mappings begin at a page, and any bytes are a value.
        unsafe { std::slice::from_raw_parts(self.map.as_ptr().cast(), self.length) }
    }

    pub(super) fn get(&self, place: usize) -> T {
        self.values()[place]
    }

    pub(super) fn set(&mut self, place: usize, value: T) {
        // SAFETY: as of `values`; nobody else has the mapping.
        let values = unsafe { std::slice::from_raw_parts_mut(self.map.as_mut_ptr().cast::<T>(), self.length) };
        values[place] = value;
    }

    pub(super) fn push(&mut self, value: T) -> io::Result<()> {
        if (self.length + 1) * Self::SIZE > self.map.len() {
            self.map = Self::mapped(&self.file, self.length + self.length / 8 + LEAST)?;
        }
        self.length += 1;
        self.set(self.length - 1, value);
        Ok(())
    }

    /// Takes a value off; the last one takes its place.
    pub(super) fn swap_remove(&mut self, place: usize) {
        let last = self.get(self.length - 1);
        self.set(place, last);
        self.length -= 1;
    }

    pub(super) fn truncate(&mut self, length: usize) {
        self.length = self.length.min(length);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_there_again_and_room_grows() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("column");
        let mut column: Column<i64> = Column::open(&path).expect("a column");
        for value in 0..1000 {
            column.push(value).expect("room");
        }
        column.swap_remove(0);
        drop(column);
        let mut column: Column<i64> = Column::open(&path).expect("a column");
        assert!(column.len() >= 999);
        column.truncate(999);
        assert_eq!((column.get(0), column.get(998)), (999, 998));
        assert_eq!(column.values().len(), 999);
    }
}
