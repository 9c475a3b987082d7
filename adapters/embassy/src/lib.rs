#![doc = include_str!("../README.md")]
#![no_std]
#![deny(missing_docs)]
#![forbid(unsafe_code)]

mod api;
mod client;
mod clock;
mod credentials;
mod desk;
mod driver;
mod error;
mod exchange;
pub mod http;
mod logging;
mod memory;
mod open;
mod random;
mod remote;
mod runner;
mod serve;
mod settings;
mod shared;
mod time;
mod transport;

pub use genesys_token_core as core;
pub use genesys_token_tls as tls;

pub use crate::http::Method;
pub use api::{ApiError, ApiRefusal, ApiRequest, ApiResponse};
pub use client::{Token, TokenClient};
pub use clock::ClockError;
pub use credentials::{CredentialError, CredentialSource, Credentials, StaticCredentials};
pub use error::{TokenError, TokenErrorKind};
pub use memory::{Memory, RoomyMemory, SmallMemory};
pub use runner::{Runner, client};
pub use settings::{BUILT_AT, Settings};
pub use transport::{Phase, Service, TransportError, TransportErrorKind};

/// The value of `User-Agent`.
pub(crate) const USER_AGENT: &str = concat!("genesys-token-embassy/", env!("CARGO_PKG_VERSION"));
