//! The address of a token broker of this machine.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use crate::credentials::HostUrl;
use crate::proxy::is_loopback;

/// The environment variable with the address.
const VARIABLE: &str = "GENESYS_TOKEN_BROKER";

/// Where a token broker listens: `/run/genesys-token-broker/socket` or `unix:/…`, `http://127.0.0.1:8460`, or `https://…`.
///
/// Over a Unix socket the broker knows its consumers by the user and group of their process; over TCP they send an id and a secret of
/// their own. Clear text is for loopback addresses only: see [`TokenClient::through_broker`](crate::TokenClient::through_broker).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BrokerAddress(pub(crate) Place);

/// Where it listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Unix(PathBuf),
    Tcp { host: String, port: u16, tls: bool },
}

/// Why a text is not the address of a broker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidBroker {
    /// It is neither an absolute path nor a URL with a scheme that is supported.
    Form,
    /// The URL has no host, or one with a port that is none.
    Host,
    /// A URL with `http` needs the port: the broker has no usual one.
    PortMissing,
    /// The URL has a path.
    Path,
    /// The URL has a user or a password.
    UserInfo,
    /// `http` to another than a loopback address.
    ClearText,
    /// This platform has no Unix sockets.
    NoUnixSockets,
}

impl BrokerAddress {
    /// Returns the address in the environment variable `GENESYS_TOKEN_BROKER`; `None` if it is not set, or empty.
    ///
    /// # Errors
    /// [`InvalidBroker`].
    pub fn from_env() -> Result<Option<Self>, InvalidBroker> {
        match std::env::var(VARIABLE) {
            Ok(text) if text.trim().is_empty() => Ok(None),
            Ok(text) => text.parse().map(Some),
            Err(std::env::VarError::NotPresent) => Ok(None),
            Err(std::env::VarError::NotUnicode(_)) => Err(InvalidBroker::Form),
        }
    }

    /// Returns whether the broker knows its consumers by their process, so that no credentials are needed.
    #[must_use]
    pub const fn is_unix(&self) -> bool {
        matches!(self.0, Place::Unix(_))
    }

    /// Returns host and port for the `Host` header; those of a Unix socket have no meaning.
    pub(crate) fn host_and_port(&self) -> (&str, u16) {
        match &self.0 {
            Place::Unix(_) => ("localhost", 443),
            Place::Tcp { host, port, .. } => (host, *port),
        }
    }
}

impl FromStr for BrokerAddress {
    type Err = InvalidBroker;

    fn from_str(text: &str) -> Result<Self, InvalidBroker> {
        let text = text.trim();
        if let Some(path) = text.strip_prefix("unix:").or(Some(text).filter(|text| text.starts_with('/'))) {
            // `unix:///path` is the form with an empty authority (RFC 3986 section 3.2).
            let path = path.strip_prefix("//").unwrap_or(path);
            return match path.starts_with('/') {
                true if cfg!(unix) => Ok(Self(Place::Unix(path.into()))),
                true => Err(InvalidBroker::NoUnixSockets),
                false => Err(InvalidBroker::Form),
            };
        }
        let (scheme, rest) = text.split_once("://").ok_or(InvalidBroker::Form)?;
        let tls = match scheme.to_ascii_lowercase().as_str() {
            "http" => false,
            "https" => true,
            _ => return Err(InvalidBroker::Form),
        };
        if rest.contains('@') {
            return Err(InvalidBroker::UserInfo);
        }
        let url = HostUrl::parse(rest).map_err(|_| InvalidBroker::Host)?;
        if url.host.is_empty() {
            return Err(InvalidBroker::Host);
        }
        if url.path.is_some() {
            return Err(InvalidBroker::Path);
        }
        let authority = rest.trim_end_matches('/');
        if !tls && !is_loopback(url.host) {
            return Err(InvalidBroker::ClearText);
        }
        if !tls && !authority.ends_with(&format!(":{}", url.port)) {
            return Err(InvalidBroker::PortMissing);
        }
        Ok(Self(Place::Tcp { host: url.host.to_owned(), port: url.port, tls }))
    }
}

/// As [`FromStr`](#impl-FromStr-for-BrokerAddress).
impl TryFrom<&str> for BrokerAddress {
    type Error = InvalidBroker;

    fn try_from(text: &str) -> Result<Self, InvalidBroker> {
        text.parse()
    }
}

impl fmt::Display for BrokerAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Place::Unix(path) => write!(f, "unix:{}", path.display()),
            Place::Tcp { host, port, tls } => {
                let scheme = if *tls { "https" } else { "http" };
                let (open, close) = if host.contains(':') { ("[", "]") } else { ("", "") };
                write!(f, "{scheme}://{open}{host}{close}:{port}")
            }
        }
    }
}

impl fmt::Display for InvalidBroker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Form => {
                "not the address of a broker: give the absolute path of its Unix socket, or a URL such as http://127.0.0.1:8460"
            }
            Self::Host => "the URL of the broker has no valid host and port: give it as http://127.0.0.1:8460",
            Self::PortMissing => "the URL of the broker has no port: give the one of its configuration",
            Self::Path => "the URL of the broker has a path: give scheme, host and port only",
            Self::UserInfo => {
                "the URL of the broker contains a user: give the consumer's id and secret as GENESYS_CLIENT_ID and \
                 GENESYS_CLIENT_SECRET"
            }
            Self::ClearText => {
                "the broker would be reached in clear text over the network: give a loopback address, or https"
            }
            Self::NoUnixSockets => "this platform has no Unix sockets: give a URL such as http://127.0.0.1:8460",
        })
    }
}

impl std::error::Error for InvalidBroker {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(unix)]
    fn paths_and_urls_are_addresses() {
        for (text, shown) in [
            ("/run/broker/socket", "unix:/run/broker/socket"),
            ("unix:/run/broker/socket", "unix:/run/broker/socket"),
            (" unix:///run/broker/socket\n", "unix:/run/broker/socket"),
            ("http://127.0.0.1:8460", "http://127.0.0.1:8460"),
            ("HTTP://localhost:8460/", "http://localhost:8460"),
            ("http://[::1]:443", "http://[::1]:443"),
            ("https://broker.example", "https://broker.example:443"),
        ] {
            assert_eq!(text.parse::<BrokerAddress>().unwrap().to_string(), shown, "{text}");
        }
    }

    #[test]
    fn other_texts_say_what_is_wrong() {
        for (text, error) in [
            ("broker", InvalidBroker::Form),
            ("unix:socket", InvalidBroker::Form),
            ("ftp://127.0.0.1:1", InvalidBroker::Form),
            ("http://:8460", InvalidBroker::Host),
            ("http://127.0.0.1:x", InvalidBroker::Host),
            ("http://127.0.0.1", InvalidBroker::PortMissing),
            ("http://127.0.0.1:8460/login", InvalidBroker::Path),
            ("http://id:secret@127.0.0.1:8460", InvalidBroker::UserInfo),
            ("http://10.0.0.1:8460", InvalidBroker::ClearText),
        ] {
            assert_eq!(text.parse::<BrokerAddress>(), Err(error), "{text}");
        }
    }
}
