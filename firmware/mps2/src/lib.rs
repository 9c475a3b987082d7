//! Board support for QEMU's mps2-an386: its peripherals, for the gateway that runs there.
//!
//! [`time`] and [`meter`] use the dual timer, [`serial`] the serial lines, [`ethernet`] the LAN9118, [`host`] semihosting.
//! [`time_skip`] skips idle time, [`watchdog`] resets a board that hangs. All `unsafe` of the emulated board is here, each with its proof.
#![no_std]

pub mod ethernet;
pub mod executor;
pub mod host;
mod interrupt;
pub mod meter;
pub mod serial;
pub mod stack;
pub mod time;
pub mod time_skip;
mod uart;
mod vector_table;
pub mod watchdog;
