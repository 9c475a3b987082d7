//! A device that connects, sends a request and reads the response, and what that costs.
//!
//! The server is a recording (`tests/support/tls-peer`) that the emulator loads into the board's memory. It needs no flash, and all of it
//! is available at once, so that the length of a poll depends on the handshake alone.
#![no_std]

mod connection;
mod engines;
mod poll;

pub use engines::{embedded, tls13};
