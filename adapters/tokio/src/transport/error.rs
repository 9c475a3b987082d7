//! No response: what went wrong between here and the service, and what to do about it.

use std::fmt;
use std::io;
use std::sync::Arc;

use super::tls_error::TlsError;

/// There was no (whole) response: the connection, the proxy, TLS or HTTP itself failed. Holds nothing that was sent.
#[derive(Clone, Debug)]
pub struct TransportError(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    peer: String,
    proxy: Option<String>,
    kind: TransportErrorKind,
    sent: bool,
}

/// What failed.
#[derive(Debug)]
#[non_exhaustive]
pub enum TransportErrorKind {
    /// The name of the host (or of the proxy, if there is one) could not be looked up.
    NameLookup(io::Error),
    /// No address of the host (or of the proxy) took the connection.
    Connect(io::Error),
    /// The deadline came in this phase.
    Timeout(Phase),
    /// The proxy did not open the tunnel.
    Proxy(ProxyError),
    /// TLS was not agreed on, or the peer's certificate was not accepted.
    Tls(TlsError),
    /// The connection broke in this phase.
    Lost(Phase, io::Error),
    /// The peer closed the connection in this phase.
    Closed(Phase),
    /// The peer's bytes are not an HTTP/1.1 response, or its head is longer than 16 KiB.
    Http(hyper::Error),
    /// The response body is longer than what is accepted: 16 KiB from the token endpoint, and from the API as much as
    /// [`response_max`](crate::ApiRequest::response_max) says.
    BodyTooLarge {
        /// The most bytes accepted.
        limit: usize,
    },
}

/// The parts of an exchange, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Phase {
    /// Host name to addresses.
    NameLookup,
    /// TCP.
    Connect,
    /// HTTP CONNECT.
    Proxy,
    /// The TLS handshake.
    TlsHandshake,
    /// The request is sent and the head of the response is waited for.
    Response,
    /// The body of the response is read.
    Body,
}

/// Why the proxy did not open the tunnel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ProxyError {
    /// It answered CONNECT with this status code.
    Status(u16),
    /// Its answer to CONNECT is not an HTTP response, or its head is longer than 8 KiB.
    Malformed,
    /// It closed the connection instead of answering.
    Closed,
}

impl TransportError {
    pub(crate) fn new(peer: String, proxy: Option<String>, kind: TransportErrorKind, sent: bool) -> Self {
        Self(Arc::new(Inner { peer, proxy, kind, sent }))
    }

    /// What failed.
    #[must_use]
    pub fn kind(&self) -> &TransportErrorKind {
        &self.0.kind
    }

    /// Whether something of the request may have reached the service. `false`: it has not acted upon it, and to send it again
    /// is safe whatever its method. `true`: nobody knows.
    #[must_use]
    pub fn may_have_arrived(&self) -> bool {
        self.0.sent
    }

    /// The host that was asked, with its port unless it is 443.
    #[must_use]
    pub fn peer(&self) -> &str {
        &self.0.peer
    }

    /// The proxy on the way, as `host:port`; `None` if the connection is direct.
    #[must_use]
    pub fn proxy(&self) -> Option<&str> {
        self.0.proxy.as_deref()
    }
}

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let peer = self.peer();
        // What the connection is made to: everything up to CONNECT is between us and the proxy.
        let next = self.proxy().unwrap_or(peer);
        let whose = if self.proxy().is_some() { "the proxy " } else { "" };
        match self.kind() {
            TransportErrorKind::NameLookup(error) => write!(
                f,
                "the name of {whose}{next} could not be looked up ({error}): check the region and this machine's DNS"
            ),
            TransportErrorKind::Connect(error) if error.kind() == io::ErrorKind::ConnectionRefused => write!(
                f,
                "{whose}{next} refused the connection: check host and port{}",
                hint_of_proxy(self.proxy())
            ),
            TransportErrorKind::Connect(error) => write!(
                f,
                "no connection to {whose}{next} ({error}): check this machine's network and firewall{}",
                hint_of_proxy(self.proxy())
            ),
            TransportErrorKind::Timeout(phase) => {
                write!(f, "{whose}{next} did not answer in time: {phase}")?;
                f.write_str(match phase {
                    Phase::NameLookup => ": check this machine's DNS",
                    Phase::Connect => {
                        ": a firewall that drops packets looks like this; if a proxy is needed, set HTTPS_PROXY"
                    }
                    Phase::Proxy => ": the proxy did not open the tunnel; ask its administrator",
                    Phase::TlsHandshake | Phase::Response | Phase::Body => ": try again, or raise the timeout",
                })
            }
            TransportErrorKind::Proxy(error) => {
                write!(f, "the proxy {next} gives no tunnel to {peer}: {error}")
            }
            TransportErrorKind::Tls(error) => write!(f, "no trusted TLS connection to {peer}: {error}"),
            TransportErrorKind::Lost(phase, error) => {
                write!(f, "the connection to {peer} broke ({error}): {phase}: try again")
            }
            TransportErrorKind::Closed(phase) => {
                write!(f, "{peer} closed the connection: {phase}: try again")
            }
            TransportErrorKind::Http(error) => write!(
                f,
                "{peer} did not answer in HTTP/1.1 ({error}): check that host and port are those of the service"
            ),
            TransportErrorKind::BodyTooLarge { limit } => {
                write!(f, "the response of {peer} is longer than the {limit} bytes accepted")
            }
        }
    }
}

fn hint_of_proxy(proxy: Option<&str>) -> &'static str {
    match proxy {
        Some(_) => "",
        None => "; if this network needs a proxy, set HTTPS_PROXY",
    }
}

impl std::error::Error for TransportError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self.kind() {
            TransportErrorKind::NameLookup(error)
            | TransportErrorKind::Connect(error)
            | TransportErrorKind::Lost(_, error) => Some(error),
            TransportErrorKind::Tls(error) => Some(error),
            TransportErrorKind::Proxy(error) => Some(error),
            TransportErrorKind::Http(error) => Some(error),
            _ => None,
        }
    }
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NameLookup => "while its name was looked up",
            Self::Connect => "while connecting",
            Self::Proxy => "while the proxy was asked for a tunnel",
            Self::TlsHandshake => "during the TLS handshake",
            Self::Response => "before a response came",
            Self::Body => "within the response",
        })
    }
}

impl fmt::Display for ProxyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            // 407 is what RFC 9110 section 15.5.8 asks for; tinyproxy answers a wrong password with 401.
            Self::Status(status @ (401 | 407)) => write!(
                f,
                "status {status}, it wants a user and a password: write them into the proxy's URL, \
                 http://user:password@host:port",
            ),
            Self::Status(403) => {
                f.write_str("status 403: ask its administrator to allow CONNECT to this host and port")
            }
            Self::Status(status @ (502..=504)) => {
                write!(f, "status {status}: it could not reach the host; ask its administrator")
            }
            Self::Status(status) => write!(f, "status {status}: ask its administrator"),
            Self::Malformed => {
                f.write_str("its answer is not HTTP: check that this is the address of an HTTP proxy")
            }
            Self::Closed => {
                f.write_str("it closed the connection: check that this is the address of an HTTP proxy")
            }
        }
    }
}

impl std::error::Error for ProxyError {}
