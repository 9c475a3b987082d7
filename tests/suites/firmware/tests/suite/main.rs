//! The firmware, from power on to its end.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod clock;
mod days;
mod ends;
mod faults;
mod lan9118;
mod scenarios;
mod settings;
mod token;
