//! Faults of TLS records and of the transport below them.

use core::fmt;

use embedded_io_async::ErrorKind;

use crate::codes::alert;

/// A fault of the records that arrived, or of the transport. The connection cannot be used after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum RecordFault {
    /// The received bytes are not a TLS record.
    NotTls,
    /// The server does not support TLS 1.3.
    Tls13Unsupported,
    /// The server sent a `HelloRetryRequest`: it requires another group than P-256, or a cookie.
    HelloRetryRequest,
    /// The server sent an alert before it was authenticated (descriptions: RFC 8446 section 6).
    Alert {
        /// The alert's description.
        description: u8,
    },
    /// The `ServerHello` is malformed, or selects a parameter that was not offered.
    InvalidServerHello,
    /// A record has a content type that is not allowed at this point, for example an unprotected record after the handshake began.
    Unexpected {
        /// The record's content type.
        content_type: u8,
    },
    /// The length of a protected record is outside the limits of RFC 8446 section 5.2.
    Length {
        /// The record's length in bytes.
        length: u16,
    },
    /// A protected record does not fit into the receive buffer.
    ExceedsBuffer {
        /// The record's length in bytes.
        needed: u16,
    },
    /// More records arrived than a handshake has, or than one key may protect (RFC 8446 section 5.5).
    TooManyRecords,
    /// The handshake ended, or bytes were about to be sent, before the server was authenticated.
    Unauthenticated,
    /// The transport ended without a `close_notify`: received data may be incomplete.
    Truncated,
    /// The transport failed.
    Transport(ErrorKind),
}

impl fmt::Display for RecordFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotTls => f.write_str(
                "the response is not TLS: another service listens on this port, or a proxy answered; check host, port and proxy",
            ),
            Self::Tls13Unsupported => f.write_str(
                "the server does not support TLS 1.3, and this client supports no older version; enable TLS 1.3 on the server",
            ),
            Self::HelloRetryRequest => f.write_str(
                "the server requires another key exchange group or a cookie (HelloRetryRequest), which this client does not \
                 support; enable the group P-256 on the server",
            ),
            Self::Alert { description: alert::HANDSHAKE_FAILURE } => f.write_str(
                "client and server support no common parameters (alert handshake_failure); enable TLS_AES_128_GCM_SHA256, P-256 \
                 and the signature algorithm of the server's certificate on the server",
            ),
            Self::Alert { description } => write!(
                f,
                "the server rejected the connection with alert {description} (RFC 8446 section 6); look for the reason in the \
                 server's log"
            ),
            Self::InvalidServerHello => f.write_str(
                "the ServerHello is malformed or selects parameters that were not offered: a fault of the server or of a device \
                 in between; try another network",
            ),
            Self::Unexpected { content_type } => write!(
                f,
                "a record of content type {content_type} is not allowed at this point: a fault of the server, or an attacker injects \
                 records; try another network"
            ),
            Self::Length { length } => write!(
                f,
                "a protected record has {length} bytes, outside the limits of TLS: a fault of the server or of the network; \
                 reconnect"
            ),
            Self::ExceedsBuffer { needed } => write!(
                f,
                "a record of {needed} bytes does not fit into the receive buffer; give the workspace a receive buffer of at least \
                 {needed} bytes"
            ),
            Self::TooManyRecords => {
                f.write_str("the server sent more records than a connection may have; reconnect")
            }
            Self::Unauthenticated => f.write_str(
                "the server did not authenticate itself, and nothing was sent: the connection may be intercepted; try \
                 another network",
            ),
            Self::Truncated => f.write_str(
                "the connection ended without close_notify: received data may be incomplete; discard it and reconnect",
            ),
            Self::Transport(kind) => write!(f, "the transport failed ({kind:?}); reconnect"),
        }
    }
}

impl core::error::Error for RecordFault {}
