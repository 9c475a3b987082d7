//! The network below TLS: TCP, and the errors of all phases.

mod authority;
mod close;
mod error;
#[cfg(feature = "ipv6")]
mod overlap;
mod socket;
mod tcp;

pub(crate) use authority::{Authority, authority};
pub(crate) use close::{CLOSE_TIMEOUT, close_socket};
pub use error::{Phase, Service, TransportError, TransportErrorKind};
pub(crate) use socket::SharedSocket;
pub(crate) use tcp::connect_tcp;
