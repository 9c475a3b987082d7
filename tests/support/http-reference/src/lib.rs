//! What the tests and the fuzz target of the device's HTTP client share: a scripted [`Stream`], [`hyper`]'s reading of the same
//! bytes, and the list of [`differences`] between the two.

#![allow(clippy::missing_panics_doc, reason = "in tests a panic is a failed test")]

pub mod differences;
pub mod hyper;
mod stream;

pub use stream::{End, Stream};
