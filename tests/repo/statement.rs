//! The conformance statement says what the code does.

use std::fs;

/// Set, the page is written instead of compared.
const UPDATE: &str = "PACS_UPDATE_STATEMENT";

#[test]
fn the_tables_of_the_conformance_statement_are_those_of_the_code() {
    let path = super::root().join("docs/CONFORMANCE_STATEMENT.md");
    let page = fs::read_to_string(&path).expect("docs/CONFORMANCE_STATEMENT.md");
    let filled = e2e::statement::filled(&page);
    if std::env::var_os(UPDATE).is_some() {
        fs::write(&path, filled).expect("the page is written");
        return;
    }
    let stale = page.lines().zip(filled.lines()).find(|(old, new)| old != new);
    assert!(page == filled, "the page is stale; run this test with {UPDATE}=1. First difference: {stale:?}");
}
