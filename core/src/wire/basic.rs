//! The `Authorization` value of Basic authentication, RFC 7617: `Basic`, a space, and identifier, colon and secret in
//! Base64 (RFC 4648 section 4).
//!
//! No branch and no memory address depends on the secret, only on its length.

use super::form;
use super::sink::{Sink, copy};
use super::wiped::wipe;
use crate::settings::ClientAuth;

const SCHEME: &str = "Basic ";
/// Bytes that are encoded at once, and characters that this gives.
const GROUP: usize = 6;
const CHARACTERS: usize = 8;
/// How many groups are kept until they are encoded.
const GROUPS: usize = 8;

/// Identifier and secret of a client, to be sent as `Basic` or `BasicFormEncoded`.
pub(super) struct Credentials<'a> {
    id: &'a [u8],
    secret: &'a [u8],
    form_encoded: bool,
}

impl<'a> Credentials<'a> {
    /// `None` for the authentication that has no such header.
    pub(super) const fn new(id: &'a [u8], secret: &'a [u8], auth: ClientAuth) -> Option<Self> {
        let form_encoded = match auth {
            ClientAuth::Basic => false,
            ClientAuth::BasicFormEncoded => true,
            ClientAuth::RequestBody => return None,
        };
        Some(Self { id, secret, form_encoded })
    }

    /// Exact length of the value.
    pub(super) fn len(&self) -> usize {
        SCHEME.len().saturating_add(encoded_len(self.plain_len()))
    }

    /// The length of what is encoded.
    fn plain_len(&self) -> usize {
        let length = |text: &[u8]| {
            if self.form_encoded { form::encoded_len_of(text) } else { text.len() }
        };
        length(self.id).saturating_add(length(self.secret)).saturating_add(1)
    }

    pub(super) fn write(&self, sink: &mut Sink<'_>) {
        sink.put(SCHEME.as_bytes());
        let mut base64 = Base64::new(sink);
        self.write_part(self.id, &mut base64);
        // The colon that separates them is never form-encoded.
        base64.push(b":");
        self.write_part(self.secret, &mut base64);
        base64.finish();
    }

    fn write_part(&self, text: &[u8], base64: &mut Base64<'_, '_>) {
        if self.form_encoded {
            form::encode(text, |bytes| base64.push(bytes));
        } else {
            base64.push(text);
        }
    }
}

const fn encoded_len(plain: usize) -> usize {
    plain.div_ceil(3).saturating_mul(4)
}

/// Writes bytes that come in pieces. Keeps them until there are enough to encode many at once.
struct Base64<'s, 'b> {
    sink: &'s mut Sink<'b>,
    kept: [u8; GROUP * GROUPS],
    length: usize,
}

impl<'s, 'b> Base64<'s, 'b> {
    const fn new(sink: &'s mut Sink<'b>) -> Self {
        Self { sink, kept: [0; GROUP * GROUPS], length: 0 }
    }

    fn push(&mut self, bytes: &[u8]) {
        let mut rest = bytes;
        while !rest.is_empty() {
            let free = self.kept.get_mut(self.length..).unwrap_or_default();
            let (first, behind) = rest.split_at_checked(free.len()).unwrap_or((rest, &[]));
            if let Some(place) = free.get_mut(..first.len()) {
                copy(first, place);
            }
            self.length += first.len();
            rest = behind;
            if self.length == self.kept.len() {
                let text = characters(&self.kept);
                self.sink.put(&text);
                self.length = 0;
            }
        }
    }

    /// What is kept, padded.
    fn finish(&mut self) {
        if let Some(unused) = self.kept.get_mut(self.length..) {
            unused.fill(0);
        }
        let mut text = characters(&self.kept);
        let length = encoded_len(self.length);
        // As many characters hold bits of the bytes that there are.
        if let Some(padding) = text.get_mut((self.length * 4).div_ceil(3)..length) {
            padding.fill(b'=');
        }
        self.sink.put(text.get(..length).unwrap_or_default());
        wipe(&mut self.kept);
    }
}

fn characters(bytes: &[u8; GROUP * GROUPS]) -> [u8; CHARACTERS * GROUPS] {
    let mut text = [0; CHARACTERS * GROUPS];
    for (there, &[a, b, c, d, e, f]) in text.as_chunks_mut().0.iter_mut().zip(bytes.as_chunks().0) {
        *there = characters_of_group(u64::from_le_bytes([a, b, c, d, e, f, 0, 0]));
    }
    text
}

/// The characters of six bytes, the first one lowest.
const fn characters_of_group(group: u64) -> [u8; CHARACTERS] {
    /// 1 in every byte.
    const ONES: u64 = u64::MAX / 0xff;
    /// The same bits in both halves.
    const fn both(bits: u64) -> u64 {
        bits | bits << 32
    }
    /// `by` in every byte that is at least so great; all are below 128.
    const fn leap(values: u64, least: u64, by: u64) -> u64 {
        let high = (values + ONES * (0x80 - least)) & (ONES * 0x80);
        (high - (high >> 7)) & (ONES * by)
    }
    // Three bytes in each half. Their 24 bits become four times six, each six in a byte of its own:
    // aaaaaabb bbbbcccc ccdddddd, where the byte on the left is the lowest one.
    let bits = (group & 0xff_ffff) | (group >> 24 << 32);
    let values = bits >> 2 & both(0x3f)
        | bits << 12 & both(0x3000)
        | bits >> 4 & both(0xf00)
        | bits << 10 & both(0x3c_0000)
        | bits >> 6 & both(0x3_0000)
        | bits << 8 & both(0x3f00_0000);
    // `A` to `Z`, and from there by leaps to `a`, `0`, `+` and `/`.
    let text = values + ONES * b'A' as u64 + leap(values, 26, 6) + leap(values, 63, 3)
        - leap(values, 52, 75)
        - leap(values, 62, 15);
    text.to_le_bytes()
}
