//! `application/x-www-form-urlencoded`, as the WHATWG URL standard defines it (section 5).
//!
//! Writer: `A`–`Z`, `a`–`z`, `0`–`9` and `*-._` are literal, a space is written `+`, every other byte as `%` and
//! two upper-case hexadecimal digits.
//!
//! Reader: its inverse, which also takes what other writers leave bare (`~`, `/`, whole characters of UTF-8) and
//! lower-case digits. Stricter than the standard where the text makes no sense: a `%` without two hexadecimal digits, and
//! bytes that are not UTF-8, are errors.

use core::fmt;

use super::json::Span;
use super::protocol_error::{ProtocolError, ProtocolErrorKind};
use super::sink::Sink;
use super::swar::{self, WORD};
use crate::text::CapacityError;

/// The literal bytes, as a bit set.
const PLAIN: [u32; 8] = {
    let mut plain = [0; 8];
    let mut byte = 0_u8;
    while byte < 0x80 {
        if matches!(byte, b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'*' | b'-' | b'.' | b'_') {
            plain[byte as usize / 32] |= 1 << (byte % 32);
        }
        byte += 1;
    }
    plain
};

fn is_plain(byte: u8) -> bool {
    PLAIN.get(usize::from(byte >> 5)).is_some_and(|plain| plain >> (byte % 32) & 1 != 0)
}

/// Returns the length of `text` when it is encoded.
#[must_use]
pub fn encoded_len(text: &str) -> usize {
    let mut nothing = Sink::new(&mut []);
    encode(text.as_bytes(), &mut nothing);
    nothing.needed()
}

/// Whether many bytes at once are tested for being literal. Without vector registers, testing them one by one takes less flash.
const IN_RUNS: bool = cfg!(any(target_feature = "sse2", target_feature = "neon"));

/// Appends a literal prefix and the encoded value.
#[cfg_attr(not(target_pointer_width = "64"), inline(never))] // Many callers.
pub(super) fn parameter(before: &'static str, value: &[u8], sink: &mut Sink<'_>) {
    sink.put(before.as_bytes());
    encode(value, sink);
}

/// Appends the bytes of `text`, encoded.
pub(super) fn encode(text: &[u8], sink: &mut Sink<'_>) {
    let mut rest = text;
    while !rest.is_empty() {
        let (plain, others) = rest.split_at_checked(plain_run(rest)).unwrap_or((rest, &[]));
        sink.put(plain);
        if !IN_RUNS {
            let Some((&byte, behind)) = others.split_first() else { return };
            escape(byte, sink);
            rest = behind;
            continue;
        }
        // The bytes up to the one that is not literal, and some after it.
        let (others, behind) = others.split_at_checked(WORD).unwrap_or((others, &[]));
        for &byte in others {
            if is_plain(byte) {
                sink.put(&[byte]);
            } else {
                escape(byte, sink);
            }
        }
        rest = behind;
    }
}

/// Appends the encoding of a byte that is not literal.
#[inline]
fn escape(byte: u8, sink: &mut Sink<'_>) {
    let escaped = [b'%', digit(byte >> 4), digit(byte & 0xf)];
    sink.put(if byte == b' ' && !sink.escapes_spaces { b"+" } else { &escaped });
}

/// Returns the number of leading literal bytes; with `IN_RUNS` a lower bound.
fn plain_run(text: &[u8]) -> usize {
    if IN_RUNS { swar::unreserved_run(text) } else { text.iter().take_while(|&&byte| is_plain(byte)).count() }
}

/// Returns the hexadecimal digit of a value below 16.
const fn digit(value: u8) -> u8 {
    if value < 10 { b'0' + value } else { b'A' - 10 + value }
}

/// A writer of pairs to the start of a buffer.
pub struct Writer<'b>(Sink<'b>);

impl<'b> Writer<'b> {
    /// Creates an empty form at the start of `buffer`.
    #[must_use]
    pub const fn new(buffer: &'b mut [u8]) -> Self {
        Self(Sink::new(buffer))
    }

