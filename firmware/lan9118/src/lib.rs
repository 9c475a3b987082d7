//! The SMSC LAN9118 Ethernet controller as an [embassy-net driver](embassy_net_driver::Driver).
//!
//! It reaches the controller through [`Registers`], which a board implements over its bus; so nothing here is `unsafe`, and its
//! logic is tested on a host against registers that are simulated. The board's interrupt handler calls [`Interrupt::handle`].
//!
//! Sources: SMSC LAN9118 data sheet (registers, start, FIFO formats). Where QEMU's model of the controller differs, what is
//! done here is right for both: receive fast-forward and the status peek register are not used.
#![no_std]
#![forbid(unsafe_code)]

mod controller;
mod driver;
mod interrupt;
pub mod register;

pub use controller::Fault;
pub use driver::{Lan9118, Receive, Transmit};
pub use interrupt::Interrupt;

/// The controller's registers: 32 bits wide, at the offsets of [`register`].
///
/// Reading may change the controller's state: it takes a word from a FIFO, say.
pub trait Registers {
    /// Reads the register at `offset` bytes from the controller's base address.
    fn read(&mut self, offset: usize) -> u32;

    /// Writes it.
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
