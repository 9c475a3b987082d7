//! Everything the sandbox received, for tests to look at.

use core::fmt;
use core::net::SocketAddr;
use core::time::Duration;
use std::borrow::Cow;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use crate::behaviour::Host;

/// One request as it arrived.
#[derive(Clone)]
#[non_exhaustive]
pub struct Received {
    /// The host that was asked.
    pub host: Host,
    /// When its last byte had come, in the service's time: since the sandbox started, what was skipped by
    /// [`Sandbox::advance`](crate::Sandbox::advance) included.
    pub at: Duration,
    /// Number of its connection, counted from 1 over both hosts: equal numbers mean keep-alive.
    pub connection: u64,
    /// What its connection's TLS handshake agreed on; `None` in clear text.
    pub tls: Option<Tls>,
    /// The method.
    pub method: String,
    /// The request target as sent: path and query.
    pub target: String,
    /// The headers in the order and case they came.
    pub headers: Vec<(String, String)>,
    /// The body without its framing.
    pub body: Vec<u8>,
    /// Status of the answer chosen; `None` when there is none, or its bytes are raw.
    pub status: Option<u16>,
}

/// What a TLS handshake agreed on.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Tls {
    /// `"TLSv1.2"` or `"TLSv1.3"`.
    pub version: &'static str,
    /// Whether an earlier session was resumed.
    pub resumed: bool,
    /// The application protocol, when the client offered one.
    pub alpn: Option<String>,
    /// The server name the client asked for; none for an IP address.
    pub server_name: Option<String>,
}

/// One connection as it was made.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Connection {
    /// Its number, counted from 1 over both hosts.
    pub number: u64,
    /// The host it was made to.
    pub host: Host,
    /// Where it came from.
    pub peer: SocketAddr,
    /// How it began.
    pub beginning: Beginning,
}

/// How a connection began.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Beginning {
    /// Without TLS, as the sandbox was built.
    ClearText,
    /// With a complete handshake.
    Tls(Tls),
    /// The handshake failed, for this reason: most often the client did not trust the certificate.
    HandshakeFailed(String),
    /// A scripted fault spoilt it.
    Spoilt,
}

impl Received {
    /// The target up to its query.
    #[must_use]
    pub fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }

    /// The value of the first header called `name`, in any case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(present, _)| present.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    /// Name and value pairs of the query.
    #[must_use]
    pub fn query(&self) -> Vec<(String, String)> {
        pairs(self.target.split_once('?').map_or("", |(_, query)| query).as_bytes())
    }

    /// Name and value pairs of a form in the body, whatever its media type.
    #[must_use]
    pub fn form(&self) -> Vec<(String, String)> {
        pairs(&self.body)
    }
}

fn pairs(text: &[u8]) -> Vec<(String, String)> {
    form_urlencoded::parse(text)
        .map(|(name, value): (Cow<'_, str>, Cow<'_, str>)| (name.into(), value.into()))
        .collect()
}

/// One line without secrets: no query, no header, no body.
impl fmt::Display for Received {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = match self.host {
            Host::Login => "login",
            Host::Api => "api",
        };
        write!(f, "{host} {} {} -> ", self.method, self.path())?;
        match self.status {
            Some(status) => write!(f, "{status}")?,
            None => f.write_str("no regular answer")?,
        }
        write!(f, " (connection {}", self.connection)?;
        match &self.tls {
            Some(tls) => write!(f, ", {}{})", tls.version, if tls.resumed { ", resumed" } else { "" }),
            None => f.write_str(", clear text)"),
        }
    }
}

/// As `Display`: headers and body hold secrets.
impl fmt::Debug for Received {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Received({self})")
    }
}

/// The growing record.
#[derive(Default)]
pub(crate) struct Record {
    entries: Mutex<Entries>,
    grown: Notify,
}

#[derive(Default)]
struct Entries {
    requests: Vec<Received>,
    connections: Vec<Connection>,
}

impl Record {
    pub(crate) fn add_request(&self, request: Received) {
        self.entries().requests.push(request);
        self.grown.notify_waiters();
    }

    pub(crate) fn add_connection(&self, connection: Connection) {
        self.entries().connections.push(connection);
        self.grown.notify_waiters();
    }

    pub(crate) fn requests(&self) -> Vec<Received> {
        self.entries().requests.clone()
    }

    pub(crate) fn connections(&self) -> Vec<Connection> {
        self.entries().connections.clone()
    }

    pub(crate) fn clear(&self) {
        *self.entries() = Entries::default();
    }

    /// Waits until `enough` says yes.
    pub(crate) async fn grown(&self, enough: impl Fn(&Self) -> bool) {
        loop {
            // Registered before the look, so that an entry between look and wait is not missed.
            let mut grown = core::pin::pin!(self.grown.notified());
            grown.as_mut().enable();
            if enough(self) {
                return;
            }
            grown.await;
        }
    }

    fn entries(&self) -> MutexGuard<'_, Entries> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
