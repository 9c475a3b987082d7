//! Content codings, RFC 9110 section 8.4.

/// Names of the registry, RFC 9110 section 18.6.
const KNOWN: [&str; 6] = ["gzip", "x-gzip", "deflate", "compress", "br", "zstd"];

/// Returns the coding that a value of `Content-Encoding` names: a name of the registry, or `"an unknown coding"` for any other. `None`: the
/// body is as it is (`identity`, or an empty value).
///
/// No request of this project accepts a coding (`Accept-Encoding: identity`, section 12.5.3), because a body is parsed as it arrives.
#[must_use]
pub fn content_coding(value: &[u8]) -> Option<&'static str> {
    let value = value.trim_ascii();
    if value.is_empty() || value.eq_ignore_ascii_case(b"identity") {
        return None;
    }
    let found = KNOWN.into_iter().find(|name| value.eq_ignore_ascii_case(name.as_bytes()));
    Some(found.unwrap_or("an unknown coding"))
}
