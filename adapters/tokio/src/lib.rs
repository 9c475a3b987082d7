#![doc = include_str!("../README.md")]
//!
//! ## Where to read on
//!
//! [`TokenClient`] is what programs hold, [`TokenClientBuilder`] has every setting, [`TokenError`] and [`ApiError`] say
//! what went wrong. In the source, read `client`, then `state` and `driver`, then `exchange`; `transport` is the only
//! room that does network I/O.
#![deny(missing_docs)]
#![forbid(unsafe_code)]
#![allow(
    clippy::std_instead_of_core,
    clippy::std_instead_of_alloc,
    reason = "an adapter for hosts: std is at hand, and one name for each thing reads better"
)]

mod api;
mod builder;
mod client;
mod clock;
mod credentials;
mod driver;
mod error;
mod exchange;
mod grant;
#[cfg(feature = "tower")]
pub mod layer;
mod no_proxy;
mod proxy;
mod random;
mod roots;
mod seats;
mod secret;
mod state;
mod token;
mod transport;

pub use genesys_token_core as core;
pub use http;
pub use rustls;

pub use api::{ApiError, ApiRefusal, ApiRequest, ApiResponse};
#[cfg(feature = "api-types")]
pub use api::{Entity, OAuthClientInfo, RoleDivision, TokenInfo};
pub use builder::{BuildError, TokenClientBuilder};
pub use client::TokenClient;
#[cfg(feature = "command")]
pub use credentials::CommandCredentials;
pub use credentials::{
    CredentialError, CredentialSource, Credentials, CredentialsFuture, Dotenv, EnvCredentials,
    FileCredentials, StaticCredentials,
};
pub use error::{TokenError, TokenErrorKind};
pub use grant::Grant;
#[cfg(feature = "tower")]
pub use layer::{TokenLayer, TokenService, TokenServiceError};
pub use proxy::{InvalidProxy, Proxy};
pub use secret::SecretString;
pub use token::Token;
pub use transport::{
    PUBLISHED_ANCHORS, Phase, ProxyError, TlsError, TlsErrorKind, TransportError, TransportErrorKind,
};
