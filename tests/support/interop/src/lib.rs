//! Peers that others wrote, for the tests of the host client: an OAuth 2 server behind a TLS end, and forward proxies.
//!
//! - [`OauthServer`]: oidc-provider on node, with nginx in front of it.
//! - [`Proxy`]: squid or tinyproxy, with or without Basic authentication.
//!
//! Every peer listens on 127.0.0.1 only, on a port the system chose, keeps its files in a temporary directory and ends with the value
//! that stands for it (and with the process that holds the value, however that ends). Starting blocks the calling thread until the peer
//! serves, some tenths of a second. A program that is missing is an error that says how to install it: no test passes because something
//! is not there.
#![deny(missing_docs)]
#![forbid(unsafe_code)]

mod certificate;
mod configuration;
mod error;
mod installed;
mod oauth_server;
mod port;
mod process;
mod proxy;
mod request;

pub use error::PeerError;
pub use oauth_server::{
    CHECK_PATH, CHUNKED_TOKEN_PATH, Client, OauthOptions, OauthServer, REVOCATION_PATH, TOKEN_PATH,
    TlsVersions,
};
pub use proxy::{Credentials, Proxy, ProxyAuth, ProxyKind};
pub use request::{Request, SecretIn};

/// The examples of the README at the root.
#[cfg(doctest)]
#[doc = include_str!("../../../../README.md")]
struct Readme;
