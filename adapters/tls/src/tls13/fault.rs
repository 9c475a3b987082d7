//! The reasons for which a connection ends: the alert for the server (RFC 8446 section 6), and the caller's error.

use embedded_io_async::ErrorKind;

use crate::chain::ChainError;
use crate::codes::alert;
use crate::error::{ConnectError, SessionError};
use crate::fault::RecordFault;

/// Alert descriptions (RFC 8446 section 6).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Alert {
    CloseNotify = 0,
    UnexpectedMessage = 10,
    BadRecordMac = 20,
    RecordOverflow = 22,
    BadCertificate = 42,
    UnsupportedCertificate = 43,
    CertificateExpired = 45,
    CertificateUnknown = 46,
    IllegalParameter = 47,
    UnknownCa = 48,
    DecodeError = 50,
    DecryptError = 51,
    ProtocolVersion = 70,
    InternalError = 80,
    MissingExtension = 109,
    UnsupportedExtension = 110,
}

impl Alert {
    /// `user_canceled`, which this client never sends.
    pub(super) const USER_CANCELED: u8 = 90;

    /// Returns level and description. All alerts but `close_notify` are fatal (section 6.2).
    pub(super) fn encode(self) -> [u8; 2] {
        // The type of this cast is a plain number.
        #[allow(clippy::as_conversions)]
        let description = self as u8;
        match self {
            Self::CloseNotify => [1, description],
            _ => [2, description],
        }
    }
}

/// The reason why a connection ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// The transport failed.
    Transport(ErrorKind),
    /// The stream ended without `close_notify`.
    Truncated,
    /// The received bytes are not a TLS record.
    NotTls,
    /// A record of a type that is not legal at this point.
    ContentType(u8),
    /// A record of this type arrived unprotected, though records are protected now.
    Unprotected(u8),
    /// A protected record is shorter than the minimum.
    TooShort(u16),
    /// A record is longer than the maximum.
    TooLong(u16),
    /// A record does not fit into the receive buffer.
    ExceedsBuffer(u16),
    /// More records without content arrived than are tolerated.
    TooManyRecords,
    /// A record cannot be decrypted.
    BadRecord,
    /// The server sent an alert that ends the connection.
    Alerted(u8),
    /// The server sent an error as a warning.
    Warned(u8),
    /// The server selected an older version of TLS.
    Tls13Unsupported,
    /// A `ServerHello` or `HelloRetryRequest` selects a parameter that was not offered.
    InvalidServerHello,
    /// A message is not legal at this point.
    UnexpectedMessage,
    /// A message is malformed.
    Malformed,
    /// A message is well-formed, but has an illegal value.
    IllegalParameter,
    /// An extension was not offered.
    UnsolicitedExtension(u16),
    /// An extension is repeated.
    RepeatedExtension(u16),
    /// A required extension is missing.
    MissingExtension(u16),
    /// A handshake message of this many bytes does not fit into the receive buffer.
    MessageTooLarge(usize),
    /// The chain was refused.
    Chain(ChainError),
    /// The scheme of `CertificateVerify` was not offered, or does not fit the key.
    SignatureScheme(u16),
    /// The signature in `CertificateVerify` is invalid.
    CertificateVerify,
    /// The Finished message is invalid.
    Finished,
    /// The send buffer is too small; the number of bytes that were needed.
    SendBuffer(usize),
    /// No key could be generated from the random bytes, or an internal invariant was violated.
    Internal,
}

impl Fault {
    /// Returns the alert for the server; `None` if it cannot receive one.
    pub(super) fn alert(self) -> Option<Alert> {
        Some(match self {
            Self::Transport(_) | Self::Truncated | Self::Alerted(_) => return None,
            Self::NotTls | Self::ContentType(_) | Self::TooManyRecords | Self::UnexpectedMessage => {
                Alert::UnexpectedMessage
            }
            Self::Unprotected(_) | Self::TooShort(_) | Self::BadRecord => Alert::BadRecordMac,
            Self::TooLong(_) | Self::ExceedsBuffer(_) => Alert::RecordOverflow,
            Self::Tls13Unsupported => Alert::ProtocolVersion,
            Self::InvalidServerHello
            | Self::IllegalParameter
            | Self::RepeatedExtension(_)
            | Self::MessageTooLarge(_)
            | Self::SignatureScheme(_) => Alert::IllegalParameter,
            Self::Malformed | Self::Warned(_) => Alert::DecodeError,
            Self::UnsolicitedExtension(_) => Alert::UnsupportedExtension,
            Self::MissingExtension(_) => Alert::MissingExtension,
            Self::Chain(error) => chain_alert(error),
            Self::CertificateVerify | Self::Finished => Alert::DecryptError,
            Self::SendBuffer(_) | Self::Internal => Alert::InternalError,
        })
    }
}

