//! The key schedule and the protection of records.

use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes128Gcm, Nonce};
use chacha20poly1305::ChaCha20Poly1305;
use hkdf::Hkdf;
use sha2::{Digest, Sha256};

/// The content type of application data, and of every protected record.
pub const APPLICATION_DATA: u8 = 23;

/// A cipher suite, with SHA-256.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Suite {
    Aes128Gcm,
    ChaCha20Poly1305,
}

impl Suite {
    pub(super) fn number(self) -> [u8; 2] {
        match self {
            Self::Aes128Gcm => [0x13, 0x01],
            Self::ChaCha20Poly1305 => [0x13, 0x03],
        }
    }
}

#[derive(Clone)]
enum Cipher {
    Aes128Gcm(Box<Aes128Gcm>),
    ChaCha20Poly1305(ChaCha20Poly1305),
}

impl Cipher {
    fn new(suite: Suite, secret: &[u8; 32]) -> Self {
        match suite {
            Suite::Aes128Gcm => {
                let mut key = [0; 16];
                expand(secret, "key", &[], &mut key);
                Self::Aes128Gcm(Box::new(Aes128Gcm::new(&key.into())))
            }
            Suite::ChaCha20Poly1305 => {
                let mut key = [0; 32];
                expand(secret, "key", &[], &mut key);
                Self::ChaCha20Poly1305(ChaCha20Poly1305::new(&key.into()))
            }
        }
    }

    fn seal(&self, nonce: &[u8; 12], payload: Payload<'_, '_>) -> Vec<u8> {
        let nonce = Nonce::from_slice(nonce);
        match self {
            Self::Aes128Gcm(cipher) => cipher.encrypt(nonce, payload),
            Self::ChaCha20Poly1305(cipher) => cipher.encrypt(nonce, payload),
        }
        .unwrap()
    }

    fn open(&self, nonce: &[u8; 12], payload: Payload<'_, '_>) -> Option<Vec<u8>> {
        let nonce = Nonce::from_slice(nonce);
        match self {
            Self::Aes128Gcm(cipher) => cipher.decrypt(nonce, payload),
            Self::ChaCha20Poly1305(cipher) => cipher.decrypt(nonce, payload),
        }
        .ok()
    }
}

/// The key of one direction, and the number of records it protected.
#[derive(Clone)]
pub struct Traffic {
    cipher: Cipher,
    iv: [u8; 12],
    secret: [u8; 32],
    sequence: u64,
}

impl Traffic {
    pub(super) fn new(suite: Suite, secret: [u8; 32]) -> Self {
        Self::at(suite, secret, 0)
    }

    /// The same, after this many records.
    pub(super) fn at(suite: Suite, secret: [u8; 32], sequence: u64) -> Self {
        let mut iv = [0; 12];
        expand(&secret, "iv", &[], &mut iv);
        Self { cipher: Cipher::new(suite, &secret), iv, secret, sequence }
    }

    /// Returns the keys after these (RFC 8446 section 7.2).
    pub(super) fn next(&self) -> Self {
        let mut secret = [0; 32];
        expand(&self.secret, "traffic upd", &[], &mut secret);
        let suite = match self.cipher {
            Cipher::Aes128Gcm(_) => Suite::Aes128Gcm,
            Cipher::ChaCha20Poly1305(_) => Suite::ChaCha20Poly1305,
        };
        Self::new(suite, secret)
    }

    pub(super) fn secret(&self) -> &[u8; 32] {
        &self.secret
    }

    /// Counts a record that was opened with a copy.
    pub(super) fn count(&mut self) {
        self.sequence += 1;
    }

    fn nonce(&mut self) -> [u8; 12] {
        let mut nonce = self.iv;
        for (byte, sequence) in nonce.iter_mut().rev().zip(self.sequence.to_le_bytes()) {
            *byte ^= sequence;
        }
        self.sequence += 1;
        nonce
    }

    /// Returns a protected record of this inner plaintext, which includes content type and padding.
    pub fn seal(&mut self, inner: &[u8]) -> Vec<u8> {
        let length = u16::try_from(inner.len() + 16).unwrap().to_be_bytes();
        let header = [APPLICATION_DATA, 3, 3, length[0], length[1]];
        let nonce = self.nonce();
        let sealed = self.cipher.seal(&nonce, Payload { msg: inner, aad: &header });
        [&header[..], &sealed].concat()
    }

    pub(super) fn open(&mut self, record: &[u8]) -> Option<Vec<u8>> {
        let (header, sealed) = record.split_at(5);
        let nonce = self.nonce();
        self.cipher.open(&nonce, Payload { msg: sealed, aad: header })
    }
}

/// HKDF-Expand-Label (RFC 8446 section 7.1).
pub(super) fn expand(secret: &[u8; 32], label: &str, context: &[u8], out: &mut [u8]) {
    let length = u16::try_from(out.len()).unwrap().to_be_bytes();
    let label = format!("tls13 {label}");
    let counted = |bytes: &[u8]| [&[u8::try_from(bytes.len()).unwrap()], bytes].concat();
    let info = [&length[..], &counted(label.as_bytes()), &counted(context)].concat();
    Hkdf::<Sha256>::from_prk(secret).unwrap().expand(&info, out).unwrap();
}

/// Derive-Secret.
pub(super) fn derive(secret: &[u8; 32], label: &str, transcript: &[u8]) -> [u8; 32] {
    let mut out = [0; 32];
    expand(secret, label, &Sha256::digest(transcript), &mut out);
    out
}

/// HKDF-Extract.
pub(super) fn extract(salt: &[u8], secret: &[u8]) -> [u8; 32] {
    Hkdf::<Sha256>::extract(Some(salt), secret).0.into()
}

/// What Finished holds (RFC 8446 section 4.4.4), from the sender's secret.
pub(super) fn verify_data(secret: &[u8; 32], transcript: &[u8]) -> [u8; 32] {
    let mut key = [0; 32];
    expand(secret, "finished", &[], &mut key);
    let mut mac = <hkdf::hmac::Hmac<Sha256> as hkdf::hmac::Mac>::new_from_slice(&key).unwrap();
    hkdf::hmac::Mac::update(&mut mac, &Sha256::digest(transcript));
    hkdf::hmac::Mac::finalize(mac).into_bytes().into()
}
