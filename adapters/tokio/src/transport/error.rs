//! Transport errors: what failed between this process and the service, and what to do.

use std::fmt;
use std::io;
use std::sync::Arc;

#[cfg(feature = "http2")]
use super::http2_code::Http2Error;
use super::io_reason;
use super::tls_error::TlsError;

/// A request without a complete response: the connection, the proxy, TLS or HTTP itself failed. Holds nothing of what was sent.
#[derive(Clone, Debug)]
pub struct TransportError(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    peer: String,
    proxy: Option<String>,
    phase: Phase,
    kind: TransportErrorKind,
    sent: bool,
}

/// What failed.
#[derive(Debug)]
#[non_exhaustive]
pub enum TransportErrorKind {
    /// The lookup of the host's name failed (of the proxy's, if there is one).
    NameLookup(io::Error),
    /// No address of the host (of the proxy, if there is one) accepted the connection.
    Connect(io::Error),
    /// The token broker did not accept the connection.
    Broker(io::Error),
    /// The deadline passed.
    TimedOut,
    /// The proxy did not open the tunnel.
    Proxy(ProxyError),
    /// The TLS handshake failed, or the peer's certificate was rejected.
    Tls(TlsError),
    /// The connection failed.
    ConnectionLost(io::Error),
    /// The peer closed the connection before the response was complete.
    Closed,
    /// The body of the request ended with an error of the program's own: see [`StreamingRequest`](crate::StreamingRequest). It is the
    /// [source](std::error::Error::source) of the [`TransportError`].
    RequestBody(Box<dyn std::error::Error + Send + Sync>),
    /// The response is not HTTP/1.1.
    ResponseMalformed(hyper::Error),
    /// The host ended the request with an error of HTTP/2, or its frames are not legal.
    #[cfg(feature = "http2")]
    Http2(Http2Error),
    /// The head of the response has more than 16 KiB or more than 100 headers.
    ResponseHeadTooLarge,
    /// The body of the response is compressed with this content coding although only `identity` was accepted.
    ResponseEncoded(&'static str),
    /// The response body is longer than the limit: 16 KiB for the token endpoint, and for the API
    /// [`response_max`](crate::ApiRequest::response_max).
    ResponseTooLarge {
        /// The longest body that is accepted, in bytes.
        limit: usize,
    },
}

/// Phases of a request, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Phase {
    /// The host name is looked up.
    NameLookup,
    /// The TCP connection is opened.
    Connect,
    /// The proxy is asked for a tunnel (CONNECT).
    Proxy,
    /// The TLS handshake.
    TlsHandshake,
    /// The connection is being made ready for the request; nothing of it has been sent.
    Request,
    /// The request is sent, and the head of the response is awaited.
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
    /// It requires a user and a password, and the client has none. The status is 407, or 401 of some proxies.
    CredentialsRequired(u16),
    /// It does not accept the user and the password.
    CredentialsRejected(u16),
    /// It accepts only this authentication scheme, which is not supported.
    AuthenticationUnsupported(&'static str),
    /// Its response to CONNECT is not HTTP.
    Malformed,
    /// The head of its response has more than 16 KiB or more than 100 headers.
    HeadTooLarge,
    /// It closed the connection without a response.
    Closed,
}

impl TransportError {
    pub(super) fn new(
        peer: String,
        proxy: Option<String>,
        phase: Phase,
        kind: TransportErrorKind,
        sent: bool,
    ) -> Self {
        Self(Arc::new(Inner { peer, proxy, phase, kind, sent }))
    }

    /// Returns what failed.
    #[must_use]
    pub fn kind(&self) -> &TransportErrorKind {
        &self.0.kind
    }

    /// Returns the phase in which it failed.
    #[must_use]
    pub fn phase(&self) -> Phase {
        self.0.phase
    }

    /// Returns whether a part of the request may have reached the service. `false`: the service has not acted on it, and sending it again
    /// is safe whatever its method. `true`: unknown.
    #[must_use]
    pub fn may_have_arrived(&self) -> bool {
        self.0.sent
    }

