//! The settings' region in a simulated flash.
#![allow(clippy::unwrap_used, reason = "tests")]

mod flash;
mod power;
mod region;
mod settings;
