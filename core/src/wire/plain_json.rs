//! JSON with as few escapes as possible, for decoders that leave escapes as they are or need memory to decode them.

use core::fmt;

use super::json;
use super::protocol_error::{ProtocolError, ProtocolErrorKind};
use super::string;

/// A body of the Platform API without escapes, except of quotation marks and backslashes, and the rest of its buffer.
#[non_exhaustive]
pub struct PlainJson<'b> {
    /// The text. Control characters within strings are themselves, which strict decoders refuse.
    pub text: &'b [u8],
    /// The memory behind it.
    pub free: &'b mut [u8],
    /// The number of bytes that the longest string with an escape has after it is decoded; 0 if there is none.
    pub longest_escaped: usize,
}

/// Without the text, which may hold confidential data.
impl fmt::Debug for PlainJson<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PlainJson")
            .field("text_len", &self.text.len())
            .field("free_len", &self.free.len())
            .field("longest_escaped", &self.longest_escaped)
            .finish()
    }
}

/// Checks the body at the beginning of `buffer` as [`check_json`](super::check_json) does, and replaces in place each escape by the
/// character that it denotes (RFC 8259 section 7): in values and in names, surrogate pairs too. Escapes of `"` and `\` stay, in their
/// shortest form, because they delimit strings. White space between tokens is removed.
///
/// # Errors
/// As [`check_json`](super::check_json); then nothing was changed.
pub fn plain_json(buffer: &mut [u8], length: usize) -> Result<PlainJson<'_>, ProtocolError> {
    let error = |kind, offset| ProtocolError { kind, status: 0, offset };
    let body = buffer.get(..length).ok_or(error(ProtocolErrorKind::Incomplete, buffer.len()))?;
    json::check(body).map_err(|fault| error(fault.kind, fault.at))?;
    let (mut from, mut to) = (0, 0);
    let mut longest_escaped = 0;
    while from < length {
        let byte = json::byte(buffer, from);
        if byte == b'"' {
            let string;
            (string, from, to) = strip(buffer, from, to);
            longest_escaped = longest_escaped.max(string);
            continue;
        }
        if !matches!(byte, b' ' | b'\t' | b'\n' | b'\r') {
            string::put(buffer, &mut to, byte);
        }
        from += 1;
    }
    let (text, free) = buffer.split_at_mut_checked(to).unwrap_or_default();
    Ok(PlainJson { text, free, longest_escaped })
}

/// Copies a checked string with its quotation marks to an earlier place. Returns its decoded length if an escape stays, otherwise 0,
/// and the offsets behind it in both places.
///
/// An escape is never shorter than what replaces it, so nothing is overwritten that was not read.
fn strip(text: &mut [u8], from: usize, to: usize) -> (usize, usize, usize) {
    let (mut from, mut to) = (from + 1, to);
    string::put(text, &mut to, b'"');
    let start = to;
    let mut kept = 0_usize;
    loop {
        let byte = json::byte(text, from);
        if byte != b'\\' {
            string::put(text, &mut to, byte);
            from += 1;
            // A checked string ends before the text does.
            if matches!(byte, b'"' | 0) {
                let decoded = to.saturating_sub(start + 1).saturating_sub(kept);
                return (if kept > 0 { decoded } else { 0 }, from, to);
            }
            continue;
        }
        let code;
        (code, from) = string::character(text, from);
        if code == u32::from(b'"') || code == u32::from(b'\\') {
            string::put(text, &mut to, b'\\');
            kept += 1;
        }
        put_utf8(text, &mut to, code);
    }
}

/// Writes a character (RFC 3629).
fn put_utf8(text: &mut [u8], to: &mut usize, code: u32) {
    let following = u32::from(code >= 0x80) + u32::from(code >= 0x800) + u32::from(code >= 0x1_0000);
    let lead = if following > 0 { !(0xff_u32 >> (following + 1)) } else { 0 };
    for index in (0..=following).rev() {
        let bits = code >> (6 * index);
        let unit = if index == following { lead | bits } else { 0x80 | bits & 0x3f };
        let [byte, ..] = unit.to_le_bytes();
        string::put(text, to, byte);
    }
}
