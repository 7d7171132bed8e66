//! Writes the seed corpus of the fuzz target to `tests/corpus`, or to the folder that is given.

#[path = "../tests/objects/mod.rs"]
mod objects;

fn main() -> std::io::Result<()> {
    let folder = std::env::args().nth(1).unwrap_or_else(|| concat!(env!("CARGO_MANIFEST_DIR"), "/tests/corpus").into());
    std::fs::create_dir_all(&folder)?;
    for (name, bytes) in objects::seeds::seeds() {
        std::fs::write(format!("{folder}/{name}.dcm"), bytes)?;
    }
    Ok(())
}
