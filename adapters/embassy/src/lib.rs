#![doc = include_str!("../README.md")]
//!
//! ## Where to start
//!
//! [`new`] creates a [`TokenClient`], which tasks use, and a [`Runner`], whose task does the work. [`Settings`] has the parameters,
//! [`Memory`] all memory; [`TokenError`] and [`ApiError`] are the errors. In the source, read `client`, `shared` and `runner`; for API
//! calls `api` and `api_channel`. [`network`] has the traits of a TCP/IP stack, `transport` opens and closes connections below
//! TLS, `clock` is the wall clock.
#![no_std]
#![deny(missing_docs)]
#![forbid(unsafe_code)]

mod api;
mod api_channel;
mod client;
mod clock;
mod copy;
mod credentials;
mod error;
#[cfg(feature = "defmt")]
mod format;
#[cfg(feature = "heapless")]
mod heapless_string;
mod logging;
mod memory;
#[cfg(feature = "nal")]
pub mod nal;
pub mod network;
mod presets;
mod random;
mod resolver;
mod runner;
mod settings;
mod shared;
mod time;
mod transport;
mod waiters;
mod wiped;

pub use genesys_token_core as core;
pub use genesys_token_http::{Method, RequestError, ResponseError, ResponsePart};
pub use genesys_token_tls as tls;

pub use api::{ApiError, ApiRefusal, ApiRequest, ApiResponse};
#[cfg(feature = "serde")]
pub use api::{
    Entity, ErrorBody, ErrorDetail, Id, JsonError, OAuthClientInfo, RoleDivision, TokenInfo, from_json,
};
pub use client::{Token, TokenClient};
pub use clock::ClockError;
pub use credentials::{CredentialError, CredentialSource, Credentials, StaticCredentials};
pub use error::{TokenError, TokenErrorKind};
pub use memory::Memory;
pub use presets::{
    RoomyClient, RoomyMemory, RoomyRunner, RoomyTls, SmallClient, SmallMemory, SmallRunner, SmallTls,
};
pub use resolver::NameLookupError;
#[cfg(feature = "_fuzzing")]
#[doc(hidden)]
pub use resolver::fuzzing;
pub use runner::{Runner, new};
pub use settings::{BUILT_AT, Settings};
pub use transport::{Phase, Service, TransportError, TransportErrorKind};

/// The value of `User-Agent`.
pub(crate) const USER_AGENT: &str = concat!("genesys-token-embassy/", env!("CARGO_PKG_VERSION"));
