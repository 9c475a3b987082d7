//! Why a peer could not be started or asked.

use core::fmt;

/// Why a peer could not be started or asked: prose for the reader of a failed test, with the end of the peer's own log in it.
///
/// `Debug` is the same prose, so that a failing `unwrap` shows the log as lines.
pub struct PeerError(String);

impl PeerError {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }

    /// An operation of the system failed while `doing` something.
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
