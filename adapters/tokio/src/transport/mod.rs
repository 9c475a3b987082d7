//! Requests to one host over connections of HTTP and TLS: the only module that does network I/O.
//!
//! Handles bytes, deadlines and connections; what a response means is not decided here. Read [`host`] first, then [`connect`],
//! [`tcp`], [`tunnel`] and [`trust`].

mod body;
mod connect;
mod connection;
#[cfg(feature = "hyper-util")]
mod connector;
mod deadline;
mod error;
#[cfg(feature = "hyper-util")]
mod exchanges;
mod failure;
mod gate;
mod host;
#[cfg(feature = "http2")]
mod http2_code;
#[cfg(feature = "http2")]
mod http2_error;
mod hyper_error;
mod hyper_io;
mod io_reason;
#[cfg(feature = "http2")]
mod opening;
mod platform_roots;
mod pool;
mod progress;
mod reception;
mod record;
mod request;
mod request_body;
mod response_body;
#[cfg(feature = "http2")]
mod shared_body;
#[cfg(feature = "http2")]
mod shared_connection;
mod short_key;
mod socket;
mod stream;
mod tcp;
mod tls_error;
mod tls_reason;
mod trust;
mod tunnel;
#[cfg(feature = "http2")]
mod upload;

pub(crate) use body::discard;
pub(crate) use connect::Connector;
#[cfg(feature = "hyper-util")]
pub use connector::{ApiConnector, ApiStream, Connecting};
pub use error::{Phase, ProxyError, TransportError, TransportErrorKind};
pub(crate) use host::{Transport, read_head};
#[cfg(feature = "http2")]
pub use http2_code::Http2Error;
pub(crate) use pool::{PoolLimits, Slot};
pub(crate) use reception::Reception;
pub(crate) use request::{ACCEPT_ENCODING, Incoming, Outgoing, USER_AGENT};
pub(crate) use request_body::{Content, StreamedBody};
pub(crate) use response_body::ResponseBody;
pub use tls_error::{TlsError, TlsErrorKind};
pub use trust::PUBLISHED_ANCHORS;
pub(crate) use trust::Trust;
