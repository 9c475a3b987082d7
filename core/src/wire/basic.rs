//! The `Authorization` value of Basic authentication, RFC 7617: `Basic`, a space, and identifier, colon and secret in
//! Base64 (RFC 4648 section 4).
//!
//! In Base64 no branch and no memory address depends on the secret, only on its length.

use super::form;
use super::sink::{Sink, copy};
use crate::secret::wipe;
use crate::settings::ClientAuth;
use crate::text::CapacityError;

const SCHEME: &[u8] = b"Basic ";
/// The number of groups of three bytes that are encoded at once: as many as fit into a vector register, where there is one.
const GROUPS: usize = if cfg!(any(target_feature = "sse2", target_feature = "neon")) { 4 } else { 1 };
/// The number of bytes of such a block, and of the characters that encode them.
const BYTES: usize = GROUPS * 3;
const CHARACTERS: usize = GROUPS * 4;

/// Identifier and secret of a client, to be sent as `Basic` or `BasicFormEncoded`.
pub(super) struct Credentials<'a> {
    id: &'a [u8],
    secret: &'a [u8],
    form_encoded: bool,
}

impl<'a> Credentials<'a> {
    /// Returns `None` for an authentication method without this header.
    pub(super) const fn new(id: &'a [u8], secret: &'a [u8], auth: ClientAuth) -> Option<Self> {
        let form_encoded = match auth {
            ClientAuth::Basic => false,
            ClientAuth::BasicFormEncoded => true,
            ClientAuth::RequestBody => return None,
        };
        Some(Self { id, secret, form_encoded })
    }

    /// Returns the exact length of the value.
    pub(super) fn len(&self) -> usize {
        encoded_len(self.plain_len())
    }

    /// Returns the length of the text to encode.
    fn plain_len(&self) -> usize {
        let mut nothing = Sink::with_escaped_spaces(&mut []);
        self.write_plain(&mut nothing);
        nothing.needed()
    }

    /// Writes the value to the start of `buffer` and returns it.
    pub(super) fn write<'b>(&self, buffer: &'b mut [u8]) -> Result<&'b [u8], CapacityError> {
        let plain_len = self.plain_len();
        let (needed, capacity) = (encoded_len(plain_len), buffer.len());
        if needed > capacity {
            wipe(buffer);
            return Err(CapacityError { what: "authorization", needed, capacity });
        }
        let value = buffer.get_mut(..needed).unwrap_or_default();
        // The text to encode is written to the end of the value, and replaced by its characters from the front. These never
        // overtake it, and of the secret there is no copy to wipe but the end of one block.
        let plain_at = needed - plain_len;
        self.write_plain(&mut Sink::with_escaped_spaces(value.get_mut(plain_at..).unwrap_or_default()));
        copy(SCHEME, value);
        encode(value, SCHEME.len(), plain_at);
        Ok(value)
    }

    /// The colon that separates them is never form-encoded.
    fn write_plain(&self, sink: &mut Sink<'_>) {
        self.write_part(self.id, sink);
        sink.put(b":");
        self.write_part(self.secret, sink);
    }

    fn write_part(&self, text: &[u8], sink: &mut Sink<'_>) {
        if self.form_encoded {
            form::encode(text, sink);
        } else {
            sink.put(text);
        }
    }
}

/// Returns the length of the value for this many bytes.
const fn encoded_len(plain: usize) -> usize {
    plain.div_ceil(3).saturating_mul(4).saturating_add(SCHEME.len())
}

/// Replaces the bytes of `text` from `from` to the end by their Base64 characters, from `to` to the end.
fn encode(text: &mut [u8], to: usize, from: usize) {
    let (mut to, mut from) = (to, from);
    while let Some(plain) = text.get(from..).and_then(<[u8]>::first_chunk) {
        let encoded = characters(plain);
        if let Some(place) = text.get_mut(to..).and_then(<[u8]>::first_chunk_mut) {
            *place = encoded;
        }
        (to, from) = (to + CHARACTERS, from + BYTES);
    }
    // The rest is shorter than a block.
    let mut block = [0; BYTES];
    let left = text.get(from..).unwrap_or_default();
    if left.is_empty() {
        return;
    }
    copy(left, &mut block);
    // The number of characters that hold bits of the remaining bytes.
    let count = if GROUPS == 1 { left.len() + 1 } else { (left.len() * 4).div_ceil(3) };
    let mut encoded = characters(&block);
    encoded.iter_mut().skip(count).for_each(|padding| *padding = b'=');
    copy(&encoded, text.get_mut(to..).unwrap_or_default());
    wipe(&mut block);
}

fn characters(block: &[u8; BYTES]) -> [u8; CHARACTERS] {
    let mut text = [0; CHARACTERS];
    for (place, &[a, b, c]) in text.as_chunks_mut().0.iter_mut().zip(block.as_chunks().0) {
        *place = characters_of_group(u32::from_le_bytes([a, b, c, 0]));
    }
    text
}

/// Returns the characters of three bytes, the first one lowest.
#[inline]
pub(super) const fn characters_of_group(group: u32) -> [u8; 4] {
    /// 1 in every byte.
    const ONES: u32 = u32::MAX / 0xff;
    /// Returns `by` in every byte that is at least this great; all are below 128.
    const fn add_from(values: u32, least: u32, by: u32) -> u32 {
        let high = (values + ONES * (0x80 - least)) & (ONES * 0x80);
        (high - (high >> 7)) & (ONES * by)
    }
    // 24 bits become four times six, each six in a byte of its own: aaaaaabb bbbbcccc ccdddddd, where the byte on the left is
    // the lowest one.
    let values = group >> 2 & 0x3f
        | group << 12 & 0x3000
        | group >> 4 & 0xf00
        | group << 10 & 0x3c_0000
        | group >> 6 & 0x3_0000
        | group << 8 & 0x3f00_0000;
    // `A` to `Z`, and from there by steps to `a`, `0`, `+` and `/`.
    let text = values + ONES * b'A' as u32 + add_from(values, 26, 6) + add_from(values, 63, 3)
        - add_from(values, 52, 75)
        - add_from(values, 62, 15);
    text.to_le_bytes()
}
