//! What QEMU's board mps2-an386 has besides its processor, for the gateway that runs there: the part of it that is no wiring.
//!
//! [`time`] and [`meter`] stand on the dual timer, [`serial`] on the serial lines, [`ethernet`] on the LAN9118, [`host`] on
//! semihosting. [`leap`] lets time pass that nobody needs. All `unsafe` of the emulated board is here, each with its proof.
#![no_std]

pub mod ethernet;
pub mod executor;
pub mod host;
mod interrupt;
pub mod leap;
pub mod meter;
pub mod serial;
pub mod stack;
pub mod time;
mod uart;