    /// Returns the host that the request was for, with its port unless it is 443.
    #[must_use]
    pub fn peer(&self) -> &str {
        &self.0.peer
    }

    /// Returns the proxy of the connection, as `host:port`; `None` if the connection is direct.
    #[must_use]
    pub fn proxy(&self) -> Option<&str> {
        self.0.proxy.as_deref()
    }
}

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let peer = self.peer();
        // The peer of the TCP connection, up to CONNECT.
        let next = self.proxy().unwrap_or(peer);
        let whose = if self.proxy().is_some() { "the proxy " } else { "" };
        let phase = self.phase();
        match self.kind() {
            TransportErrorKind::NameLookup(error) => write!(
                f,
                "the name of {whose}{next} could not be looked up ({error}): check the region and this machine's DNS"
            ),
            TransportErrorKind::Connect(error) if error.kind() == io::ErrorKind::ConnectionRefused => write!(
                f,
                "{whose}{next} refused the connection: check host and port{}",
                proxy_hint(self.proxy())
            ),
            TransportErrorKind::Connect(error) => write!(
                f,
                "no connection to {whose}{next} ({error}): {}{}",
                io_reason::connect(error),
                if io_reason::is_of_this_machine(error) { "" } else { proxy_hint(self.proxy()) }
            ),
            TransportErrorKind::Broker(error) => write!(
                f,
                "no connection to the token broker at {peer} ({error}): check that genesys-token-broker runs, that this is its \
                 address, and that this user may use its socket"
            ),
            TransportErrorKind::TimedOut => {
                let silent = if phase > Phase::Proxy { peer } else { next };
                let whose = if phase > Phase::Proxy { "" } else { whose };
                write!(f, "{whose}{silent} did not answer in time: {phase}: ")?;
                f.write_str(match phase {
                    Phase::NameLookup => "check this machine's DNS",
                    Phase::Connect => {
                        "a firewall may drop the packets; if this network needs a proxy, set HTTPS_PROXY"
                    }
                    Phase::Proxy => "the proxy did not open the tunnel; ask its administrator",
                    _ => "try again, or raise the timeout",
                })
            }
            TransportErrorKind::Proxy(error) => {
                write!(f, "the proxy {next} refused a tunnel to {peer}: {error}")
            }
            TransportErrorKind::Tls(error) => write!(f, "no trusted TLS connection to {peer}: {error}"),
            TransportErrorKind::ConnectionLost(error) if phase <= Phase::Proxy => {
                let advice = io_reason::lost(error);
                write!(f, "the connection to {whose}{next} failed ({error}): {phase}: {advice}")
            }
            TransportErrorKind::ConnectionLost(error) => {
                write!(
                    f,
                    "the connection to {peer}{} failed ({error}): {phase}: {}",
                    Through(self.proxy()),
                    io_reason::lost(error)
                )
            }
            TransportErrorKind::Closed if self.proxy().is_none() => {
                write!(f, "{peer} closed the connection: {phase}: try again")
            }
            TransportErrorKind::Closed => {
                write!(f, "the connection to {peer}{} was closed: {phase}: try again", Through(self.proxy()))
            }
            TransportErrorKind::RequestBody(_) => write!(
                f,
                "the body of the request to {peer} ended with an error, which is the source of this one: the request was not completed"
            ),
            TransportErrorKind::ResponseMalformed(error) => write!(
                f,
                "the response of {peer} is not HTTP/1.1 ({error}): check that host and port are those of the service"
            ),
            #[cfg(feature = "http2")]
            TransportErrorKind::Http2(error) if error.requires_http1() => write!(
                f,
                "{peer} requires HTTP/1.1 for this request, whose body the client cannot send again: repeat the call, which now uses HTTP/1.1"
            ),
            #[cfg(feature = "http2")]
            TransportErrorKind::Http2(error) if error.is_of_peer() => write!(
                f,
                "{peer} ended the request with the HTTP/2 error {error}: try again later; if it stays, turn HTTP/2 off with http1_only()"
            ),
            #[cfg(feature = "http2")]
            TransportErrorKind::Http2(error) => write!(
                f,
                "the response of {peer} is not legal HTTP/2 ({error}), or its head has more than 64 KiB: a proxy or gateway may alter it; turn \
                 HTTP/2 off with http1_only()"
            ),
            TransportErrorKind::ResponseHeadTooLarge => write!(
                f,
                "the head of the response of {peer} has more than 16 KiB or more than 100 headers: check that host and port are \
                 those of the service, and whether a proxy adds headers"
            ),
            TransportErrorKind::ResponseEncoded(coding) => write!(
                f,
                "the response of {peer} is compressed ({coding}) although that was not accepted: a proxy or gateway compresses \
                 responses without being asked; turn that off for this host"
            ),
            TransportErrorKind::ResponseTooLarge { limit } => {
                write!(f, "the response of {peer} is longer than the {limit} bytes accepted")
            }
        }
    }
}

