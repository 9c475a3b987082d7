//! The signature schemes of the `ClientHello`.
//!
//! embedded-tls offers a fixed list that includes schemes which are not supported here, and a server may select one of them. In the
//! outgoing message they are replaced with reserved values that servers ignore (GREASE, RFC 8701). The transcript hashes the bytes
//! that were sent.

use core::ops::Range;

use super::reader::Reader;
use crate::codes::{extension_type, handshake_type};

/// The longest list in bytes: embedded-tls keeps at most 25 schemes.
const MAX_LIST: usize = 50;

/// Returns whether a scheme is supported, in chains or in `CertificateVerify` (RFC 8446 section 4.2.3).
pub(super) fn is_supported(scheme: [u8; 2]) -> bool {
    match u16::from_be_bytes(scheme) {
        // ecdsa_secp256r1_sha256
        0x0403 => true,
        // rsa_pkcs1_sha256 and _sha384, rsa_pss_rsae_sha256 and _sha384
        0x0401 | 0x0501 | 0x0804 | 0x0805 => cfg!(feature = "rsa"),
        // ecdsa_secp384r1_sha384
        0x0503 => cfg!(feature = "p384"),
        // rsa_pkcs1_sha512, rsa_pss_rsae_sha512
        0x0601 | 0x0806 => cfg!(all(feature = "rsa", feature = "sha512")),
        _ => false,
    }
}

/// The list of signature schemes that is sent in a `ClientHello`, and its position in the message.
#[derive(Clone)]
pub(super) struct Offer {
    position: Range<usize>,
    list: [u8; MAX_LIST],
}

impl Offer {
    /// Creates the list for `hello`, a whole handshake message. `None` if it is not a `ClientHello` with such a list.
    pub(super) fn of(hello: &[u8]) -> Option<Self> {
        let position = locate(hello)?;
        let mut list = [0; MAX_LIST];
        let offered = hello.get(position.clone())?;
        let slots = list.get_mut(..offered.len())?;
        for ((slot, scheme), grease) in
            slots.chunks_exact_mut(2).zip(offered.chunks_exact(2)).zip((0x0a..).step_by(0x10))
        {
            let scheme = *scheme.first_chunk::<2>()?;
            *slot.first_chunk_mut()? = if is_supported(scheme) { scheme } else { [grease; 2] };
        }
        Some(Self { position, list })
    }

    /// Moves the position by the length of a header before the message.
    pub(super) fn shifted(mut self, bytes: usize) -> Self {
        self.position = self.position.start + bytes..self.position.end + bytes;
        self
    }

    /// Returns the next contiguous bytes to send or to hash, where `rest` is the engine's message from `offset` on.
    pub(super) fn piece<'p>(&'p self, offset: usize, rest: &'p [u8]) -> &'p [u8] {
        let Range { start, end } = self.position;
        let piece = if offset < start {
            rest.get(..start - offset)
        } else if offset < end {
            self.list.get(offset - start..end - start)
        } else {
            Some(rest)
        };
        let piece = piece.unwrap_or(rest);
        piece.get(..rest.len()).unwrap_or(piece)
    }
}

fn locate(hello: &[u8]) -> Option<Range<usize>> {
    let mut reader = Reader::new(hello);
    if reader.take(4)?.first() != Some(&handshake_type::CLIENT_HELLO) {
        return None;
    }
    // Version and random; session id; cipher suites; compression methods.
    reader.take(2 + 32)?;
    reader.vector8()?;
    reader.vector16()?;
    reader.vector8()?;
    let extensions = reader.u16()?;
    let end = reader.position().checked_add(usize::from(extensions))?;
    while reader.position() < end {
        let kind = reader.u16()?;
        let data = reader.vector16()?;
        if kind == extension_type::SIGNATURE_ALGORITHMS {
            let list = Reader::new(data).vector16()?;
            let start = reader.position().checked_sub(list.len())?;
            return (list.len() + 2 == data.len() && list.len() <= MAX_LIST && list.len().is_multiple_of(2))
                .then_some(start..start + list.len());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns a `ClientHello` as embedded-tls writes it: versions, the signature algorithms `schemes`, groups.
    fn hello<'b>(buffer: &'b mut [u8; 128], schemes: &[u8]) -> &'b [u8] {
        let mut at = 0;
        let mut put = |bytes: &[u8]| {
            buffer[at..at + bytes.len()].copy_from_slice(bytes);
            at += bytes.len();
        };
        let list = u8::try_from(schemes.len()).unwrap();
        put(&[1, 0, 0, 64 + list, 3, 3]);
        put(&[7; 32]);
        put(&[0, 0, 2, 0x13, 0x01, 1, 0, 0, 7 + 6 + list + 5]);
        put(&[0, 43, 0, 3, 2, 3, 4, 0, 13, 0, list + 2, 0, list]);
        put(schemes);
        put(&[0, 10, 0, 1, 9]);
        &buffer[..at]
    }

    fn sent<'b>(hello: &[u8], out: &'b mut [u8; 128]) -> &'b [u8] {
        let offer = Offer::of(hello).unwrap();
        let mut position = 0;
        while position < hello.len() {
            let piece = offer.piece(position, &hello[position..]);
            out[position..position + piece.len()].copy_from_slice(piece);
            position += piece.len();
        }
        &out[..position]
    }

    #[test]
    fn only_unsupported_schemes_are_replaced() {
        let mut buffer = [0; 128];
        let before = hello(&mut buffer, &[4, 3, 8, 7, 8, 4, 8, 8, 4, 1]);
        let mut out = [0; 128];
        let after = sent(before, &mut out);
        let mut buffer = [0; 128];
        assert_eq!(after, hello(&mut buffer, &[4, 3, 0x1a, 0x1a, 8, 4, 0x3a, 0x3a, 4, 1]));
    }

    #[test]
    fn an_incomplete_client_hello_has_no_list() {
        let mut buffer = [0; 128];
        let whole = hello(&mut buffer, &[4, 3]);
        // The list is the last extension but one. These prefixes lack a part of it.
        for end in 0..whole.len() - 5 - 2 {
            assert!(Offer::of(&whole[..end]).is_none(), "{end}");
        }
    }
}
