//! The gateway application, the same for every board: it keeps a valid access token and calls the Platform API on a schedule.
//!
//! Two gateways differ only in their [`Settings`], which are data; two boards differ only in the arguments of [`run`].
#![no_std]
#![forbid(unsafe_code)]
#![cfg_attr(feature = "measured-core", allow(dead_code, unused_imports, reason = "the network part is not used"))]

#[cfg(feature = "measured-core")]
mod core_only;
#[cfg(feature = "measured-http")]
mod clear_text;
mod console;
mod log_format;
mod network;
mod program;
mod settings;
mod worker;

#[cfg(feature = "measured-core")]
pub use core_only::without_network;
pub use console::{Console, NoConsole};
pub use genesys_token_embassy::tls::CryptoRngCore;
#[cfg(not(feature = "measured-core"))]
pub use program::run;
pub use program::{Memory, Outcome, in_place, new_memory};
pub use settings::{Clock, Schedule, Settings, SettingsError};
