//! A device that looks a name up, and what that costs.
//!
//! The images differ in the resolver. All of them use UDP and TCP, as a device does for the time and for the service, so that the
//! difference is the resolver's alone. The network is in the board's memory (`cable`), and answers at once.
#![no_std]

mod cable;
mod clock;
mod device;
mod own;
#[cfg(feature = "dns")]
mod smoltcp;

pub use device::without as baseline;
pub use own::own;
#[cfg(feature = "dns")]
pub use smoltcp::smoltcp;
