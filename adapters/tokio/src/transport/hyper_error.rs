//! hyper's errors as transport errors.

use std::io;

use super::error::TransportErrorKind;
use super::tls_error::TlsError;

/// Returns what failed.
pub(super) fn kind(error: hyper::Error) -> TransportErrorKind {
    // Its source may be of any type, also one that a connection could have.
    if error.is_user() {
        return TransportErrorKind::RequestBody(error);
    }
    if is_head_too_large(&error) {
        return TransportErrorKind::ResponseHeadTooLarge;
    }
    // In TLS 1.3 a server may reject the handshake after the client has completed it.
    if let Some(error) = io_source(&error).and_then(|error| TlsError::from_io(error, None)) {
        return TransportErrorKind::Tls(error);
    }
    if is_connection_end(&error) {
        return match io_source(&error).map(io::Error::kind) {
            // hyper reports malformed chunks so.
            Some(io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput) => {
                TransportErrorKind::ResponseMalformed(error)
            }
            // Without close_notify the FIN may be forged: rustls reports an unexpected end.
            Some(kind) if kind != io::ErrorKind::UnexpectedEof => {
                TransportErrorKind::ConnectionLost(io::Error::from(kind))
            }
            _ => TransportErrorKind::Closed,
        };
    }
    TransportErrorKind::ResponseMalformed(error)
}

/// Returns whether the connection ended, as opposed to bytes that are not HTTP.
pub(super) fn is_connection_end(error: &hyper::Error) -> bool {
    error.is_incomplete_message() || error.is_canceled() || error.is_closed() || io_source(error).is_some()
}

/// hyper says so by a method of its server only: a test with 101 headers shows that this is its text.
fn is_head_too_large(error: &hyper::Error) -> bool {
    error.is_parse() && error.to_string() == "message head is too large"
}

fn io_source(error: &hyper::Error) -> Option<&io::Error> {
    std::error::Error::source(error)?.downcast_ref()
}
