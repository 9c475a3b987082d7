//! Errors of connecting and of an established connection.

use core::fmt;

use embedded_io_async::ErrorKind;

use crate::chain::ChainError;
use crate::fault::RecordFault;

/// The reason why a connection was not established. No byte of the application was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConnectError {
    /// The server's certificate chain was refused, or the clock is not set.
    Chain(ChainError),
    /// The signature in the server's `CertificateVerify` is invalid: the server did not prove that it has the certificate's key.
    CertificateVerify,
    /// The server signed its `CertificateVerify` with a scheme that is not supported, not allowed in TLS 1.3, or not of its key's type.
    SignatureScheme {
        /// The scheme's number (RFC 8446 section 4.2.3).
        scheme: u16,
    },
    /// The server aborted the handshake with an alert.
    Alert,
    /// A handshake message is missing, repeated or out of order, or a record of another type arrived instead.
    UnexpectedMessage,
    /// A handshake message is split over several records, which is not supported.
    MessageSplit,
    /// A record could not be decrypted: it was altered, or both sides have different keys.
    BadRecord,
    /// The server's Finished does not match the received messages: one of them was altered or out of order.
    Finished,
    /// A handshake message is malformed, or larger than the engine supports.
    MalformedMessage,
    /// A handshake message contains a value that is not allowed or was not offered.
    IllegalParameter,
    /// A handshake message contains an extension that was not offered or is repeated, or lacks one that is required.
    Extension {
        /// The extension's number (RFC 8446 section 4.2).
        extension_type: u16,
    },
    /// A handshake message is larger than the receive buffer.
    MessageTooLarge {
        /// The size of the message in bytes.
        needed: usize,
    },
    /// The received records are faulty, or the transport failed.
    Record(RecordFault),
    /// The buffers of the workspace are too small for any handshake.
    WorkspaceTooSmall {
        /// The minimum size of the receive buffer in bytes.
        receive: usize,
        /// The minimum size of the send buffer in bytes.
        send: usize,
    },
    /// The engine failed with an unknown error.
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
            Self::CertificateVerify => f.write_str(
                "the server did not prove that it has the certificate's private key: the connection may be intercepted; \
                 try another network",
            ),
            Self::SignatureScheme { scheme } => write!(
                f,
                "the server signed the handshake with scheme {scheme:#06x}, which is not supported or does not match its key; \
                 supported are RSA-PSS and ECDSA P-256, and more with the features p384 and sha512"
            ),
            Self::Alert => f.write_str(
                "the server aborted the handshake: probably its certificate needs a signature algorithm that was not offered \
                 (offered are RSA and ECDSA P-256 with SHA-256 and SHA-384, and more with the features p384 and sha512); look for \
                 the reason in the server's log",
            ),
            Self::UnexpectedMessage => f.write_str(
                "a handshake message is missing, repeated or out of order: a fault of the server or of a device in between; try \
                 another network",
            ),
            Self::MessageSplit => f.write_str(
                "a handshake message is split over several records, which this client does not support; configure the server to \
                 send fewer certificates or larger records",
            ),
            Self::BadRecord => {
                f.write_str("a record could not be decrypted: it was altered on the way; try another network")
            }
            Self::Finished => f.write_str("the handshake was altered on the way; try another network"),
            Self::MalformedMessage => f.write_str(
                "a handshake message is malformed or larger than this client supports: a fault of the server or of a device in \
                 between; try another network",
            ),
            Self::IllegalParameter => f.write_str(
                "a handshake message contains a value that is not allowed: a fault of the server or of a device in between; update \
                 the server's TLS software",
            ),
            Self::Extension { extension_type } => write!(
                f,
                "a handshake message contains extension {extension_type} although it was not offered, or twice, or lacks it: a fault \
                 of the server or of a device in between; update the server's TLS software"
            ),
            Self::MessageTooLarge { needed } => write!(
                f,
                "the server sent a handshake message of {needed} bytes, which is larger than the receive buffer; make the receive \
                 buffer at least that large"
            ),
            Self::Record(fault) => fault.fmt(f),
            Self::WorkspaceTooSmall { receive, send } => write!(
                f,
                "the workspace is too small for a handshake; give it at least {receive} bytes to receive and {send} to send"
            ),
            Self::Engine => f.write_str("the TLS engine failed; reconnect"),
        }
    }
}

impl core::error::Error for ConnectError {}

/// The reason why an established connection failed. Every later call returns the same error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum SessionError {
    /// Bytes were written after the connection had ended.
    Ended,
    /// A call was cancelled: its future was dropped before it completed. Keys and records are in an unknown state.
    Abandoned,
    /// A record could not be decrypted, or is not legal after the handshake.
    BadRecord,
    /// The server changed its keys (`KeyUpdate`), which is not supported.
    KeyUpdate,
    /// The server ended the connection with an error alert.
    Alert,
    /// The received records are faulty, or the transport failed.
    Record(RecordFault),
    /// The engine failed with an unknown error.
    Engine,
}

impl fmt::Display for SessionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ended => f.write_str("the connection has ended; reconnect"),
            Self::Abandoned => {
                f.write_str("a read or write was cancelled, and the connection cannot be used any more; reconnect")
            }
            Self::BadRecord => f.write_str(
                "a record could not be decrypted or is not legal: it was altered on the way, or the server is faulty; discard \
                 what was received and reconnect",
            ),
            Self::KeyUpdate => {
                f.write_str("the server changed its keys, which this client does not support; reconnect")
            }
            Self::Alert => f.write_str("the server ended the connection with an error alert; reconnect"),
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
