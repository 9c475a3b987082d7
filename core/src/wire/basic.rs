//! The `Authorization` value of Basic authentication, RFC 7617: `Basic`, a space, and identifier, colon and secret in
//! Base64 (RFC 4648 section 4).

use super::form;
use super::sink::Sink;
use crate::settings::ClientAuth;

const SCHEME: &str = "Basic ";
const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Identifier and secret of a client, to be sent as `Basic` or `BasicFormEncoded`.
pub(super) struct Credentials<'a> {
    pub(super) id: &'a str,
    pub(super) secret: &'a str,
    pub(super) form_encoded: bool,
}

impl<'a> Credentials<'a> {
    /// `None` for the authentication that has no such header.
    pub(super) const fn new(id: &'a str, secret: &'a str, auth: ClientAuth) -> Option<Self> {
        let form_encoded = match auth {
            ClientAuth::Basic => false,
            ClientAuth::BasicFormEncoded => true,
            ClientAuth::RequestBody => return None,
        };
        Some(Self { id, secret, form_encoded })
    }

    /// Exact length of the value.
    pub(super) fn len(&self) -> usize {
        let length = |text: &str| {
            if self.form_encoded { form::encoded_len(text) } else { text.len() }
        };
        let plain = length(self.id).saturating_add(length(self.secret)).saturating_add(1);
        plain.div_ceil(3).saturating_mul(4).saturating_add(SCHEME.len())
    }

    pub(super) fn write(&self, sink: &mut Sink<'_>) {
        sink.put(SCHEME.as_bytes());
        let mut base64 = Base64::new(sink);
        self.write_part(self.id, &mut base64);
        // The colon that separates them is never encoded.
        base64.push(b':');
        self.write_part(self.secret, &mut base64);
        base64.finish();
    }

    fn write_part(&self, text: &str, base64: &mut Base64<'_, '_>) {
        if self.form_encoded {
            form::encode(text, |bytes| base64.push_all(bytes));
        } else {
            base64.push_all(text.as_bytes());
        }
    }
}

/// Writes Base64 of bytes that come in pieces.
struct Base64<'s, 'b> {
    sink: &'s mut Sink<'b>,
    /// The bytes that do not make up a group of three yet, the latest lowest.
    pending: u32,
    count: u8,
}

impl<'s, 'b> Base64<'s, 'b> {
    const fn new(sink: &'s mut Sink<'b>) -> Self {
        Self { sink, pending: 0, count: 0 }
    }

    fn push_all(&mut self, bytes: &[u8]) {
        let mut rest = bytes.iter();
        while self.count != 0
            && let Some(&byte) = rest.next()
        {
            self.push(byte);
        }
        let (groups, remainder) = rest.as_slice().as_chunks();
        if let Some(place) = self.sink.place(groups.len().saturating_mul(4)) {
            for (place, &[a, b, c]) in place.as_chunks_mut().0.iter_mut().zip(groups) {
                *place = quartet(u32::from_be_bytes([0, a, b, c]));
            }
        }
        for &byte in remainder {
            self.push(byte);
        }
    }

    fn push(&mut self, byte: u8) {
        self.pending = self.pending << 8 | u32::from(byte);
        self.count += 1;
        if self.count == 3 {
            self.sink.put(&quartet(self.pending));
            self.pending = 0;
            self.count = 0;
        }
    }

    /// The last group, padded.
    fn finish(self) {
        match self.count {
            1 => {
                let [a, b, ..] = quartet(self.pending << 16);
                self.sink.put(&[a, b, b'=', b'=']);
            }
            2 => {
                let [a, b, c, _] = quartet(self.pending << 8);
                self.sink.put(&[a, b, c, b'=']);
            }
            _ => {}
        }
    }
}

/// The four characters of 24 bits.
fn quartet(bits: u32) -> [u8; 4] {
    [18, 12, 6, 0].map(|shift| ALPHABET[(bits >> shift & 0x3f) as usize])
}
