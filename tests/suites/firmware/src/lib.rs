//! The firmware on QEMU's emulated boards, on a simulated network, against the sandbox.
//!
//! [`Network`] is the network to which the board is connected: DHCP, DNS, SNTP and routes to the sandbox's two hosts, each of which
//! can fail on request. [`Machine`] is the list of emulated boards, of which the tests run on one. [`Board`] is the emulator with the image; its log is decoded while it runs.
//!
//! Boards share nothing, so tests run concurrently, with at most four boards at a time.

mod board;
mod image;
mod log;
mod machine;
mod network;
mod service;

pub use board::{Board, BoardExit, MAX_RUNNING, Settings, TestMode};
pub use image::Image;
pub use log::Line;
pub use machine::Machine;
pub use network::{Dhcp, Dns, Network, Sntp, TIME_NAME};
pub use service::{Service, address};
