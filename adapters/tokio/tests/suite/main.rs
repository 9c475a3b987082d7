//! The host client against the sandbox, over real sockets and verified TLS.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::std_instead_of_core,
    clippy::std_instead_of_alloc,
    reason = "tests of an adapter for hosts"
)]

mod anchors;
mod api;
mod connection;
mod credentials;
mod crowd;
mod fixture;
mod forwarding;
mod grants;
mod inputs;
#[cfg(feature = "tower")]
mod layer;
mod lifecycle;
#[cfg(feature = "login")]
mod login;
#[cfg(feature = "stream")]
mod paging;
mod pool;
mod proxy;
mod readme;
mod requests;
mod responses;
mod roots;
mod scenario_client;
mod scenarios;
mod settings;
#[cfg(feature = "store")]
mod shared_store;
mod sharing;
mod status;
mod streaming;
mod tls;
