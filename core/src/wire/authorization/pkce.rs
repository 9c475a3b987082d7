//! Proof Key for Code Exchange, RFC 7636.

use super::super::basic;

/// Returns 32 bytes in Base64url without padding (RFC 4648 section 5): 43 unreserved characters of ASCII.
///
/// Of 32 random bytes that is a code verifier, as RFC 7636 section 4.1 recommends, and a `state`; of the SHA-256 digest of a code
/// verifier it is the code challenge of the method `S256` (section 4.2). No branch and no memory address depends on the bytes. The
/// caller wipes what is secret.
#[must_use]
pub fn base64url(bytes: &[u8; 32]) -> [u8; 43] {
    let mut text = [0; 43];
    for (place, group) in text.chunks_mut(4).zip(bytes.chunks(3)) {
        let byte = |at: usize| group.get(at).copied().unwrap_or(0);
        let characters = basic::characters_of_group(u32::from_le_bytes([byte(0), byte(1), byte(2), 0]));
        for (to, character) in place.iter_mut().zip(characters) {
            // `+` becomes `-`, `/` becomes `_`.
            *to = character + u8::from(character == b'+') * 2 + u8::from(character == b'/') * 48;
        }
    }
    text
}

/// Returns whether the text is `43*128unreserved`: a code verifier, RFC 7636 section 4.1.
#[must_use]
#[inline] // Part of its caller in core, as flash is scarce.
pub fn is_code_verifier(text: &str) -> bool {
    let unreserved = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~');
    (43..=128).contains(&text.len()) && text.bytes().all(unreserved)
}
