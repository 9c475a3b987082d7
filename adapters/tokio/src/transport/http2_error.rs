//! h2's errors as transport errors.

use std::io;

use h2::{Error, Reason};

use super::error::TransportErrorKind;
use super::http2_code::Http2Error;
use super::tls_error::TlsError;

/// Returns whether the peer states that it has not acted upon the request, so that sending it again is safe whatever its method:
/// `REFUSED_STREAM` (RFC 9113 section 8.7), or a stream above the last one that GOAWAY names (section 6.8). h2 passes GOAWAY of the peer
/// on to those streams only.
pub(super) fn is_unprocessed(error: &Error) -> bool {
    error.is_remote()
        && (error.is_go_away() || (error.is_reset() && error.reason() == Some(Reason::REFUSED_STREAM)))
}

/// Returns whether the peer requires HTTP/1.1 instead, by `RST_STREAM` or GOAWAY (RFC 9113 section 7).
pub(super) fn requires_http1(error: &Error) -> bool {
    error.reason().is_some_and(|reason| Http2Error::new(reason.into(), error.is_remote()).requires_http1())
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
    TransportErrorKind::Http2(Http2Error::new(code.into(), error.is_remote()))
}
