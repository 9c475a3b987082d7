#![doc = include_str!("../README.md")]
//!
//! ## Where to read on
//!
//! [`client`](fn@client) makes a [`TokenClient`], which tasks hold, and a [`Runner`], whose task works. [`Settings`] has what can be set,
//! [`Memory`] all memory, [`TokenError`] and [`ApiError`] say what went wrong. In the source, read `client`, then `shared`, `driver`
//! and `exchange`; for API calls `desk`, `serve` and `api`; `transport` and `open` are the way to the hosts, `clock` is the time.
#![no_std]
#![deny(missing_docs)]
#![forbid(unsafe_code)]

mod api;
mod client;
mod clock;
mod copy;
mod credentials;
mod desk;
mod driver;
mod error;
mod exchange;
mod logging;
mod memory;
mod open;
mod presets;
mod random;
mod remote;
mod runner;
mod serve;
mod settings;
mod shared;
mod time;
mod transport;
mod wiped;

pub use genesys_token_core as core;
pub use genesys_token_http::{Method, RequestError, ResponseError, ResponsePart};
pub use genesys_token_tls as tls;

pub use api::{ApiError, ApiRefusal, ApiRequest, ApiResponse};
pub use client::{Token, TokenClient};
pub use clock::ClockError;
pub use credentials::{CredentialError, CredentialSource, Credentials, StaticCredentials};
pub use error::{TokenError, TokenErrorKind};
pub use memory::Memory;
pub use presets::{
    RoomyClient, RoomyMemory, RoomyRunner, RoomyTls, SmallClient, SmallMemory, SmallRunner, SmallTls,
};
pub use runner::{Runner, client};
pub use settings::{BUILT_AT, Settings};
pub use transport::{Phase, Service, TransportError, TransportErrorKind};

/// The value of `User-Agent`.
pub(crate) const USER_AGENT: &str = concat!("genesys-token-embassy/", env!("CARGO_PKG_VERSION"));
