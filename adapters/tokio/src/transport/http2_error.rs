//! h2's errors as transport errors.

use std::fmt;
use std::io;

use h2::{Error, Reason};

use super::error::TransportErrorKind;
use super::tls_error::TlsError;

/// An error of HTTP/2 that is not the end of the connection: its code (RFC 9113 section 7), and who found it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Http2Error {
    code: u32,
    is_of_peer: bool,
}

impl Http2Error {
    /// Returns the error code (RFC 9113 section 7).
    #[must_use]
    pub const fn code(self) -> u32 {
        self.code
    }

    /// Returns whether the peer sent it, in `RST_STREAM` or GOAWAY. Otherwise the client found the peer's frames not to be legal.
    #[must_use]
    pub const fn is_of_peer(self) -> bool {
        self.is_of_peer
    }
}

impl fmt::Display for Http2Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        /// In the order of their codes.
        const NAMES: [&str; 14] = [
            "NO_ERROR",
            "PROTOCOL_ERROR",
            "INTERNAL_ERROR",
            "FLOW_CONTROL_ERROR",
            "SETTINGS_TIMEOUT",
            "STREAM_CLOSED",
            "FRAME_SIZE_ERROR",
            "REFUSED_STREAM",
            "CANCEL",
            "COMPRESSION_ERROR",
            "CONNECT_ERROR",
            "ENHANCE_YOUR_CALM",
            "INADEQUATE_SECURITY",
            "HTTP_1_1_REQUIRED",
        ];
        match usize::try_from(self.code).ok().and_then(|code| NAMES.get(code)) {
            Some(name) => f.write_str(name),
            None => write!(f, "error code {}", self.code),
        }
    }
}

impl std::error::Error for Http2Error {}

/// Returns whether the peer has said that it has not acted upon the request, so that sending it again is safe whatever its method:
/// `REFUSED_STREAM` (RFC 9113 section 8.7), or a stream above the last one that GOAWAY names (section 6.8). h2 passes GOAWAY of the peer
/// on to those streams only.
pub(super) fn is_unprocessed(error: &Error) -> bool {
    error.is_remote()
        && (error.is_go_away() || (error.is_reset() && error.reason() == Some(Reason::REFUSED_STREAM)))
}

/// Returns what failed.
pub(super) fn kind(error: &Error) -> TransportErrorKind {
    if let Some(error) = error.get_io() {
        // In TLS 1.3 a server may reject the handshake after the client has completed it.
        if let Some(error) = TlsError::from_io(error, None) {
            return TransportErrorKind::Tls(error);
        }
        return match error.kind() {
            // The end of the connection: h2's word for it is that of a failed write.
            io::ErrorKind::UnexpectedEof | io::ErrorKind::BrokenPipe => TransportErrorKind::Closed,
            kind => TransportErrorKind::ConnectionLost(kind.into()),
        };
    }
    let code = error.reason().unwrap_or(Reason::INTERNAL_ERROR);
    if error.is_go_away() && error.is_remote() && code == Reason::NO_ERROR {
        return TransportErrorKind::Closed;
    }
    TransportErrorKind::Http2(Http2Error { code: code.into(), is_of_peer: error.is_remote() })
}
