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

use super::{messages, unsupported_scheme};
use crate::codes::{RECORD_VERSION, alert, content_type, handshake_type};
use crate::copy::copy;

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
        guard(buffer, tagged_version == ESTABLISHED);
        Ok(())
    }
}

/// Leaves only content in a decrypted record that the engine handles: handshake messages during the handshake, application data and
/// alerts after it. Everything else is replaced.
fn guard(plaintext: &mut [u8], established: bool) {
    match inspect(plaintext, established) {
        Ok(Content::Ignored) => replace(plaintext, &[content_type::APPLICATION_DATA]),
        Ok(Content::Messages { length }) => {
            unsupported_scheme::mark(plaintext.get_mut(..length).unwrap_or_default());
        }
        Ok(Content::Unchanged) => {}
        Err(objection) => replace(plaintext, objection.stand_in()),
    }
}

/// Replaces a plaintext; the rest of it becomes padding.
fn replace(plaintext: &mut [u8], stand_in: &[u8]) {
    plaintext.fill(0);
    copy(stand_in, plaintext);
}

/// What a legal plaintext contains.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Content {
    /// Handshake messages during the handshake, of this length in bytes.
    Messages { length: usize },
    /// Application data, or an alert after the handshake.
    Unchanged,
    /// Content that has no effect: session tickets, which are not used, and `user_canceled` (RFC 8446 section 6.1).
    Ignored,
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
    /// A handshake message is malformed, or contains what was not offered.
    Malformed,
}

impl Objection {
    /// Returns a plaintext with which the engine fails, with a distinct error for each reason.
    fn stand_in(self) -> &'static [u8] {
        match self {
            // `TlsError::Unimplemented`
            Self::Split => &[content_type::CHANGE_CIPHER_SPEC],
            // A message of an unknown type: `TlsError::InvalidHandshake`
            Self::Alert => &[0xff, content_type::HANDSHAKE],
            // `TlsError::InvalidRecord`
            Self::Illegal => &[0xff],
            // A message without its fields: `TlsError::InvalidExtensionsLength`
            Self::Malformed => &[handshake_type::ENCRYPTED_EXTENSIONS, 0, 0, 0, content_type::HANDSHAKE],
        }
    }
}

/// The greatest length of a `TLSInnerPlaintext`: 2^14 bytes of content and its type (RFC 8446 section 5.4).
const MAX_PLAINTEXT: usize = (1 << 14) + 1;

/// Checks that a `TLSInnerPlaintext` (RFC 8446 section 5.2) is legal during the handshake, or after it (`established`).
pub(super) fn inspect(plaintext: &[u8], established: bool) -> Result<Content, Objection> {
    if plaintext.len() > MAX_PLAINTEXT {
        return Err(Objection::Illegal);
    }
    let unpadded = plaintext.iter().rposition(|byte| *byte != 0).and_then(|last| plaintext.get(..=last));
    let (kind, content) = unpadded.and_then(<[u8]>::split_last).ok_or(Objection::Illegal)?;
    match (*kind, established, content) {
        (content_type::HANDSHAKE, false, _) => {
            inspect_messages(content, established)?;
            Ok(Content::Messages { length: content.len() })
        }
        (content_type::HANDSHAKE, true, _) => {
            // After the handshake there is one error for both.
            inspect_messages(content, established).map_err(|objection| match objection {
                Objection::Malformed => Objection::Illegal,
                objection => objection,
            })?;
            Ok(Content::Ignored)
        }
        (content_type::ALERT, true, [_, alert::USER_CANCELED]) => Ok(Content::Ignored),
        (content_type::ALERT, true, [_, _]) | (content_type::APPLICATION_DATA, true, _) => {
            Ok(Content::Unchanged)
        }
        (content_type::ALERT, false, [_, _]) => Err(Objection::Alert),
        _ => Err(Objection::Illegal),
    }
}

