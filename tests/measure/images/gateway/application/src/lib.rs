//! Reduced gateways with the interface of `firmware/gateway`, whose images are only measured: core without a network or, with the feature
//! `http`, the gateway without TLS.
#![no_std]
#![forbid(unsafe_code)]

#[cfg(feature = "http")]
mod clear_text;
#[cfg(not(feature = "http"))]
mod core_only;
#[cfg(feature = "http")]
mod http;

#[cfg(feature = "wifi")]
pub use application::Wifi;
pub use application::{
    Console, CryptoRngCore, MAX_TEXT, NoConsole, Outcome, Region, Settings, in_place, read_settings,
};
#[cfg(not(feature = "http"))]
pub use core_only::{Memory, new_memory, run};
#[cfg(feature = "http")]
pub use http::{Memory, new_memory, run};
