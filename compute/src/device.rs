//! The volume operations, and the scan for similar pictures, on an OpenCL device: kernels of the same names as the functions of
//! [`crate::volume`] and [`crate::similar`].
//!
//! Where the volume is met is worked out in whole numbers, as for the CPU: on the host, or by a kernel where there are
//! many lines. Kernels interpolate, gather and shade, rounding as the CPU does. Results agree within 0.001 of the unit
//! of a 16-bit volume, and pictures within 1 of 255. The library of OpenCL is looked for at run time: where there is
//! none, [`devices`] says so and nothing else changes.

mod bandwidth;
mod call;
mod classes;
mod components;
mod engine;
mod error;
mod lines;
mod pool;
mod probe;
mod projection;
mod render;
mod self_test;
mod similar;
mod slice;
mod trace;

#[cfg(test)]
mod tests;

pub use bandwidth::Bandwidth;
pub use engine::{DeviceVolume, Engine};
pub use error::Error;
pub use probe::{Device, Kind, devices, name_library};
pub use self_test::{Check, self_test};
pub use similar::{DeviceColumn, Scanned};
