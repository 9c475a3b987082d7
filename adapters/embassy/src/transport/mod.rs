//! The network below TLS: TCP, and the errors of all phases.

mod authority;
mod error;
mod socket;
mod tcp;

pub(crate) use authority::{Authority, authority};
pub use error::{Phase, Service, TransportError, TransportErrorKind};
pub(crate) use socket::SharedSocket;
pub(crate) use tcp::{CLOSE_TIMEOUT, close_socket, connect_tcp};
