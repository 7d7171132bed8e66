//! Migrations are embedded: a new one makes the crate anew.

fn main() {
    println!("cargo:rerun-if-changed=migrations");
}
