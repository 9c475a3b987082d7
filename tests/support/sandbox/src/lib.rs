//! A stand-in for Genesys Cloud's login and api hosts, for tests and for work offline.
//!
//! Without further words it is a faithful service: registered clients obtain access tokens from `POST /oauth/token` over verified
//! TLS and use them at the Platform API. On request it misbehaves: see [`Behaviour`], [`Certificate`] and [`hostile`]. Whatever it
//! received is in its record.
//!
//! It shares no code with the clients under test, so that a misreading of a rule does not hide by being made twice.
//!
//! ```
//! # async fn example() -> std::io::Result<()> {
//! use genesys_token_sandbox::{Host, Response, Sandbox};
//!
//! let sandbox = Sandbox::builder().start().await?;
//! sandbox.script(Host::Login, Response::html_bad_gateway());
//! // A client that trusts `sandbox.root_pem()` and asks `sandbox.login_addr()` is refused once, then served.
//! let requests = sandbox.wait_for(2).await;
//! assert_eq!(requests[1].path(), "/oauth/token");
//! # Ok(())
//! # }
//! ```
#![forbid(unsafe_code)]
#![allow(clippy::std_instead_of_alloc, reason = "a program of hosts: std is at hand")]

mod api;
mod behaviour;
mod bodies;
mod builder;
mod certificates;
mod clients;
mod connection;
mod delivery;
mod hostile;
mod limits;
mod login;
mod record;
mod request;
mod respond;
mod response;
mod sandbox;
pub mod scenarios;
mod script;
mod service;
mod stream;
mod tls;
mod tokens;

pub use behaviour::{
    Afterwards, Answer, Behaviour, Close, ConnectionFault, Cut, CutAt, Delivery, Framing, Host, Message, Pace,
};
pub use bodies::CORRELATION_ID;
pub use builder::Builder;
pub use certificates::{Certificate, NAMES};
pub use clients::{Client, DEMO_CLIENT_ID, DEMO_CLIENT_SECRET, GrantType};
pub use hostile::hostile;
pub use limits::RateLimit;
pub use record::{Beginning, Connection, Received, Tls};
pub use response::{Response, RetryAfter};
pub use sandbox::{Clock, Sandbox};
pub use tls::TlsVersions;
