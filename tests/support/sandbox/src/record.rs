//! The record of received requests and connections.

use core::fmt;
use core::net::SocketAddr;
use core::time::Duration;
use std::borrow::Cow;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use crate::behaviour::Host;

/// A received request.
#[derive(Clone)]
#[non_exhaustive]
pub struct Received {
    /// The host that received it.
    pub host: Host,
    /// The time of arrival of its last byte, since the start of the sandbox, including the time skipped by
    /// [`Sandbox::advance`](crate::Sandbox::advance).
    pub at: Duration,
    /// The number of its connection, counted from 1 over both hosts. Equal numbers mean a kept-alive connection.
    pub connection: u64,
    /// The parameters of its connection's TLS handshake; `None` for plain HTTP.
    pub tls: Option<Tls>,
    /// The method.
    pub method: String,
    /// The request target as sent: path and query.
    pub target: String,
    /// The headers as received, with order and case.
    pub headers: Vec<(String, String)>,
    /// The body without its framing.
    pub body: Vec<u8>,
    /// The status of the answer; `None` without an answer, or if the answer is raw bytes.
    pub status: Option<u16>,
    /// The sandbox's hint about a likely mistake in this request, also sent as the response header `Sandbox-Hint`.
    pub hint: Option<String>,
}

/// The parameters of a TLS handshake.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Tls {
    /// `"TLSv1.2"` or `"TLSv1.3"`.
    pub version: &'static str,
    /// Whether an earlier session was resumed.
    pub resumed: bool,
    /// The ALPN protocol, if the client offered one.
    pub alpn: Option<String>,
    /// The server name (SNI) sent by the client; none for an IP address.
    pub server_name: Option<String>,
}

/// A connection.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Connection {
    /// Its number, counted from 1 over both hosts.
    pub number: u64,
    /// The host it was opened to.
    pub host: Host,
    /// The client's address.
    pub peer: SocketAddr,
    /// How it began.
    pub beginning: Beginning,
}

/// How a connection began.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Beginning {
    /// Plain HTTP.
    ClearText,
    /// A completed TLS handshake.
    Tls(Tls),
    /// The TLS handshake failed with this error, most often because the client did not trust the certificate.
    HandshakeFailed(String),
    /// A scripted connection fault.
    Fault,
}

impl Received {
    /// Returns the target without its query.
    #[must_use]
    pub fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }

    /// Returns the value of the first header with this name, case-insensitively.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(present, _)| present.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    /// Returns the name and value pairs of the query.
    #[must_use]
    pub fn query(&self) -> Vec<(String, String)> {
        pairs(self.target.split_once('?').map_or("", |(_, query)| query).as_bytes())
    }

    /// Returns the name and value pairs of the body, parsed as a form regardless of its media type.
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

/// A log line without secrets: no query, no headers, no body.
impl fmt::Display for Received {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = match self.host {
            Host::Login => "login",
            Host::Api => "api",
        };
        write!(f, "{host} {} {} -> ", self.method, self.path())?;
        match self.status {
            Some(status) => write!(f, "{status}")?,
            None => f.write_str("no response")?,
        }
        write!(f, " (connection {}", self.connection)?;
        match &self.tls {
            Some(tls) => write!(f, ", {}{})", tls.version, if tls.resumed { ", resumed" } else { "" }),
            None => f.write_str(", clear text)"),
        }?;
        match &self.hint {
            Some(hint) => write!(f, " hint: {hint}"),
            None => Ok(()),
        }
    }
}

/// The same as `Display`, because headers and body contain secrets.
impl fmt::Debug for Received {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Received({self})")
    }
}

/// All requests and connections so far.
pub(crate) struct Record {
    keep: bool,
    entries: Mutex<Entries>,
    changed: Notify,
}

#[derive(Default)]
struct Entries {
    requests: Vec<Received>,
    connections: Vec<Connection>,
}

impl Record {
    pub(crate) fn new(keep: bool) -> Self {
        Self { keep, entries: Mutex::default(), changed: Notify::new() }
    }

    pub(crate) fn add_request(&self, request: Received) {
        if self.keep {
            self.entries().requests.push(request);
            self.changed.notify_waiters();
        }
    }

    pub(crate) fn add_connection(&self, connection: Connection) {
        if self.keep {
            self.entries().connections.push(connection);
            self.changed.notify_waiters();
        }
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

    /// Waits until `enough` returns true.
    pub(crate) async fn wait_until(&self, enough: impl Fn(&Self) -> bool) {
        loop {
            // Registered before the check, so that an entry between check and wait is not missed.
            let mut changed = core::pin::pin!(self.changed.notified());
            changed.as_mut().enable();
            if enough(self) {
                return;
            }
            changed.await;
        }
    }

    fn entries(&self) -> MutexGuard<'_, Entries> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
