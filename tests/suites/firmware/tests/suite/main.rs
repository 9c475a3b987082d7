//! Tests of the firmware on an emulated board.
#![allow(clippy::unwrap_used, reason = "a test that cannot continue has failed")]

mod association;
mod clock;
mod days;
mod exits;
mod faults;
mod lan9118;
mod provisioning;
mod readme;
mod scenarios;
mod startup;
mod token;