fn chain_alert(error: ChainError) -> Alert {
    match error {
        ChainError::NoClock => Alert::InternalError,
        ChainError::Expired { .. } | ChainError::NotYetValid { .. } => Alert::CertificateExpired,
        ChainError::UnknownIssuer | ChainError::SelfSigned => Alert::UnknownCa,
        ChainError::UnsupportedAlgorithm | ChainError::RsaKeySize { .. } => Alert::UnsupportedCertificate,
        ChainError::KeyUsage => Alert::IllegalParameter,
        // RFC 8446 section 4.4.2.4; a certificate is a field of its message.
        ChainError::NoCertificate | ChainError::Malformed => Alert::DecodeError,
        ChainError::TooManyCertificates { .. } | ChainError::TooManySignatures => Alert::CertificateUnknown,
        _ => Alert::BadCertificate,
    }
}

impl From<ChainError> for Fault {
    fn from(error: ChainError) -> Self {
        Self::Chain(error)
    }
}

/// The smallest receive buffer, in bytes.
pub(super) const MIN_RECEIVE: usize = 1024;
/// The smallest send buffer, in bytes: a `ClientHello` with a host name of 200 bytes, without a ticket.
pub(super) const MIN_SEND: usize = 512;

impl From<Fault> for ConnectError {
    fn from(fault: Fault) -> Self {
        if let Some(fault) = record_fault(fault) {
            return Self::Record(fault);
        }
        match fault {
            Fault::Chain(error) => Self::Chain(error),
            Fault::SignatureScheme(scheme) => Self::SignatureScheme { scheme },
            Fault::CertificateVerify => Self::CertificateVerify,
            Fault::Finished => Self::Finished,
            Fault::BadRecord => Self::BadRecord,
            Fault::UnexpectedMessage => Self::UnexpectedMessage,
            Fault::Malformed => Self::MalformedMessage,
            Fault::IllegalParameter => Self::IllegalParameter,
            Fault::UnsolicitedExtension(extension_type)
            | Fault::RepeatedExtension(extension_type)
            | Fault::MissingExtension(extension_type) => Self::Extension { extension_type },
            Fault::MessageTooLarge(needed) => Self::MessageTooLarge { needed },
            Fault::SendBuffer(needed) => Self::WorkspaceTooSmall { receive: MIN_RECEIVE, send: needed },
            _ => Self::Engine,
        }
    }
}

impl From<Fault> for SessionError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Alerted(_) | Fault::Warned(_) => Self::Alert,
            Fault::Internal | Fault::SendBuffer(_) => Self::Engine,
            _ => record_fault(fault).map_or(Self::BadRecord, Self::Record),
        }
    }
}

/// Converts faults of records and of the transport.
fn record_fault(fault: Fault) -> Option<RecordFault> {
    Some(match fault {
        Fault::Transport(kind) => RecordFault::Transport(kind),
        Fault::Truncated => RecordFault::Truncated,
        Fault::NotTls => RecordFault::NotTls,
        Fault::ContentType(content_type) | Fault::Unprotected(content_type) => {
            RecordFault::Unexpected { content_type }
        }
        Fault::TooShort(length) | Fault::TooLong(length) => RecordFault::Length { length },
        Fault::ExceedsBuffer(needed) => RecordFault::ExceedsBuffer { needed },
        Fault::TooManyRecords => RecordFault::TooManyRecords,
        Fault::Tls13Unsupported | Fault::Alerted(alert::PROTOCOL_VERSION) => RecordFault::Tls13Unsupported,
        Fault::Alerted(description) | Fault::Warned(description) => RecordFault::Alert { description },
        Fault::InvalidServerHello => RecordFault::InvalidServerHello,
        _ => return None,
    })
}
