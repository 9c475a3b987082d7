//! A device that connects, asks and reads the answer, and how much that takes of it.
//!
//! The server is a recording (`tests/support/tls-peer`) which the emulator puts into the board's memory: it weighs nothing, and all of it
//! is there at once, so that nothing but the handshake itself decides how long a poll takes.
#![no_std]

mod connection;
mod poll;

pub use connection::connection;
