//! The error of starting or querying a peer.

use core::fmt;

/// The reason why a peer could not be started or queried, with the last lines of the peer's log.
///
/// `Debug` is the same text, so that a failing `unwrap` shows the log line by line.
pub struct PeerError(String);

impl PeerError {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }

    /// Returns an I/O error while `doing` something.
    pub(crate) fn io(doing: impl fmt::Display) -> impl FnOnce(std::io::Error) -> Self {
        move |error| Self(format!("{doing}: {error}"))
    }
}

impl fmt::Display for PeerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for PeerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl core::error::Error for PeerError {}
