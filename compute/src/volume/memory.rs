//! Room for samples, on large pages where the system has them.

/// The size of a large page, in bytes.
const LARGE: usize = 1 << 21;

/// An empty vector with room for so many samples. Fill it before anything else does: the system is asked for large pages.
///
/// A steep slice meets another page with nearly every sample: on pages of 4 KiB finding these takes longer than reading
/// them. Where the system has no large pages this is [`Vec::with_capacity`].
pub fn room<T>(count: usize) -> Vec<T> {
    let samples = Vec::with_capacity(count);
    #[cfg(target_os = "linux")]
    ask_for_large_pages(&samples);
    samples
}

/// So many zeros, on large pages too. The system makes them when they are first touched, by the thread that does.
pub fn zeros<T: Copy + Default>(count: usize) -> Vec<T> {
    let samples = vec![T::default(); count];
    #[cfg(target_os = "linux")]
    ask_for_large_pages(&samples);
    samples
}

#[cfg(target_os = "linux")]
fn ask_for_large_pages<T>(samples: &Vec<T>) {
    let (start, bytes) = (samples.as_ptr() as usize, samples.capacity() * size_of::<T>());
    let (first, last) = (start.next_multiple_of(LARGE), (start + bytes) / LARGE * LARGE);
    if first < last {
        let pages = samples.as_ptr().cast::<u8>().wrapping_add(first - start).cast_mut().cast();
        // SAFETY: the pages are within what the vector has allocated; the advice changes nothing that they hold. A refusal
        // costs speed only.
        let _ = unsafe { rustix::mm::madvise(pages, last - first, rustix::mm::Advice::LinuxHugepage) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_room_for_as_many_samples_as_asked() {
        for count in [0, 1, 1000, 5 << 20] {
            let mut samples = room::<u16>(count);
            assert!(samples.capacity() >= count && samples.is_empty());
            samples.resize(count, 7);
            assert!(samples.iter().all(|sample| *sample == 7));
            assert!(zeros::<f32>(count).iter().all(|sample| *sample == 0.0));
            assert_eq!(zeros::<i16>(count).len(), count);
        }
    }
}
