//! The error codes of HTTP/2.

use std::fmt;

/// An error of HTTP/2 that is not the end of the connection: its code (RFC 9113 section 7), and who found it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Http2Error {
    code: u32,
    is_of_peer: bool,
}

impl Http2Error {
    pub(super) const fn new(code: u32, is_of_peer: bool) -> Self {
        Self { code, is_of_peer }
    }

    /// Returns whether the peer requires HTTP/1.1 for the request (`HTTP_1_1_REQUIRED`).
    pub(super) const fn requires_http1(self) -> bool {
        self.is_of_peer && self.code == 13
    }

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

#[cfg(test)]
mod tests {
    use super::*;

    /// The names are those of RFC 9113 section 7, as h2 has them.
    #[test]
    fn every_code_has_its_name() {
        for code in 0..=13 {
            assert_eq!(Http2Error::new(code, true).to_string(), format!("{:?}", h2::Reason::from(code)));
        }
        assert_eq!(Http2Error::new(14, true).to_string(), "error code 14");
    }
}
