//! A device with the client, and what each of its features costs.
//!
//! The images differ in one feature. Their network is never there, so the client waits; what is compared is what the linker keeps, and the
//! sizes of the futures. All are compiled with all features that change nothing for those who do not use them.
#![no_std]

mod device;
mod parts;

pub use parts::{calls, connections, edge, json, strings};

// Linked for the board's clock and its critical sections.
use bare_resolver as _;
use cortex_m as _;
