//! Why the record filter closed.

use core::fmt;

use embedded_io_async::ErrorKind;

/// Why no further record is let through. After any of these the connection is useless.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum RecordFault {
    /// What came is no TLS record.
    NotTls,
    /// The server does not speak TLS 1.3.
    Tls13Unsupported,
    /// The server asks for another first message: it wants another group than P-256, or a cookie.
    HelloRetryRequest,
    /// The server refused, in clear, before it was authenticated (descriptions: RFC 8446 section 6).
    Alert {
        /// The alert's description.
        description: u8,
    },
    /// The `ServerHello` is malformed, or chooses what was not offered.
    InvalidServerHello,
    /// A record of a type that is not legal at this point, such as one in clear after the handshake began.
    Unexpected {
        /// Its content type.
        content_type: u8,
    },
    /// A protected record is too short or too long to be one.
    Length {
        /// Its length in bytes.
        length: u16,
    },
    /// A protected record does not fit the receive buffer.
    ExceedsBuffer {
        /// The bytes it takes.
        needed: u16,
    },
    /// More records than a handshake has, or than one key may protect.
    TooManyRecords,
    /// The engine was about to send before the server was authenticated.
    Unauthenticated,
    /// The stream ended without a `close_notify`: what came may be cut short.
    Truncated,
    /// The transport below failed.
    Transport(ErrorKind),
}

impl RecordFault {
    /// A number other than 0.
    pub(in crate::guard) fn encode(self) -> u32 {
        let (code, argument) = match self {
            Self::NotTls => (1, 0),
            Self::Tls13Unsupported => (2, 0),
            Self::HelloRetryRequest => (3, 0),
            Self::Alert { description } => (4, u16::from(description)),
            Self::InvalidServerHello => (5, 0),
            Self::Unexpected { content_type } => (6, u16::from(content_type)),
            Self::Length { length } => (7, length),
            Self::ExceedsBuffer { needed } => (8, needed),
            Self::TooManyRecords => (9, 0),
            Self::Unauthenticated => (10, 0),
            Self::Truncated => (11, 0),
            Self::Transport(kind) => (12, encode_kind(kind)),
        };
        u32::from(argument) << 16 | code
    }

    pub(in crate::guard) fn decode(number: u32) -> Option<Self> {
        let [high, low, _, code] = number.to_be_bytes();
        let argument = u16::from_be_bytes([high, low]);
        Some(match code {
            1 => Self::NotTls,
            2 => Self::Tls13Unsupported,
            3 => Self::HelloRetryRequest,
            4 => Self::Alert { description: low },
            5 => Self::InvalidServerHello,
            6 => Self::Unexpected { content_type: low },
            7 => Self::Length { length: argument },
            8 => Self::ExceedsBuffer { needed: argument },
            9 => Self::TooManyRecords,
            10 => Self::Unauthenticated,
            11 => Self::Truncated,
            12 => Self::Transport(decode_kind(argument)),
            _ => return None,
        })
    }
}

const KINDS: [ErrorKind; 12] = [
    ErrorKind::ConnectionRefused,
    ErrorKind::ConnectionReset,
    ErrorKind::ConnectionAborted,
    ErrorKind::NotConnected,
    ErrorKind::AddrNotAvailable,
    ErrorKind::BrokenPipe,
    ErrorKind::TimedOut,
    ErrorKind::Interrupted,
    ErrorKind::OutOfMemory,
    ErrorKind::WriteZero,
    ErrorKind::InvalidData,
    ErrorKind::Unsupported,
];

/// Kinds without a number become 0, which stands for `Other`.
fn encode_kind(kind: ErrorKind) -> u16 {
    KINDS.iter().zip(1..).find_map(|(known, number)| (*known == kind).then_some(number)).unwrap_or(0)
}

fn decode_kind(number: u16) -> ErrorKind {
    usize::from(number).checked_sub(1).and_then(|index| KINDS.get(index)).copied().unwrap_or(ErrorKind::Other)
}

impl fmt::Display for RecordFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const HANDSHAKE_FAILURE: u8 = 40;
        match self {
            Self::NotTls => f.write_str("what answers is not TLS; check host and port, and for a proxy in between"),
            Self::Tls13Unsupported => f.write_str(
                "the server does not speak TLS 1.3, and this client speaks nothing older; have TLS 1.3 enabled on the server",
            ),
            Self::HelloRetryRequest => f.write_str(
                "the server asks for another key exchange group or a cookie (HelloRetryRequest); have P-256 enabled there",
            ),
            Self::Alert { description: HANDSHAKE_FAILURE } => f.write_str(
                "the server found nothing in common (handshake_failure); it must accept TLS_AES_128_GCM_SHA256, P-256 and the \
                 signature algorithm of its own certificate",
            ),
            Self::Alert { description } => {
                write!(f, "the server refused the connection with alert {description} (RFC 8446 section 6)")
            }
            Self::InvalidServerHello => {
                f.write_str("the server chose what was not offered, or its answer was tampered with; try another network")
            }
            Self::Unexpected { content_type } => write!(
                f,
                "a record of type {content_type} came that is not legal at this point: somebody interferes; try another network"
            ),
            Self::Length { length } => write!(f, "a protected record of {length} bytes cannot be one; reconnect"),
            Self::ExceedsBuffer { needed } => {
                write!(f, "a record of {needed} bytes came; give the workspace a receive buffer of at least as many")
            }
            Self::TooManyRecords => f.write_str("there were more records than one connection may have; reconnect"),
            Self::Unauthenticated => {
                f.write_str("the server did not prove who it is; nothing was sent. Somebody may be intercepting the connection")
            }
            Self::Truncated => f.write_str(
                "the connection ended without TLS's own end (close_notify): what came may be cut short; discard it and reconnect",
            ),
            Self::Transport(kind) => write!(f, "the transport failed ({kind:?}); reconnect"),
        }
    }
}

impl core::error::Error for RecordFault {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_stand_for_faults() {
        let simple = [
            RecordFault::NotTls,
            RecordFault::Tls13Unsupported,
            RecordFault::HelloRetryRequest,
            RecordFault::Alert { description: 40 },
            RecordFault::InvalidServerHello,
            RecordFault::Unexpected { content_type: 22 },
            RecordFault::Length { length: 0 },
            RecordFault::ExceedsBuffer { needed: 16_640 },
            RecordFault::TooManyRecords,
            RecordFault::Unauthenticated,
            RecordFault::Truncated,
            RecordFault::Transport(ErrorKind::Other),
        ];
        for fault in simple.into_iter().chain(KINDS.map(RecordFault::Transport)) {
            assert_eq!(RecordFault::decode(fault.encode()), Some(fault));
        }
        assert_eq!(RecordFault::decode(0), None);
    }
}
