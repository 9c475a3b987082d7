//! The byte order mark before JSON.

const MARK: &[u8] = "\u{feff}".as_bytes();

/// Returns the length of the byte order mark at the beginning of a body, or 0.
///
/// RFC 8259 section 8.1 lets a parser ignore it. The service writes none, but proxies that rewrite responses may.
pub(crate) fn length(body: &[u8]) -> usize {
    if body.starts_with(MARK) { MARK.len() } else { 0 }
}