    /// Appends a pair. If it does not fit, [`Writer::finish`] returns the error.
    pub fn pair(&mut self, name: &str, value: &str) {
        if self.0.needed() != 0 {
            self.0.put(b"&");
        }
        encode(name.as_bytes(), &mut self.0);
        self.0.put(b"=");
        encode(value.as_bytes(), &mut self.0);
    }

    /// Returns the form. Its pairs may contain secrets, so wipe the buffer after use.
    ///
    /// # Errors
    /// [`CapacityError`] with the length of the whole form if the buffer is shorter; it is wiped then.
    pub fn finish(self) -> Result<&'b [u8], CapacityError> {
        self.0.finish("form")
    }
}

/// Without its content.
impl fmt::Debug for Writer<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Writer([redacted])")
    }
}

/// Reads the pairs of a form, decoding them in place: a decoded text is never longer than the encoded one.
///
/// Text between two `&` without `=` is a name with an empty value; nothing between them is no pair.
pub const fn pairs(form: &mut [u8]) -> Pairs<'_> {
    Pairs { rest: form, at: 0 }
}

/// The iterator of [`pairs`]. After an error it continues with the next pair.
pub struct Pairs<'f> {
    rest: &'f mut [u8],
    at: usize,
}

impl<'f> Iterator for Pairs<'f> {
    /// A name and a value, or an error with its offset.
    type Item = Result<(&'f str, &'f str), ProtocolError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if self.rest.is_empty() {
                return None;
            }
            let start = self.at;
            let (pair, rest) = split(core::mem::take(&mut self.rest), b'&');
            self.rest = rest.unwrap_or_default();
            self.at = start.saturating_add(pair.len()).saturating_add(1);
            if pair.is_empty() {
                continue;
            }
            let (name, value) = split(pair, b'=');
            let value_at = start.saturating_add(name.len()).saturating_add(1);
            let both = decode(name, start).and_then(|name| {
                let value = decode(value.unwrap_or_default(), value_at)?;
                Ok((name, value))
            });
            return Some(both);
        }
    }
}

/// Without its content.
impl fmt::Debug for Pairs<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pairs([redacted])")
    }
}

/// Splits at the first separator, if there is one.
fn split(text: &mut [u8], separator: u8) -> (&mut [u8], Option<&mut [u8]>) {
    let mut parts = text.splitn_mut(2, |&byte| byte == separator);
    (parts.next().unwrap_or_default(), parts.next())
}

/// Decodes a name or a value in place, and returns its span.
pub(super) fn decode_at(text: &mut [u8], span: Span) -> Result<Span, ProtocolError> {
    let encoded = text.get_mut(span.start..span.end).unwrap_or_default();
    let decoded = decode(encoded, span.start)?;
    Ok(Span { start: span.start, end: span.start.saturating_add(decoded.len()) })
}

/// Decodes a name or a value in place; `at` is its offset in the whole.
fn decode(text: &mut [u8], at: usize) -> Result<&str, ProtocolError> {
    let error = |offset: usize| ProtocolError {
        kind: ProtocolErrorKind::Syntax,
        status: 0,
        offset: at.saturating_add(offset),
    };
    let (mut from, mut to) = (0, 0);
    while let Some(&byte) = text.get(from) {
        let (decoded, length) = match byte {
            b'+' => (b' ', 1),
            b'%' => {
                let digits = text.get(from..).and_then(|rest| rest.get(1..3));
                (digits.and_then(byte_of).ok_or(error(from))?, 3)
            }
            byte => (byte, 1),
        };
        if let Some(place) = text.get_mut(to) {
            *place = decoded;
        }
        from += length;
        to += 1;
    }
    let decoded = text.get(..to).unwrap_or_default();
    core::str::from_utf8(decoded).map_err(|invalid| error(invalid.valid_up_to()))
}

/// Returns the byte of two hexadecimal digits.
fn byte_of(digits: &[u8]) -> Option<u8> {
    digits.iter().try_fold(0_u8, |value, &digit| {
        let digit = char::from(digit).to_digit(16)?;
        Some(value << 4 | u8::try_from(digit).ok()?)
    })
}
