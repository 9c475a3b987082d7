//! The program of a gateway, the same for every board: it brings the network up, stays logged in, and calls the Platform API on
//! a schedule.
//!
//! Everything that differs between two gateways is in their [`Settings`], which are data; everything that differs between two
//! boards is an argument of [`run`].
#![no_std]
#![forbid(unsafe_code)]
#![cfg_attr(feature = "measured-core", allow(dead_code, unused_imports, reason = "most is for a network"))]

#[cfg(feature = "measured-core")]
mod alone;
#[cfg(feature = "measured-http")]
mod clear_text;
mod console;
mod network;
mod program;
mod settings;
mod words;
mod worker;

#[cfg(feature = "measured-core")]
pub use alone::without_network;
pub use console::{Console, NoConsole};
pub use genesys_token_embassy::tls::CryptoRngCore;
#[cfg(not(feature = "measured-core"))]
pub use program::run;
pub use program::{Memory, Outcome, in_place, new_memory};
pub use settings::{Clock, Schedule, Settings, SettingsError};
