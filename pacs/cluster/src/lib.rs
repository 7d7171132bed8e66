//! A private Postgres cluster in a folder, started and stopped by its owner.
