//! AES-128-GCM that looks at what it decrypted before the engine does.
//!
//! embedded-tls panics when the inner plaintext is empty and on handshake messages it does not expect after the handshake, and
//! takes messages after Finished. Its cipher type is ours, so these never reach it.
//!
//! A cipher is made anew for each record and knows nothing of the connection. What it must know, the phase, the record filter
//! writes into the version field of the header that it hands up, which is the additional data here; embedded-tls itself does not
//! look at that field. Before decryption the true version takes its place again.

use aes_gcm::Aes128Gcm;
use aes_gcm::aead::consts::{U0, U12, U16};
use aes_gcm::aead::generic_array::GenericArray;
use aes_gcm::aead::{AeadCore, AeadInPlace, Error, Key, KeyInit, KeySizeUser, Nonce, Tag};

use super::transcript::message;

/// Content types (RFC 8446 section 5.1).
pub(crate) mod content {
    pub(crate) const CHANGE_CIPHER_SPEC: u8 = 20;
    pub(crate) const ALERT: u8 = 21;
    pub(crate) const HANDSHAKE: u8 = 22;
    pub(crate) const APPLICATION_DATA: u8 = 23;
}

/// The version field of every protected record (RFC 8446 section 5.2).
pub(crate) const RECORD_VERSION: [u8; 2] = [3, 3];

/// What stands in its place towards the engine once the handshake is over.
pub(crate) const ESTABLISHED: [u8; 2] = [0xfe, 0xfe];

pub(crate) struct GuardedCipher(Aes128Gcm);

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

/// Why authentic plaintext must not reach the engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Objection {
    /// A handshake message does not end in its record: the engine cannot put it together.
    Split,
    /// The server gave up the handshake.
    Alert,
    /// It is not legal now.
    Illegal,
}

impl Objection {
    /// The engine learns of it by a content type that it refuses, each with an error of its own.
    fn replace(self, buffer: &mut [u8]) {
        buffer.fill(0);
        let stand_in: &[u8] = match self {
            // `TlsError::Unimplemented`
            Self::Split => &[content::CHANGE_CIPHER_SPEC],
            // A message of an unknown type: `TlsError::InvalidHandshake`
            Self::Alert => &[0xff, content::HANDSHAKE],
            // `TlsError::InvalidRecord`
            Self::Illegal => &[0xff],
        };
        for (byte, stand_in) in buffer.iter_mut().zip(stand_in) {
            *byte = *stand_in;
        }
    }
}

/// Whether this `TLSInnerPlaintext` (RFC 8446 section 5.2) is legal during the handshake, or after it.
pub(crate) fn inspect(plaintext: &[u8], established: bool) -> Result<(), Objection> {
    let unpadded = plaintext.iter().rposition(|byte| *byte != 0).and_then(|last| plaintext.get(..=last));
    let (kind, content) = unpadded.and_then(<[u8]>::split_last).ok_or(Objection::Illegal)?;
    match (*kind, established) {
        (content::HANDSHAKE, _) => inspect_messages(content, established),
        (content::APPLICATION_DATA, true) => Ok(()),
        (content::ALERT, true) if content.len() == 2 => Ok(()),
        (content::ALERT, false) if content.len() == 2 => Err(Objection::Alert),
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
            message::ENCRYPTED_EXTENSIONS
            | message::CERTIFICATE_REQUEST
            | message::CERTIFICATE
            | message::CERTIFICATE_VERIFY
            | message::FINISHED => !established,
            message::NEW_SESSION_TICKET => established,
            // A KeyUpdate is legal, but the engine cannot follow it: it ends the connection either way.
            _ => false,
        };
        if !legal {
            return Err(if kind == message::KEY_UPDATE { Objection::Split } else { Objection::Illegal });
        }
        let length =
            usize::try_from(u32::from_be_bytes([0, high, middle, low])).map_err(|_| Objection::Split)?;
        content = body.get(length..).ok_or(Objection::Split)?;
        // The keys change here: nothing may follow in the same record (section 5.1).
        if kind == message::FINISHED && !content.is_empty() {
            return Err(Objection::Illegal);
        }
    }
    if content.is_empty() { Ok(()) } else { Err(Objection::Split) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HANDSHAKE: bool = false;
    const AFTER: bool = true;

    #[test]
    fn what_is_legal_passes() {
        for (plaintext, established) in [
            (&[8, 0, 0, 2, 0, 0, 22][..], HANDSHAKE),
            (&[8, 0, 0, 2, 0, 0, 11, 0, 0, 0, 22, 0, 0], HANDSHAKE),
            (&[20, 0, 0, 1, 9, 22], HANDSHAKE),
            (&[4, 0, 0, 0, 4, 0, 0, 1, 5, 22], AFTER),
            (&[1, 0, 21], AFTER),
            (&[23], AFTER),
            (&[0, 0, 23, 0], AFTER),
        ] {
            assert_eq!(inspect(plaintext, established), Ok(()), "{plaintext:?} {established}");
        }
    }

    #[test]
    fn what_is_not_legal_does_not() {
        for (plaintext, established) in [
            (&[][..], AFTER),
            (&[0, 0, 0], AFTER),
            (&[0], HANDSHAKE),
            (&[22], HANDSHAKE),
            (&[1, 23], HANDSHAKE),
            (&[1, 20], HANDSHAKE),
            (&[1, 20], AFTER),
            (&[2, 21], HANDSHAKE),
            (&[2, 21], AFTER),
            (&[2, 40, 0, 21], AFTER),
            (&[20, 0, 0, 1, 9, 8, 0, 0, 0, 22], HANDSHAKE),
            (&[4, 0, 0, 0, 22], HANDSHAKE),
            (&[2, 0, 0, 0, 22], HANDSHAKE),
            (&[1, 0, 0, 0, 22], AFTER),
            (&[13, 0, 0, 0, 22], AFTER),
            (&[20, 0, 0, 1, 9, 22], AFTER),
            (&[11, 0, 0, 0, 22], AFTER),
            (&[99, 0, 0, 0, 22], AFTER),
        ] {
            assert_eq!(
                inspect(plaintext, established),
                Err(Objection::Illegal),
                "{plaintext:?} {established}"
            );
        }
    }

    #[test]
    fn an_alert_during_the_handshake_is_told_apart() {
        assert_eq!(inspect(&[2, 40, 21], HANDSHAKE), Err(Objection::Alert));
    }

    #[test]
    fn a_split_message_is_told_apart() {
        for plaintext in [&[11, 0, 0, 9, 1, 22][..], &[11, 0, 0, 22], &[8, 0, 0, 0, 11, 22]] {
            assert_eq!(inspect(plaintext, HANDSHAKE), Err(Objection::Split), "{plaintext:?}");
        }
    }
}
