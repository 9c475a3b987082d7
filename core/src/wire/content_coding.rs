//! Content codings, RFC 9110 section 8.4.

/// Names of the registry, RFC 9110 section 18.6.
const KNOWN: [&str; 6] = ["gzip", "x-gzip", "deflate", "compress", "br", "zstd"];

/// Returns the first coding that a value of `Content-Encoding`, which is a list, names besides `identity`: a name of the registry, or
/// `"an unknown coding"` for any other. `None`: the body is as it is.
///
/// No request of this project accepts a coding (`Accept-Encoding: identity`, section 12.5.3), because a body is parsed as it arrives.
#[must_use]
pub fn content_coding(value: &[u8]) -> Option<&'static str> {
    let mut codings = value.split(|byte| *byte == b',').map(<[u8]>::trim_ascii);
    let coding = codings.find(|coding| !coding.is_empty() && !coding.eq_ignore_ascii_case(b"identity"))?;
    let known = KNOWN.into_iter().find(|name| coding.eq_ignore_ascii_case(name.as_bytes()));
    Some(known.unwrap_or("an unknown coding"))
}