fn inspect_messages(mut content: &[u8], established: bool) -> Result<(), Objection> {
    if content.is_empty() {
        // RFC 8446 section 5.1: no zero-length handshake fragments.
        return Err(Objection::Illegal);
    }
    while let Some((header, rest)) = content.split_first_chunk::<4>() {
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
        let (body, rest) = rest.split_at_checked(length).ok_or(Objection::Split)?;
        if !messages::is_well_formed(kind, body) {
            return Err(Objection::Malformed);
        }
        content = rest;
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

    /// `EncryptedExtensions` without extensions.
    const EXTENSIONS: [u8; 6] = [8, 0, 0, 2, 0, 0];
    /// A `NewSessionTicket` with a ticket of one byte.
    const TICKET: [u8; 18] = [4, 0, 0, 14, 0, 0, 0, 9, 1, 2, 3, 4, 0, 0, 1, 7, 0, 0];

    /// Joins parts to a plaintext and inspects it.
    fn judge(parts: &[&[u8]], established: bool) -> Result<Content, Objection> {
        let mut buffer = [0; 128];
        let mut length = 0;
        for part in parts {
            buffer[length..length + part.len()].copy_from_slice(part);
            length += part.len();
        }
        inspect(&buffer[..length], established)
    }

    #[test]
    fn legal_plaintexts_pass() {
        let messages = |length| Ok(Content::Messages { length });
        assert_eq!(judge(&[&EXTENSIONS, &[22]], HANDSHAKE), messages(6));
        assert_eq!(judge(&[&EXTENSIONS, &[11, 0, 0, 4, 0, 0, 0, 0, 22, 0, 0]], HANDSHAKE), messages(14));
        assert_eq!(judge(&[&[20, 0, 0, 32], &[9; 32], &[22]], HANDSHAKE), messages(36));
        assert_eq!(judge(&[&TICKET, &TICKET, &[22]], ESTABLISHED), Ok(Content::Ignored));
        // user_canceled: close_notify follows.
        assert_eq!(judge(&[&[1, 90, 21]], ESTABLISHED), Ok(Content::Ignored));
        for plaintext in [&[1, 0, 21][..], &[23], &[0, 0, 23, 0]] {
            assert_eq!(inspect(plaintext, ESTABLISHED), Ok(Content::Unchanged), "{plaintext:?}");
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

    #[test]
    fn malformed_messages_are_refused() {
        // A byte of no type of message, so that it is an error for the engine too.
        let longer = [8, 0, 0, 3, 0, 0, 0xff, 22];
        assert_eq!(inspect(&longer, HANDSHAKE), Err(Objection::Malformed));
        let mut longer = [0; 20];
        longer[..18].copy_from_slice(&TICKET);
        (longer[3], longer[18], longer[19]) = (15, 0xff, 22);
        assert_eq!(inspect(&longer, ESTABLISHED), Err(Objection::Illegal));
    }

    #[test]
    fn a_plaintext_beyond_the_limit_is_refused() {
        static PLAINTEXT: [u8; MAX_PLAINTEXT + 1] = {
            let mut plaintext = [0; MAX_PLAINTEXT + 1];
            plaintext[0] = 23;
            plaintext
        };
        assert_eq!(inspect(&PLAINTEXT[..MAX_PLAINTEXT], ESTABLISHED), Ok(Content::Unchanged));
        assert_eq!(inspect(&PLAINTEXT, ESTABLISHED), Err(Objection::Illegal));
    }

    /// Whatever is legal or not: after the handshake the engine parses no handshake message.
    #[test]
    fn after_the_handshake_the_engine_receives_no_handshake_messages() {
        for kind in 0..=u8::MAX {
            let mut plaintext = [0; 19];
            plaintext[..18].copy_from_slice(&TICKET);
            (plaintext[0], plaintext[18]) = (kind, 22);
            guard(&mut plaintext, ESTABLISHED);
            let end = plaintext.iter().rposition(|byte| *byte != 0).unwrap();
            assert_ne!(plaintext[end], content_type::HANDSHAKE, "{kind}");
        }
    }

    #[test]
    fn every_objection_fits_into_the_plaintext_it_replaces() {
        let malformed = [8, 0, 0, 0, 22];
        assert_eq!(inspect(&malformed, HANDSHAKE), Err(Objection::Malformed));
        let mut plaintext = malformed;
        guard(&mut plaintext, HANDSHAKE);
        assert_eq!(plaintext, Objection::Malformed.stand_in());
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
        for plaintext in [&[11, 0, 0, 9, 1, 22][..], &[11, 0, 0, 22], &[8, 0, 0, 2, 0, 0, 11, 22]] {
            assert_eq!(inspect(plaintext, HANDSHAKE), Err(Objection::Split), "{plaintext:?}");
        }
    }
}
