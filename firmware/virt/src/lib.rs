//! Board support for QEMU's virt machine with a 32-bit RISC-V processor: its peripherals, for the gateway that runs there.
//!
//! [`time`] uses the processor's timer, [`serial`] the serial lines, [`ethernet`] virtio-net, [`stack`] the processor's memory
//! protection; [`watchdog`] resets a board that hangs. All `unsafe` of this board is here, each with its proof.
#![no_std]

pub mod ethernet;
pub mod executor;
mod handlers;
mod interrupt;
mod registers;
pub mod reset;
pub mod serial;
pub mod stack;
pub mod time;
mod trap;
mod uart;
mod virtio_net;
mod virtio_queue;
pub mod watchdog;
mod work;
