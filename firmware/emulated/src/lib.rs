//! What the boards share that QEMU emulates: services of the host, the clock that can skip idle time, the console, and faults on request.
//!
//! A board supplies its [`Machine`] and calls [`Clock`] and [`Console`] from its interrupt handlers.
#![no_std]
#![forbid(unsafe_code)]

mod clock;
mod console;
pub mod fault;
pub mod host;
mod machine;
mod meter;
mod time_skip;

pub use clock::Clock;
pub use console::Console;
pub use machine::Machine;
