//! Writes the seed corpus of the fuzz target `ask` to `tests/requests/corpus`, or to the folder that is given.

#[path = "../tests/requests/seeds.rs"]
mod seeds;

fn main() -> std::io::Result<()> {
    let usual = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/requests/corpus");
    let folder = std::env::args().nth(1).unwrap_or_else(|| usual.into());
    std::fs::create_dir_all(&folder)?;
    for (name, bytes) in seeds::seeds() {
        std::fs::write(format!("{folder}/{name}.txt"), bytes)?;
    }
    Ok(())
}
