//! No response: what went wrong between here and the service, and what to do about it.

use core::fmt;

use embassy_net::{dns, tcp};
use embedded_io_async::ErrorKind;
use genesys_token_tls::{ConnectError, NameError, SessionError};

use genesys_token_core::text::CapacityError;

use genesys_token_http::{HttpErrorKind, RequestError, ResponseError};

/// There was no (whole) response: network, clock, connection, TLS or HTTP failed. Holds nothing that was sent.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TransportError {
    service: Service,
    phase: Phase,
    kind: TransportErrorKind,
}

/// Which host of the service was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Service {
    /// The one that gives tokens.
    Login,
    /// The one of the Platform API.
    Api,
}

/// The parts of an exchange, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Phase {
    /// The device has a link and an address.
    Network,
    /// The wall clock is known.
    Clock,
    /// Host name to addresses.
    Resolve,
    /// TCP.
    Connect,
    /// The TLS handshake.
    Tls,
    /// The request is sent.
    Send,
    /// The response is waited for and read.
    Receive,
}

/// What failed.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum TransportErrorKind {
    /// The deadline came in this phase.
    TimedOut,
    /// No link, or no address from DHCP.
    NoNetwork,
    /// The wall clock is not set, and without a time no certificate can be judged.
    NoClock,
    /// The name of the host could not be looked up.
    Resolve(dns::Error),
    /// The name of the host has no address.
    NoAddress,
    /// No address of the host took the connection; this is what the last one said.
    Connect(tcp::ConnectError),
    /// The host's name cannot stand in a certificate.
    Name(NameError),
    /// TLS was not agreed on, or the peer's certificate was not accepted. No byte of the request was sent.
    Tls(ConnectError),
    /// The connection broke, or what came over it was not authentic.
    Session(SessionError),
    /// The connection ended before a response came.
    Closed,
    /// The request cannot be sent by anybody.
    Request(RequestError),
    /// The memory for heads is too small for any response.
    Memory(CapacityError),
    /// The peer's bytes are no HTTP/1.1 response, or one that is longer than the buffers.
    Response(ResponseError),
    /// [`Runner::run`](crate::Runner::run) was dropped, or the client was closed.
    NotRunning,
}

impl TransportError {
    pub(crate) const NOT_RUNNING: Self =
        Self { service: Service::Login, phase: Phase::Network, kind: TransportErrorKind::NotRunning };

    pub(crate) const fn new(service: Service, phase: Phase, kind: TransportErrorKind) -> Self {
        Self { service, phase, kind }
    }

    /// Which host was asked.
    #[must_use]
    pub const fn service(&self) -> Service {
        self.service
    }

    /// How far the exchange had come.
    #[must_use]
    pub const fn phase(&self) -> Phase {
        self.phase
    }

    /// What failed.
    #[must_use]
    pub const fn kind(&self) -> &TransportErrorKind {
        &self.kind
    }
}

impl From<SessionError> for TransportErrorKind {
    fn from(error: SessionError) -> Self {
        Self::Session(error)
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

/// What the stream gives over which callers exchange.
impl embedded_io_async::Error for TransportErrorKind {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Session(error) => error.kind(),
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
                        ": set the wall clock, or check that the time servers can be reached (UDP port 123)"
                    }
                    Phase::Resolve => ": check the network's DNS",
                    Phase::Connect => {
                        ": a firewall that drops packets looks like this; check that it allows TCP port 443"
                    }
                    Phase::Tls | Phase::Send | Phase::Receive => ": try again, or raise the timeout",
                })
            }
            TransportErrorKind::NoNetwork => {
                write!(f, "no network to {host}: check cable or radio, and DHCP")
            }
            TransportErrorKind::NoClock => write!(
                f,
                "the wall clock is not set, so no certificate of {host} can be judged: set it from a clock chip or the \
                 modem, or check that the time servers can be reached (UDP port 123)"
            ),
            TransportErrorKind::Resolve(_) => {
                write!(f, "the name of {host} could not be looked up: check the region and the network's DNS")
            }
            TransportErrorKind::NoAddress => {
                write!(f, "the name of {host} has no address: check the region and the network's DNS")
            }
            TransportErrorKind::Connect(tcp::ConnectError::ConnectionReset) => {
                write!(f, "{host} refused the connection: check host and port, and the network's firewall")
            }
            TransportErrorKind::Connect(_) => {
                write!(f, "no connection to {host}: check the network's router and firewall")
            }
            TransportErrorKind::Name(error) => error.fmt(f),
            TransportErrorKind::Tls(error) => write!(f, "no trusted TLS connection to {host}: {error}"),
            TransportErrorKind::Session(error) => {
                write!(f, "the connection to {host} broke {}: {error}", self.phase)
            }
            TransportErrorKind::Closed => write!(f, "{host} closed the connection {}: try again", self.phase),
            TransportErrorKind::Request(error) => write!(f, "the request to {host} cannot be sent: {error}"),
            TransportErrorKind::Memory(error) => error.fmt(f),
            TransportErrorKind::Response(error) => write!(f, "{host} gave no usable response: {error}"),
            TransportErrorKind::NotRunning => {
                f.write_str("the client's runner does not run: spawn a task that awaits `Runner::run`")
            }
        }
    }
}

impl core::error::Error for TransportError {}

impl fmt::Display for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Login => "the login host",
            Self::Api => "the api host",
        })
    }
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Network => "while the network was waited for",
            Self::Clock => "while the wall clock was waited for",
            Self::Resolve => "while its name was looked up",
            Self::Connect => "while connecting",
            Self::Tls => "during the TLS handshake",
            Self::Send => "while the request was sent",
            Self::Receive => "before the response was complete",
        })
    }
}
