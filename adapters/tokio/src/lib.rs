#![doc = include_str!("../README.md")]
//!
//! ## Reading guide
//!
//! [`TokenClient`] is the client, [`TokenClientBuilder`] has every setting, [`TokenError`] and [`ApiError`] are the errors.
//! In the source, read `client`, then `supervisor` and `token_task`, then `state` and `exchange`; `transport` is the only
//! module that does network I/O.
#![deny(missing_docs)]
#![forbid(unsafe_code)]
#![allow(
    clippy::std_instead_of_core,
    clippy::std_instead_of_alloc,
    reason = "an adapter for hosts: std is available, and one name for each item is clearer"
)]

mod api;
mod broker;
mod builder;
mod byte_order_mark;
mod client;
mod clock;
mod credentials;
mod error;
mod exchange;
#[cfg(feature = "_fuzzing")]
#[doc(hidden)]
pub mod fuzzing;
mod grant;
#[cfg(feature = "tower")]
pub mod layer;
#[cfg(feature = "login")]
pub mod login;
#[cfg(feature = "metrics")]
pub mod meters;
mod origin;
mod pem;
mod proxy;
mod random;
mod readable;
mod refresh_token;
mod secret;
#[cfg(feature = "store")]
mod shared_exchange;
#[cfg(feature = "store")]
mod sharing;
#[cfg(feature = "store")]
mod sharing_error;
#[cfg(feature = "store")]
mod sharing_status;
mod state;
mod status;
mod supervisor;
mod token;
mod token_task;
mod transport;
mod wiped;

pub use genesys_token_core as core;
pub use genesys_token_core::settings::{Endpoint, Region};
#[cfg(feature = "store")]
pub use genesys_token_store as store;
pub use http;
pub use rustls;

#[cfg(feature = "stream")]
pub use api::Pages;
pub use api::{
    ApiError, ApiRefusal, ApiRequest, ApiResponse, ForwardBody, ForwardedBody, StreamingRequest,
    StreamingResponse,
};
#[cfg(feature = "api-types")]
pub use api::{Entity, OAuthClientInfo, RoleDivision, TokenInfo};
pub use broker::{BrokerAddress, InvalidBroker};
pub use builder::{BuildError, TokenClientBuilder};
pub use client::TokenClient;
#[cfg(feature = "command")]
pub use credentials::CommandCredentials;
pub use credentials::{
    CredentialError, CredentialSource, Credentials, CredentialsFuture, Dotenv, EnvCredentials,
    FileCredentials, HostUrl, StaticCredentials,
};
pub use error::{TokenError, TokenErrorKind};
pub use grant::Grant;
#[cfg(feature = "tower")]
pub use layer::{ByClone, TokenLayer, TokenService, TokenServiceError, TryClone};
pub use proxy::{InvalidProxy, Proxy};
pub use refresh_token::{HeldRefreshToken, HoldFuture, RefreshTokenStore};
pub use secret::SecretString;
#[cfg(feature = "store")]
pub use sharing::Sharing;
#[cfg(feature = "store")]
pub use sharing_error::SharingError;
#[cfg(feature = "store")]
pub use sharing_status::{LookupCounts, PublicationCounts, SharingStatus};
pub use status::{ClientStatus, ExchangeCounts, PastFailure};
pub use token::Token;
#[cfg(feature = "http2")]
pub use transport::Http2Error;
#[cfg(feature = "hyper-util")]
pub use transport::{ApiConnector, ApiStream, Connecting};
pub use transport::{
    PUBLISHED_ANCHORS, Phase, ProxyError, TlsError, TlsErrorKind, TransportError, TransportErrorKind,
};

/// The id of an OAuth client, of the usual capacity: `ClientId::new` and `ClientId::try_from` need no more than the text.
pub type ClientId = genesys_token_core::settings::ClientId;
