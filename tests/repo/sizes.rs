//! Files stay small enough to be read at one sitting.

/// Longest file: past this, it has two subjects.
const LONGEST: usize = 400;

/// Longest median: most files should be far shorter.
const MEDIAN: usize = 150;

fn lines() -> Vec<(std::path::PathBuf, usize)> {
    super::rust_files()
        .into_iter()
        .map(|path| {
            let count = std::fs::read_to_string(&path).expect("a text file").lines().count();
            (path, count)
        })
        .collect()
}

#[test]
fn no_file_is_longer_than_four_hundred_lines() {
    let long: Vec<_> = lines().into_iter().filter(|(_, count)| *count > LONGEST).collect();
    assert!(long.is_empty(), "split these: {long:?}");
}

#[test]
fn the_median_file_is_short() {
    let mut counts: Vec<usize> = lines().into_iter().map(|(_, count)| count).collect();
    counts.sort_unstable();
    assert!(counts[counts.len() / 2] <= MEDIAN, "the median is {}", counts[counts.len() / 2]);
}

#[test]
fn no_module_is_called_utils() {
    let vague = ["utils", "util", "helpers", "helper", "manager", "common", "misc"];
    for path in super::rust_files() {
        let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
        assert!(!vague.contains(&stem), "{} says nothing about its subject", path.display());
    }
}
