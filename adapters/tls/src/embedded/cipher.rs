//! AES-128-GCM that checks decrypted records before the engine parses them.
//!
//! embedded-tls checks neither the content of a decrypted record nor whether its messages are legal at that point, and some content
//! makes it panic. The cipher type is an associated type of the engine's configuration, so a guard fits in here.
//!
//! The engine creates a cipher for each record, without any state of the connection. The one thing that the guard must know, whether
//! the handshake is over, comes from the record filter: it writes [`ESTABLISHED`] into the version field of the header, which is
//! the additional data here and which embedded-tls ignores. The true version is restored before decryption.

use aes_gcm::Aes128Gcm;
use aes_gcm::aead::consts::{U0, U12, U16};
use aes_gcm::aead::generic_array::GenericArray;
use aes_gcm::aead::{AeadCore, AeadInPlace, Error, Key, KeyInit, KeySizeUser, Nonce, Tag};

use crate::codes::{RECORD_VERSION, content_type, handshake_type};

/// The version field of headers that the record filter passes to the engine after the handshake.
pub(super) const ESTABLISHED: [u8; 2] = [0xfe, 0xfe];

pub(super) struct GuardedCipher(Aes128Gcm);

impl KeySizeUser for GuardedCipher {
    type KeySize = U16;
}

impl KeyInit for GuardedCipher {
    fn new(key: &Key<Self>) -> Self {
        Self(Aes128Gcm::new(key))
    }
}

impl AeadCore for GuardedCipher {
    type NonceSize = U12;
    type TagSize = U16;
    type CiphertextOverhead = U0;
}

impl AeadInPlace for GuardedCipher {
    fn encrypt_in_place_detached(
        &self,
        nonce: &Nonce<Self>,
        associated_data: &[u8],
        buffer: &mut [u8],
    ) -> Result<Tag<Self>, Error> {
        self.0.encrypt_in_place_detached(nonce, associated_data, buffer)
    }

    fn decrypt_in_place_detached(
        &self,
        nonce: &Nonce<Self>,
        associated_data: &[u8],
        buffer: &mut [u8],
        tag: &Tag<Self>,
    ) -> Result<(), Error> {
        let [kind, tagged_version @ .., length_high, length_low] = associated_data else { return Err(Error) };
        let header = [*kind, RECORD_VERSION[0], RECORD_VERSION[1], *length_high, *length_low];
        self.0.decrypt_in_place_detached(nonce, &header, buffer, GenericArray::from_slice(tag))?;
        if let Err(objection) = inspect(buffer, tagged_version == ESTABLISHED) {
            objection.replace(buffer);
        }
        Ok(())
    }
}

/// The reason why an authentic plaintext must not reach the engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Objection {
    /// A handshake message continues in the next record, which the engine does not support.
    Split,
    /// The server aborted the handshake with an alert.
    Alert,
    /// The content is not legal at this point.
    Illegal,
}

impl Objection {
    /// Replaces the plaintext with one that makes the engine fail with a distinct error for each reason.
    fn replace(self, buffer: &mut [u8]) {
        buffer.fill(0);
        let stand_in: &[u8] = match self {
            // `TlsError::Unimplemented`
            Self::Split => &[content_type::CHANGE_CIPHER_SPEC],
            // A message of an unknown type: `TlsError::InvalidHandshake`
            Self::Alert => &[0xff, content_type::HANDSHAKE],
            // `TlsError::InvalidRecord`
            Self::Illegal => &[0xff],
        };
        for (byte, stand_in) in buffer.iter_mut().zip(stand_in) {
            *byte = *stand_in;
        }
    }
}

/// Checks that a `TLSInnerPlaintext` (RFC 8446 section 5.2) is legal during the handshake, or after it (`established`).
pub(super) fn inspect(plaintext: &[u8], established: bool) -> Result<(), Objection> {
    let unpadded = plaintext.iter().rposition(|byte| *byte != 0).and_then(|last| plaintext.get(..=last));
    let (kind, content) = unpadded.and_then(<[u8]>::split_last).ok_or(Objection::Illegal)?;
    match (*kind, established) {
        (content_type::HANDSHAKE, _) => inspect_messages(content, established),
        (content_type::APPLICATION_DATA, true) => Ok(()),
        (content_type::ALERT, true) if content.len() == 2 => Ok(()),
        (content_type::ALERT, false) if content.len() == 2 => Err(Objection::Alert),
        _ => Err(Objection::Illegal),
    }
}

