//! `pacs devices`: OpenCL devices, which one is used, and whether it is right and fast.

use std::process::ExitCode;
use std::time::Duration;

use archive::volume::{DevicePolicy, device};
use clap::Args;

use super::table;
use crate::cli::Failure;
use crate::config::Config;

/// Side of the test volume: some seconds on a processor.
const SIDE: usize = 192;

/// What to do with them.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Only list them.
    #[arg(long)]
    list: bool,
}

impl Arguments {
    /// Does what was asked. Fails when the device in use is wrong.
    pub fn run(self, config: &Config) -> Result<ExitCode, Failure> {
        let devices = match device::devices() {
            Ok(devices) => devices,
            Err(error) => {
                println!("{error}: volumes are worked on by the processor");
                return Ok(ExitCode::SUCCESS);
            }
        };
        let used = config.volume.device.choose(&devices);
        let rows: Vec<Vec<String>> = devices
            .iter()
            .map(|device| {
                let is_used = used.is_some_and(|used| used.name == device.name && used.platform == device.platform);
                vec![
                    if is_used { "*".to_owned() } else { String::new() },
                    device.name.clone(),
                    format!("{:?}", device.kind),
                    format!("{} MiB", device.memory >> 20),
                    device.platform.clone(),
                    device.driver.clone(),
                ]
            })
            .collect();
        table::print(&["USED", "DEVICE", "KIND", "MEMORY", "PLATFORM", "DRIVER"], &rows);
        match used {
            None if config.volume.device == DevicePolicy::Cpu => println!("\nvolume.device = cpu: none is used"),
            None => println!("\nnone is a GPU or another accelerator: volumes are worked on by the processor"),
            Some(used) if !self.list => return test(used),
            Some(_) => {}
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn test(used: &device::Device) -> Result<ExitCode, Failure> {
    println!("\ntesting {} with a volume of {SIDE}³ samples …", used.name);
    let (checks, upload) = device::self_test(used, SIDE)?;
    let milliseconds = |time: Duration| format!("{:.1} ms", time.as_secs_f64() * 1000.0);
    let rows: Vec<Vec<String>> = checks
        .iter()
        .map(|check| {
            vec![
                check.name.to_owned(),
                if check.right { "right".to_owned() } else { format!("WRONG by {}", check.difference) },
                milliseconds(check.device),
                milliseconds(check.processor),
            ]
        })
        .collect();
    table::print(&["OPERATION", "RESULT", "DEVICE", "PROCESSOR"], &rows);
    println!("the volume took {} to the device", milliseconds(upload));
    let is_right = checks.iter().all(|check| check.right);
    Ok(if is_right { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
