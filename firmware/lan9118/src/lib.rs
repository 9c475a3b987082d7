//! The SMSC LAN9118 Ethernet controller as an [embassy-net driver](embassy_net_driver::Driver).
//!
//! It accesses the controller through [`Registers`], which a board implements for its bus. Hence nothing here is `unsafe`, and the
//! logic is tested on a host with simulated registers. The board's interrupt handler calls [`Interrupt::handle`].
//!
//! Sources: SMSC LAN9118 data sheet (registers, start, FIFO formats). Where QEMU's model of the controller differs, the
//! driver uses only what works with both: receive fast-forward and the status peek register are not used.
#![no_std]
#![forbid(unsafe_code)]

mod controller;
mod driver;
mod interrupt;
pub mod register;

pub use controller::Fault;
pub use driver::{Frames, Lan9118, Receive, Transmit};
pub use interrupt::Interrupt;

/// The controller's registers: 32 bits wide, at the offsets of [`register`].
///
/// Reading may change the controller's state, for example by taking a word from a FIFO.
pub trait Registers {
    /// Reads the register at `offset` bytes from the controller's base address.
    fn read(&mut self, offset: usize) -> u32;

    /// Writes `value` to the register at `offset` bytes from the controller's base address.
    fn write(&mut self, offset: usize, value: u32);
}

impl<R: Registers> Registers for &mut R {
    fn read(&mut self, offset: usize) -> u32 {
        R::read(self, offset)
    }

    fn write(&mut self, offset: usize, value: u32) {
        R::write(self, offset, value);
    }
}