fn inspect_messages(mut content: &[u8], established: bool) -> Result<(), Objection> {
    if content.is_empty() {
        // RFC 8446 section 5.1: no zero-length handshake fragments.
        return Err(Objection::Illegal);
    }
    while let Some((header, body)) = content.split_first_chunk::<4>() {
        let [kind, high, middle, low] = *header;
        let legal = match kind {
            handshake_type::ENCRYPTED_EXTENSIONS
            | handshake_type::CERTIFICATE_REQUEST
            | handshake_type::CERTIFICATE
            | handshake_type::CERTIFICATE_VERIFY
            | handshake_type::FINISHED => !established,
            handshake_type::NEW_SESSION_TICKET => established,
            // A KeyUpdate is legal, but the engine does not support it: the connection ends.
            _ => false,
        };
        if !legal {
            return Err(if kind == handshake_type::KEY_UPDATE {
                Objection::Split
            } else {
                Objection::Illegal
            });
        }
        let length =
            usize::try_from(u32::from_be_bytes([0, high, middle, low])).map_err(|_| Objection::Split)?;
        content = body.get(length..).ok_or(Objection::Split)?;
        // The keys change here: nothing may follow in the same record (section 5.1).
        if kind == handshake_type::FINISHED && !content.is_empty() {
            return Err(Objection::Illegal);
        }
    }
    if content.is_empty() { Ok(()) } else { Err(Objection::Split) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HANDSHAKE: bool = false;
    const ESTABLISHED: bool = true;

    #[test]
    fn legal_plaintexts_pass() {
        for (plaintext, established) in [
            (&[8, 0, 0, 2, 0, 0, 22][..], HANDSHAKE),
            (&[8, 0, 0, 2, 0, 0, 11, 0, 0, 0, 22, 0, 0], HANDSHAKE),
            (&[20, 0, 0, 1, 9, 22], HANDSHAKE),
            (&[4, 0, 0, 0, 4, 0, 0, 1, 5, 22], ESTABLISHED),
            (&[1, 0, 21], ESTABLISHED),
            (&[23], ESTABLISHED),
            (&[0, 0, 23, 0], ESTABLISHED),
        ] {
            assert_eq!(inspect(plaintext, established), Ok(()), "{plaintext:?} {established}");
        }
    }

    /// Each of these is an error for the engine too, so the test holds no input that harms it.
    #[test]
    fn illegal_plaintexts_are_refused() {
        for (plaintext, established) in [
            (&[22][..], HANDSHAKE),
            (&[1, 23], HANDSHAKE),
            (&[1, 20], HANDSHAKE),
            (&[1, 20], ESTABLISHED),
            (&[2, 21], HANDSHAKE),
            (&[2, 21], ESTABLISHED),
            (&[4, 0, 0, 0, 22], HANDSHAKE),
            (&[1, 0, 0, 0, 22], ESTABLISHED),
            (&[99, 0, 0, 0, 22], ESTABLISHED),
        ] {
            assert_eq!(
                inspect(plaintext, established),
                Err(Objection::Illegal),
                "{plaintext:?} {established}"
            );
        }
    }

    /// Every plaintext of up to four bytes, by RFC 8446 section 5.2 and 5.4: the last byte that is not zero is the content type. Only
    /// application data and alerts are this short, and only application data may be empty.
    #[test]
    fn short_plaintexts_pass_only_as_application_data_or_alert() {
        for length in 0..=4_u32 {
            for number in 0..5_u32.pow(length) {
                let mut plaintext = [0; 4];
                for (index, byte) in (0..length).zip(&mut plaintext) {
                    *byte = [0, 1, 21, 22, 23][(number / 5_u32.pow(index) % 5) as usize];
                }
                let plaintext = &plaintext[..length as usize];
                let end = plaintext.iter().rposition(|byte| *byte != 0);
                let legal = end.is_some_and(|end| plaintext[end] == 23 || (plaintext[end] == 21 && end == 2));
                assert_eq!(inspect(plaintext, ESTABLISHED).is_ok(), legal, "{plaintext:?}");
                assert!(inspect(plaintext, HANDSHAKE).is_err(), "{plaintext:?}");
            }
        }
    }

    #[test]
    fn an_alert_during_the_handshake_has_its_own_objection() {
        assert_eq!(inspect(&[2, 40, 21], HANDSHAKE), Err(Objection::Alert));
    }

    #[test]
    fn a_split_message_has_its_own_objection() {
        for plaintext in [&[11, 0, 0, 9, 1, 22][..], &[11, 0, 0, 22], &[8, 0, 0, 0, 11, 22]] {
            assert_eq!(inspect(plaintext, HANDSHAKE), Err(Objection::Split), "{plaintext:?}");
        }
    }
}
