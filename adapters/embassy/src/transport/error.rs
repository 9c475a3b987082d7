//! Transport errors: what failed between the device and the service, and what to do about it.

use core::fmt;

use embedded_io_async::ErrorKind;
use genesys_token_core::text::CapacityError;
use genesys_token_http::{HttpErrorKind, RequestError, ResponseError};
use genesys_token_tls::{ConnectError, NameError, SessionError};

use crate::resolver::NameLookupError;

/// No complete response was received: network, clock, connection, TLS or HTTP failed. Contains nothing that was sent.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TransportError {
    service: Service,
    phase: Phase,
    may_have_arrived: bool,
    kind: TransportErrorKind,
}

/// A host of the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Service {
    /// The host of the token endpoint.
    Login,
    /// The host of the Platform API.
    Api,
}

/// The phases of an exchange, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Phase {
    /// Waiting for a link and an address.
    Network,
    /// Waiting for the wall clock.
    Clock,
    /// Looking up the host's addresses.
    NameLookup,
    /// Connecting by TCP.
    Connect,
    /// The TLS handshake.
    TlsHandshake,
    /// Sending the request.
    Request,
    /// Waiting for the response and reading it.
    Response,
}

/// What failed.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum TransportErrorKind {
    /// The deadline passed in this phase.
    TimedOut,
    /// No link, or no address from DHCP.
    NoNetwork,
    /// The wall clock is not set, so the validity of certificates cannot be checked.
    NoClock,
    /// The host's name could not be looked up.
    NameLookup(NameLookupError),
    /// No address of the host accepted the connection; the error of the last one.
    Connect(ErrorKind),
    /// The host's name is not one that a certificate can contain.
    HostName(NameError),
    /// The TLS handshake failed, or the peer's certificate was not accepted. No byte of the request was sent.
    Tls(ConnectError),
    /// The connection was lost, or received data was not authentic.
    ConnectionLost(SessionError),
    /// The peer closed the connection before it sent a response.
    Closed,
    /// The request is invalid.
    Request(RequestError),
    /// The memory for heads is too small.
    Memory(CapacityError),
    /// The response is not valid HTTP/1.1, or exceeds the buffers.
    Response(ResponseError),
    /// [`Runner::run`](crate::Runner::run) was dropped, or the client was closed.
    NotRunning,
}

impl TransportError {
    /// Before any byte of the request was sent.
    pub(crate) const fn new(service: Service, phase: Phase, kind: TransportErrorKind) -> Self {
        Self { service, phase, may_have_arrived: false, kind }
    }

    pub(crate) const fn with_may_have_arrived(mut self, may_have_arrived: bool) -> Self {
        self.may_have_arrived = may_have_arrived;
        self
    }

    /// Returns the host that the exchange was with.
    #[must_use]
    pub const fn service(&self) -> Service {
        self.service
    }

    /// Returns the phase in which it failed.
    #[must_use]
    pub const fn phase(&self) -> Phase {
        self.phase
    }

    /// Returns whether the request may have reached the service, which may have acted upon it.
    #[must_use]
    pub const fn may_have_arrived(&self) -> bool {
        self.may_have_arrived
    }

    /// What failed.
    #[must_use]
    pub const fn kind(&self) -> &TransportErrorKind {
        &self.kind
    }
}

impl From<SessionError> for TransportErrorKind {
    fn from(error: SessionError) -> Self {
        Self::ConnectionLost(error)
    }
}

impl<E: Into<Self>> From<HttpErrorKind<E>> for TransportErrorKind {
    fn from(error: HttpErrorKind<E>) -> Self {
        match error {
            HttpErrorKind::Stream(error) => error.into(),
            HttpErrorKind::Deadline => Self::TimedOut,
            HttpErrorKind::Closed | HttpErrorKind::WriteZero | HttpErrorKind::NotReusable => Self::Closed,
            HttpErrorKind::Request(error) => Self::Request(error),
            HttpErrorKind::Buffer(error) => Self::Memory(error),
            HttpErrorKind::Response(error) => Self::Response(error),
        }
    }
}

/// The error of the stream over which callers exchange.
impl embedded_io_async::Error for TransportErrorKind {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::ConnectionLost(error) => error.kind(),
            Self::TimedOut => ErrorKind::TimedOut,
            _ => ErrorKind::Other,
        }
    }
}

impl core::error::Error for TransportErrorKind {}

impl fmt::Display for TransportErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = self.service;
        match self.kind {
            TransportErrorKind::TimedOut => {
                write!(f, "{host} did not answer in time {}", self.phase)?;
                f.write_str(match self.phase {
                    Phase::Network => ": check cable or radio, and DHCP",
                    Phase::Clock => {
                        ": set the wall clock, or check that the time servers are reachable (UDP port 123)"
                    }
                    Phase::NameLookup => ": check the network's DNS servers",
                    Phase::Connect => ": a firewall may drop the packets; check that it allows TCP port 443",
                    Phase::TlsHandshake | Phase::Request | Phase::Response => {
                        ": try again, or raise the timeout"
                    }
                })
            }
            TransportErrorKind::NoNetwork => {
                write!(f, "no network to reach {host}: check cable or radio, and DHCP")
            }
            TransportErrorKind::NoClock => write!(
                f,
                "the wall clock is not set, so the certificate of {host} cannot be checked: set it from a clock chip or the \
                 modem, or check that the time servers are reachable (UDP port 123)"
            ),
            TransportErrorKind::NameLookup(error) => {
                write!(f, "the name of {host} could not be looked up: {error}")
            }
            TransportErrorKind::Connect(ErrorKind::ConnectionRefused | ErrorKind::ConnectionReset) => {
                write!(f, "{host} refused the connection: check host and port, and the network's firewall")
            }
            TransportErrorKind::Connect(_) => {
                write!(f, "no connection to {host}: check the network's router and firewall")
            }
            TransportErrorKind::HostName(error) => error.fmt(f),
            TransportErrorKind::Tls(error) => write!(f, "no trusted TLS connection to {host}: {error}"),
            TransportErrorKind::ConnectionLost(error) => {
                write!(f, "the connection to {host} was lost {}: {error}", self.phase)
            }
            TransportErrorKind::Closed => write!(f, "{host} closed the connection {}: try again", self.phase),
            TransportErrorKind::Request(error) => write!(f, "the request to {host} is invalid: {error}"),
            TransportErrorKind::Memory(error) => error.fmt(f),
            TransportErrorKind::Response(error) => write!(f, "{host} sent no usable response: {error}"),
            TransportErrorKind::NotRunning => {
                f.write_str("the client's runner is not running: spawn a task that awaits `Runner::run`")
            }
        }
    }
}

impl core::error::Error for TransportError {}

impl fmt::Display for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Login => "the login host",
            Self::Api => "the API host",
        })
    }
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Network => "while waiting for the network",
            Self::Clock => "while waiting for the wall clock",
            Self::NameLookup => "during the name lookup",
            Self::Connect => "while connecting",
            Self::TlsHandshake => "during the TLS handshake",
            Self::Request => "while the request was sent",
            Self::Response => "before the response was complete",
        })
    }
}
