//! Each kernel beside the time that its bytes take at the device's bandwidth, and beside the processor, as a table in Markdown.
//!
//! `cargo run --release -p compute --example device_bench -- [--quick] [--device NUMBER] [WORD]`: the first device there is, or the
//! one of a number; a word chooses the lines that hold it. `--quick` takes small sizes, to see that it runs. It takes at most 8 GiB of
//! the device and ends within 150 s: what there is no time for is left out.

mod body;
mod scans;
mod table;
mod touched;
mod volumes;

use std::error::Error;

use compute::device::{Engine, devices, name_library};

fn main() -> Result<(), Box<dyn Error>> {
    // SAFETY: there is no other thread yet.
    unsafe { name_library() };
    let words: Vec<String> = std::env::args().skip(1).collect();
    let quick = words.iter().any(|word| word == "--quick");
    let number = words.iter().position(|word| word == "--device").and_then(|place| words.get(place + 1)?.parse().ok());
    let chosen = words.iter().rfind(|word| !word.starts_with("--") && word.parse::<usize>().is_err());
    let devices = devices()?;
    let device = devices.get(number.unwrap_or(0)).ok_or("there is no such OpenCL device")?;
    println!(
        "{} ({}, driver {}), {:.1} GiB, {} units; processor: {} threads\n",
        device.name,
        device.platform,
        device.driver,
        device.memory as f64 / (1_u64 << 30) as f64,
        device.units,
        rayon::current_num_threads()
    );
    let engine = Engine::open_timed(device)?;
    let bandwidth = engine.bandwidth(if quick { 1 << 25 } else { 1 << 30 })?;
    println!(
        "bandwidth: {:.0} GB/s copied (read + written), {:.0} GB/s read\n",
        bandwidth.copied / 1e9,
        bandwidth.read / 1e9
    );
    let mut table = table::Table::new(bandwidth.copied.max(bandwidth.read), chosen.cloned());
    scans::measure(&engine, &mut table, quick)?;
    volumes::measure(&engine, &mut table, quick)?;
    table.end();
    Ok(())
}
