//! Errors of a proxy's URL.

use std::fmt;

/// Why a text is not the URL of a proxy. Contains no part of it, because that may be a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidProxy {
    /// A scheme of SOCKS: `socks4`, `socks5` or a variant.
    Socks,
    /// `https`: TLS to the proxy itself.
    Https,
    /// Another scheme.
    Scheme,
    /// No host, or an invalid one.
    Host,
    /// Not a port from 1 to 65535.
    Port,
    /// User or password contain `%` without two hexadecimal digits, or control characters.
    UserInfo,
}

impl fmt::Display for InvalidProxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Socks => "SOCKS proxies are not supported: use an HTTP proxy, http://host:port",
            Self::Https => {
                "TLS to the proxy itself is not supported: use http://host:port; the connection through the tunnel is \
                 encrypted in any case"
            }
            Self::Scheme => "the proxy's URL must begin with http://",
            Self::Host => "the proxy's URL contains no valid host: use http://host:port",
            Self::Port => "the port of the proxy is not a number from 1 to 65535",
            Self::UserInfo => {
                "the user or the password of the proxy is not percent-encoded: write % as %25, : as %3A, @ as %40"
            }
        })
    }
}

impl std::error::Error for InvalidProxy {}
