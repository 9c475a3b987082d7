//! OAuth 2 access tokens for Genesys Cloud, sans-IO.
//!
//! No `std`, no allocator, no clock, no randomness, no I/O: time and random values are arguments.
#![no_std]

pub mod lifecycle;
pub mod secret;
pub mod settings;
pub mod text;
pub mod time;
pub mod wire;
