//! The network below TLS: name lookup, TCP, and the errors of all phases.

mod authority;
mod error;
mod name_lookup;
mod socket;
mod tcp;

pub(crate) use authority::{Authority, authority};
pub use error::{Phase, Service, TransportError, TransportErrorKind};
pub(crate) use name_lookup::look_up;
pub(crate) use socket::SharedSocket;
pub(crate) use tcp::{CLOSE_TIMEOUT, close_socket, connect_tcp};
