//! Third-party peers for tests of the host client: an OAuth 2 server behind a TLS terminator, and forward proxies.
//!
//! - [`OauthServer`]: oidc-provider on node, with nginx in front of it.
//! - [`ThirdPartyServer`]: Authlib, django-oauth-toolkit, @node-oauth/oauth2-server, glewlwyd or
//!   oauth2-mock-server, with nginx in front of it.
//! - [`RedisServer`], [`RedisSentinel`]: servers of the shared store; [`Gate`]: a relay to one, which a test interrupts.
//! - [`Proxy`]: squid or tinyproxy, with or without Basic authentication.
//!
//! Every peer listens on a free port of 127.0.0.1 only, keeps its files in a temporary directory and is stopped when its value is
//! dropped or when the process ends, even if it is killed. Starting blocks the calling thread until the peer accepts requests, for some
//! tenths of a second. A missing program is an error that says how to install it: no test passes because a program is missing.
#![deny(missing_docs)]
#![forbid(unsafe_code)]

mod browser;
mod certificate;
mod configuration;
mod error;
mod gate;
mod installed;
mod oauth_server;
mod port;
mod process;
mod proxy;
mod redis;
mod relay;
mod request;
mod script;
mod static_server;
mod third_party;

pub use browser::Browser;
pub use certificate::issue_certificate;
pub use error::PeerError;
pub use gate::{Gate, Path};
pub use oauth_server::{
    CHECK_PATH, CHUNKED_TOKEN_PATH, Client, OauthOptions, OauthServer, REVOCATION_PATH, TOKEN_PATH,
    TlsVersions,
};
pub use proxy::{Credentials, Proxy, ProxyAuth, ProxyKind};
pub use redis::{REDIS_SERVICE, RedisSentinel, RedisServer};
pub use relay::Relay;
pub use request::{Request, SecretIn};
pub use script::{Language, examples};
pub use static_server::{StaticServer, cpu_time_of_thread};
pub use third_party::{REDIRECT_URI, ServerKind, ThirdPartyServer, TokenRequest, registered};

/// The examples of the README at the root.
#[cfg(doctest)]
#[doc = include_str!("../../../../README.md")]
struct Readme;
