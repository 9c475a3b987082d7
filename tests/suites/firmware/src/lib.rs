//! The firmware, run for real: QEMU's emulated board on a network made for it, against the sandbox.
//!
//! [`Network`] is everything the board's cable leads to: DHCP, DNS, SNTP and the way to the sandbox's two hosts, each of which
//! can fail on request. [`Board`] is the emulator with the image in it; its log is decoded while it runs.
//!
//! Nothing is shared between two boards, so tests run beside each other, with four boards at a time.

mod board;
mod image;
mod log;
mod network;
mod service;

pub use board::{AT_ONCE, Board, COUNTING, Ended, Settings, Wish};
pub use image::Image;
pub use log::Line;
pub use network::{Dhcp, Dns, Network, Sntp, TIME_NAME};
pub use service::{Service, address};
