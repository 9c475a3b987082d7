//! The caller's settings: service, client and scope. A value that exists is valid.
//!
//! Every value is checked when it is created. The order to read in: [`Region`], [`Endpoint`], [`Client`].

mod client;
mod endpoint;
mod error;
mod host;
mod region;
mod scope;

pub use client::{Client, ClientAuth, ClientId, ClientSecret};
pub use endpoint::Endpoint;
pub use error::ConfigError;
pub use host::HOST_CAPACITY;
pub use region::{Region, RegionError};
pub use scope::Scope;