/// Names the proxy that a connection goes through.
struct Through<'a>(Option<&'a str>);

impl fmt::Display for Through<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(proxy) => write!(f, " through the proxy {proxy}"),
            None => Ok(()),
        }
    }
}

fn proxy_hint(proxy: Option<&str>) -> &'static str {
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
            | TransportErrorKind::Broker(error)
            | TransportErrorKind::ConnectionLost(error) => Some(error),
            TransportErrorKind::Proxy(error) => Some(error),
            TransportErrorKind::Tls(error) => Some(error),
            // The error of the program's body, without hyper's words around it.
            TransportErrorKind::RequestBody(error) => match error.downcast_ref::<hyper::Error>() {
                Some(hyper) => hyper.source(),
                None => Some(&**error),
            },
            #[cfg(feature = "http2")]
            TransportErrorKind::Http2(error) => Some(error),
            TransportErrorKind::ResponseMalformed(error) => Some(error),
            TransportErrorKind::TimedOut
            | TransportErrorKind::Closed
            | TransportErrorKind::ResponseHeadTooLarge
            | TransportErrorKind::ResponseEncoded(_)
            | TransportErrorKind::ResponseTooLarge { .. } => None,
        }
    }
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NameLookup => "during the name lookup",
            Self::Connect => "while connecting",
            Self::Proxy => "while the proxy was asked for a tunnel",
            Self::TlsHandshake => "during the TLS handshake",
            Self::Request => "before the request was sent",
            Self::Response => "before a response arrived",
            Self::Body => "within the response",
        })
    }
}

impl fmt::Display for ProxyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CredentialsRequired(status) => write!(
                f,
                "status {status}, it requires a user and a password: write them into the proxy's URL, \
                 http://user:password@host:port",
            ),
            Self::CredentialsRejected(status) => write!(
                f,
                "status {status}, it does not accept the user and the password of the proxy's URL: check both, and that special \
                 characters are percent-encoded",
            ),
            Self::AuthenticationUnsupported(scheme) => write!(
                f,
                "it accepts only an authentication scheme that is not supported ({scheme}): ask its administrator for Basic, or for \
                 access without authentication; a local proxy that authenticates to it works as well",
            ),
            Self::Status(403) => {
                f.write_str("status 403: ask its administrator to allow CONNECT to this host and port")
            }
            Self::Status(status @ (502..=504)) => {
                write!(f, "status {status}: it could not reach the host; ask its administrator")
            }
            Self::Status(status) => write!(f, "status {status}: ask its administrator"),
            Self::Malformed => {
                f.write_str("its response is not HTTP: check that this is the address of an HTTP proxy")
            }
            Self::HeadTooLarge => f.write_str(
                "the head of its response has more than 16 KiB or more than 100 headers: ask its administrator",
            ),
            Self::Closed => {
                f.write_str("it closed the connection: check that this is the address of an HTTP proxy")
            }
        }
    }
}

impl std::error::Error for ProxyError {}
