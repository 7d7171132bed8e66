//! The list of requirements that nothing checks may only shrink.

use std::collections::BTreeSet;

use conformance::requirements;

#[test]
fn the_list_of_unchecked_requirements_is_as_committed() {
    let committed: BTreeSet<&str> = include_str!("../unchecked.txt").lines().filter(|line| !line.is_empty()).collect();
    let unchecked: BTreeSet<&str> = requirements::all().filter(|r| r.check.is_none()).map(|r| r.id).collect();
    let checked: Vec<_> = committed.difference(&unchecked).collect();
    assert!(checked.is_empty(), "take these out of conformance/unchecked.txt, they have a check now: {checked:?}");
    let new: Vec<_> = unchecked.difference(&committed).collect();
    assert!(new.is_empty(), "these have no check: {new:?}");
}
