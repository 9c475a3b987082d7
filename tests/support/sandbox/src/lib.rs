#![doc = include_str!("../README.md")]
//!
//! ## Reading guide
//!
//! [`Sandbox`] is a running one, [`Builder`] has its settings, [`Behaviour`], [`Certificate`] and [`hostile`] are the faults, and
//! [`Received`] is what was recorded.
//!
//! ```
//! # async fn example() -> std::io::Result<()> {
//! use genesys_token_sandbox::{Host, Response, Sandbox};
//!
//! let sandbox = Sandbox::builder().start().await?;
//! sandbox.script(Host::Login, Response::html_bad_gateway());
//! // A client that trusts `sandbox.root_pem()` and connects to `sandbox.login_addr()` gets one 502, then a token.
//! let requests = sandbox.wait_for(2).await;
//! assert_eq!(requests[1].path(), "/oauth/token");
//! # Ok(())
//! # }
//! ```
#![deny(missing_docs)]
#![forbid(unsafe_code)]
#![allow(clippy::doc_markdown, reason = "the README has names of packages in its headings")]
#![allow(clippy::std_instead_of_alloc, reason = "runs on hosts only, where std is available")]

mod api;
mod behaviour;
mod bodies;
mod builder;
mod certificates;
mod clients;
mod clients_file;
mod closed_port;
mod connection;
mod consent;
mod delivery;
mod hints;
mod hostile;
mod limits;
mod login;
mod paging;
#[cfg(feature = "program")]
pub mod program;
mod record;
mod request;
mod respond;
mod response;
mod routing;
mod sandbox;
pub mod scenarios;
mod script;
mod service;
mod state;
mod stream;
mod tls;
mod tokens;

pub use behaviour::{
    Afterwards, Answer, Behaviour, Close, ConnectionFault, Cut, CutAt, Delivery, Framing, Host, Message, Pace,
};
pub use bodies::CORRELATION_ID;
pub use builder::Builder;
pub use certificates::{Certificate, NAMES};
pub use clients::{
    Client, DEMO_CLIENT_ID, DEMO_CLIENT_SECRET, DEMO_CODE_CLIENT_ID, DEMO_SAML_CLIENT_ID, GrantType,
};
pub use clients_file::{ClientsFile, InvalidClientsFile};
pub use closed_port::ClosedPort;
pub use hostile::hostile;
pub use limits::RateLimit;
pub use record::{Beginning, Connection, Received, Tls};
pub use response::{Response, RetryAfter};
pub use sandbox::{Clock, Sandbox};
pub use state::BasicDecoding;
pub use tls::TlsVersions;
