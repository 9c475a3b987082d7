//! What is connected to, and the most that it may send at once.

/// The largest protected record of TLS 1.3 (RFC 8446 section 5.2).
pub(super) const LARGEST: usize = 16_640;

/// A host to connect to.
pub(super) struct Target<'a> {
    pub(super) host: &'a str,
    pub(super) port: u16,
    pub(super) path: &'a str,
}
