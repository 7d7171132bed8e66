//! What is required, one table a subject. An id is never given twice, and never again after its requirement went.

mod capabilities;
mod commitment;
mod dimse;
mod messages;
mod metadata;
mod model;
mod negotiation;
mod performed;
mod retrieve;
mod search;
mod store;
mod uri_service;
mod worklist;

use crate::requirement::Requirement;

/// All tables, in the order of the Standard's chapters.
const TABLES: &[&[Requirement]] = &[
    messages::TABLE,
    negotiation::TABLE,
    capabilities::TABLE,
    uri_service::resources::TABLE,
    uri_service::rendered::TABLE,
    retrieve::objects::TABLE,
    retrieve::frames::TABLE,
    retrieve::bulk_data::TABLE,
    retrieve::rendered::TABLE,
    retrieve::parameters::TABLE,
    retrieve::thumbnail::TABLE,
    retrieve::ranges::TABLE,
    metadata::TABLE,
    model::TABLE,
    store::instances::TABLE,
    store::response::TABLE,
    store::metadata::TABLE,
    search::resources::TABLE,
    search::matching::TABLE,
    search::values::TABLE,
    search::parameters::TABLE,
    search::results::TABLE,
    commitment::TABLE,
    worklist::TABLE,
    performed::TABLE,
    dimse::TABLE,
    dimse::access::TABLE,
    dimse::associations::TABLE,
    dimse::negotiation::TABLE,
    dimse::messages::TABLE,
    dimse::storage::TABLE,
    dimse::query::TABLE,
    dimse::retrieve::TABLE,
    dimse::moving::TABLE,
    dimse::relational::TABLE,
    dimse::matching::TABLE,
    dimse::workflow::scheduled::TABLE,
    dimse::workflow::performed::TABLE,
    dimse::workflow::commitment::TABLE,
];

/// Every requirement.
pub fn all() -> impl Iterator<Item = &'static Requirement> {
    TABLES.iter().flat_map(|table| table.iter())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn there_are_at_least_two_hundred_and_fifty_for_the_chapters_of_the_web() {
        assert!(all().filter(|requirement| requirement.id.starts_with("WEB-")).count() >= 250);
    }

    #[test]
    fn there_are_at_least_two_hundred_and_fifty_for_dimse_that_are_checked() {
        let of_dimse = || all().filter(|requirement| requirement.id.starts_with("DIMSE-"));
        assert!(of_dimse().filter(|requirement| requirement.check.is_some()).count() >= 250);
    }

    #[test]
    fn no_id_is_given_twice() {
        let mut seen = BTreeSet::new();
        for requirement in all() {
            assert!(seen.insert(requirement.id), "{} is given twice", requirement.id);
        }
    }

    #[test]
    fn every_text_is_a_sentence_and_every_clause_names_its_document() {
        for Requirement { id, clause, text, .. } in all() {
            assert!(text.ends_with('.') && text.len() > 10, "{id}: {text}");
            assert!(clause.starts_with("PS3.") || clause.starts_with("RFC "), "{id}: {clause}");
        }
    }
}
