//! The program of a gateway, the same for every board: it brings the network up, stays logged in, and calls the Platform API on
//! a schedule.
//!
//! Everything that differs between two gateways is in their [`Settings`], which are data; everything that differs between two
//! boards is an argument of [`run`].
#![no_std]
#![forbid(unsafe_code)]

mod console;
mod network;
mod program;
mod settings;
mod words;
mod worker;

pub use console::{Console, NoConsole};
pub use genesys_token_embassy::tls::CryptoRngCore;
pub use program::{Memory, Outcome, run};
pub use settings::{Clock, Schedule, Settings, SettingsError};
