//! The gateway application, the same for every board: it keeps a valid access token and calls the Platform API on a schedule.
//!
//! Two gateways differ only in their [`Settings`], which are data; two boards differ only in the arguments of [`run`].
#![no_std]
#![forbid(unsafe_code)]

mod console;
mod log_format;
mod network;
mod outcome;
mod program;
mod provisioned;
mod worker;

pub use console::{Console, NoConsole};
pub use genesys_token_embassy::tls::CryptoRngCore;
#[cfg(feature = "wifi")]
pub use genesys_token_provision::Wifi;
pub use genesys_token_provision::{Clock, MAX_TEXT, Region, Schedule, Settings, SettingsError};
pub use outcome::Outcome;
pub use program::{Memory, in_place, new_memory, run, run_with};
pub use provisioned::read_settings;
