//! Board support for QEMU's mps2-an386: its peripherals, for the gateway that runs there.
//!
//! [`time`] uses the dual timer, [`serial`] the serial lines, [`ethernet`] the LAN9118; [`watchdog`] resets a board that
//! hangs. All `unsafe` of this board is here, each with its proof.
#![no_std]

pub mod ethernet;
pub mod executor;
mod interrupt;
pub mod serial;
pub mod stack;
pub mod time;
mod uart;
mod vector_table;
pub mod watchdog;
