//! Errors of connecting and of a connection.

use core::fmt;

use embedded_io_async::ErrorKind;

use crate::chain::ChainError;
use crate::guard::records::RecordFault;

/// Why there is no connection. No byte of the application was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConnectError {
    /// The server's certificate chain was refused, or there is no clock to judge it by.
    Chain(ChainError),
    /// The server did not prove that it has the certificate's key: its `CertificateVerify` does not verify.
    CertificateVerify,
    /// The server signed its `CertificateVerify` with a scheme that is not supported, not allowed there or not the key's.
    SignatureScheme {
        /// Its number (RFC 8446 section 4.2.3).
        scheme: u16,
    },
    /// The server gave up during the handshake.
    Alert,
    /// A handshake message is missing, repeated or out of order, or a record of another kind came in its place.
    UnexpectedMessage,
    /// A handshake message is split over several records.
    MessageSplit,
    /// A record does not decrypt: it was altered, or keys differ.
    BadRecord,
    /// The server's Finished does not fit what was received: something was altered or out of order.
    Finished,
    /// A handshake message is malformed or larger than the engine can take.
    MalformedMessage,
    /// A handshake message says what it must not, such as a choice that was not offered.
    IllegalParameter,
    /// A handshake message has an extension that was not asked for or is repeated, or lacks one that is needed.
    Extension {
        /// Its number (RFC 8446 section 4.2).
        extension_type: u16,
    },
    /// A handshake message does not fit the receive buffer.
    MessageTooLarge {
        /// The bytes it takes.
        needed: usize,
    },
    /// Something was wrong with the records themselves, or the transport failed.
    Record(RecordFault),
    /// The workspace's buffers are too small for any handshake.
    WorkspaceTooSmall {
        /// The receive buffer's least size in bytes.
        receive: usize,
        /// The send buffer's least size in bytes.
        send: usize,
    },
    /// The engine failed in a way that is not known here.
    Engine,
}

impl From<ChainError> for ConnectError {
    fn from(error: ChainError) -> Self {
        Self::Chain(error)
    }
}

impl From<RecordFault> for ConnectError {
    fn from(fault: RecordFault) -> Self {
        Self::Record(fault)
    }
}

impl fmt::Display for ConnectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Chain(error) => error.fmt(f),
            Self::CertificateVerify => {
                f.write_str("the server did not prove that the certificate is its own; somebody may be intercepting the connection")
            }
            Self::SignatureScheme { scheme } => write!(
                f,
                "the server signs with scheme {scheme:#06x}, which is not supported or not its key's; supported are RSA-PSS and \
                 ECDSA P-256, and more with the features p384 and sha512"
            ),
            Self::Alert => f.write_str(
                "the server gave up the handshake; probably it has no certificate whose signature algorithm is offered: RSA and \
                 ECDSA P-256 with SHA-256 and SHA-384, and more with the features p384 and sha512",
            ),
            Self::UnexpectedMessage => {
                f.write_str("the server's messages are not those of a TLS 1.3 handshake, in their order; try another network")
            }
            Self::MessageSplit => f.write_str(
                "a handshake message is split over several records, which this client cannot put together; have the server send \
                 fewer certificates, or larger records",
            ),
            Self::BadRecord => f.write_str("a record does not decrypt; it was altered on the way: try another network"),
            Self::Finished => f.write_str("the handshake was altered on the way; try another network"),
            Self::MalformedMessage => f.write_str("a handshake message of the server is malformed or too large"),
            Self::IllegalParameter => {
                f.write_str("a handshake message of the server chooses what was not offered; have the server's TLS updated")
            }
            Self::Extension { extension_type } => write!(
                f,
                "a handshake message of the server has extension {extension_type} where it does not belong, twice or not at all; \
                 have the server's TLS updated"
            ),
            Self::MessageTooLarge { needed } => write!(
                f,
                "a handshake message of {needed} bytes came; give the workspace a receive buffer of at least as many"
            ),
            Self::Record(fault) => fault.fmt(f),
            Self::WorkspaceTooSmall { receive, send } => write!(
                f,
                "the workspace is too small; give it at least {receive} bytes to receive and {send} to send"
            ),
            Self::Engine => f.write_str("the TLS engine failed; reconnect"),
        }
    }
}

impl core::error::Error for ConnectError {}

/// Why a connection that was authenticated is of no more use. Every later call gives the same error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum SessionError {
    /// Something was written after the server had ended the connection.
    Ended,
    /// A call was cancelled: its future was dropped before it was ready. Keys and records are in an unknown state.
    Abandoned,
    /// A record does not decrypt, or is not legal after the handshake.
    BadRecord,
    /// The server changes its keys, which this client cannot follow.
    KeyUpdate,
    /// The server reported an error.
    Alert,
    /// Something was wrong with the records themselves, or the transport failed.
    Record(RecordFault),
    /// The engine failed in a way that is not known here.
    Engine,
}

impl fmt::Display for SessionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ended => f.write_str("the server has ended the connection; reconnect"),
            Self::Abandoned => {
                f.write_str("a read or write was cancelled and left the connection unusable; reconnect")
            }
            Self::BadRecord => {
                f.write_str("a record is not authentic or not legal; discard what came and reconnect")
            }
            Self::KeyUpdate => {
                f.write_str("the server changes keys, which this client cannot follow; reconnect")
            }
            Self::Alert => f.write_str("the server reported an error and ended the connection; reconnect"),
            Self::Record(fault) => fault.fmt(f),
            Self::Engine => f.write_str("the TLS engine failed; reconnect"),
        }
    }
}

impl core::error::Error for SessionError {}

impl embedded_io_async::Error for SessionError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Ended => ErrorKind::NotConnected,
            Self::Record(RecordFault::Transport(kind)) => *kind,
            Self::Abandoned | Self::Alert | Self::KeyUpdate | Self::Record(RecordFault::Truncated) => {
                ErrorKind::ConnectionAborted
            }
            Self::BadRecord | Self::Record(_) => ErrorKind::InvalidData,
            Self::Engine => ErrorKind::Other,
        }
    }
}
