//! The key schedule (RFC 8446 section 7.1) and the keys of records (section 7.3).

#[cfg(feature = "nal")]
use zeroize::Zeroize;
use zeroize::Zeroizing;

use super::hash::{Secret, empty, hmac};
use super::primitives::{NONCE, Primitives};
use super::suite::{CipherSuite, HashAlgorithm};
use super::writer::Writer;
use crate::copy::copy;

/// The label of a secret (section 7.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Label {
    Derived,
    ResumptionBinder,
    ClientHandshake,
    ServerHandshake,
    ClientApplication,
    ServerApplication,
    ResumptionMaster,
}

impl Label {
    fn text(self) -> &'static [u8] {
        match self {
            Self::Derived => b"derived",
            Self::ResumptionBinder => b"res binder",
            Self::ClientHandshake => b"c hs traffic",
            Self::ServerHandshake => b"s hs traffic",
            Self::ClientApplication => b"c ap traffic",
            Self::ServerApplication => b"s ap traffic",
            Self::ResumptionMaster => b"res master",
        }
    }
}

/// Computes HKDF-Expand-Label, with at most one block of output (RFC 5869 section 2.3).
fn expand_label(hash: HashAlgorithm, secret: &Secret, label: &[u8], context: &[u8], out: &mut [u8]) {
    const PREFIX: &[u8] = b"tls13 ";
    let mut info = [0; 2 + 1 + 18 + 1 + HashAlgorithm::MAX_LENGTH + 255];
    let mut writer = Writer::new(&mut info);
    writer.u16(u16::try_from(out.len()).unwrap_or_default());
    let open = writer.open(1);
    writer.bytes(PREFIX);
    writer.bytes(label);
    writer.close(&open);
    let open = writer.open(1);
    writer.bytes(context);
    writer.close(&open);
    let length = writer.finish().unwrap_or_default();
    let info = info.get(..length).unwrap_or_default();
    let block = hmac(hash, key_of(hash, secret), &[info, &[1]]);
    copy(block.as_slice(), out);
}

fn key_of(hash: HashAlgorithm, secret: &Secret) -> &[u8] {
    secret.get(..hash.length()).unwrap_or_default()
}

/// Computes HKDF-Extract (RFC 5869 section 2.2).
fn extract(hash: HashAlgorithm, salt: &Secret, input: &[u8]) -> Secret {
    hmac(hash, key_of(hash, salt), &[input])
}

/// Computes Derive-Secret from the digest of the messages.
pub(super) fn derive(hash: HashAlgorithm, secret: &Secret, label: Label, digest: &Secret) -> Secret {
    let mut out = empty();
    let place = out.get_mut(..hash.length()).unwrap_or_default();
    expand_label(hash, secret, label.text(), digest.get(..hash.length()).unwrap_or_default(), place);
    out
}

/// Computes the early secret from a pre-shared key, or from none.
pub(super) fn early_secret(hash: HashAlgorithm, psk: Option<&Secret>) -> Secret {
    let zeros = empty();
    let psk = psk.unwrap_or(&zeros);
    extract(hash, &zeros, key_of(hash, psk))
}

/// Computes the next main secret: the handshake secret from the early secret, the master secret from the handshake secret.
///
/// `none` is the digest of no messages. `input` is the shared secret of the key exchange; the master secret has none.
pub(super) fn next_secret(
    hash: HashAlgorithm,
    secret: &Secret,
    none: &Secret,
    input: Option<&[u8]>,
) -> Secret {
    let salt = derive(hash, secret, Label::Derived, none);
    let zeros = empty();
    extract(hash, &salt, input.unwrap_or(key_of(hash, &zeros)))
}

/// Computes the pre-shared key of a ticket (section 4.6.1).
pub(super) fn ticket_key(hash: HashAlgorithm, resumption_master: &Secret, nonce: &[u8]) -> Secret {
    let mut out = empty();
    let place = out.get_mut(..hash.length()).unwrap_or_default();
    expand_label(hash, resumption_master, b"resumption", nonce, place);
    out
}

/// Computes the content of a Finished message or binder (section 4.4.4) from the sender's secret.
pub(super) fn verify_data(hash: HashAlgorithm, secret: &Secret, digest: &Secret) -> Secret {
    let mut key = empty();
    expand_label(hash, secret, b"finished", &[], key.get_mut(..hash.length()).unwrap_or_default());
    hmac(hash, key_of(hash, &key), &[digest.get(..hash.length()).unwrap_or_default()])
}

/// The keys that protect the records of one direction. There are none before the `ServerHello`.
pub(super) struct TrafficKeys<P: Primitives> {
    secret: Secret,
    key: Option<P::Key>,
    iv: Zeroizing<[u8; NONCE]>,
    sequence: u64,
}

impl<P: Primitives> TrafficKeys<P> {
    pub(super) fn none() -> Self {
        Self { secret: empty(), key: None, iv: Zeroizing::new([0; NONCE]), sequence: 0 }
    }

    /// Derives the keys from a traffic secret, in place: a moved key would leave a copy behind.
    pub(super) fn set(&mut self, suite: CipherSuite, secret: &Secret) {
        copy(secret.as_slice(), self.secret.as_mut_slice());
        let mut key = Zeroizing::new([0; CipherSuite::MAX_KEY]);
        let key = key.get_mut(..suite.key_length()).unwrap_or_default();
        expand_label(suite.hash(), &self.secret, b"key", &[], key);
        expand_label(suite.hash(), &self.secret, b"iv", &[], self.iv.as_mut_slice());
        self.key = P::key(suite, key);
        self.sequence = 0;
    }

    /// Computes the next generation of keys (section 7.2).
    pub(super) fn update(&mut self, suite: CipherSuite) {
        let mut next = empty();
        let place = next.get_mut(..suite.hash().length()).unwrap_or_default();
        expand_label(suite.hash(), &self.secret, b"traffic upd", &[], place);
        self.set(suite, &next);
    }

    /// Wipes secret and keys.
    #[cfg(feature = "nal")]
    pub(super) fn forget(&mut self) {
        self.secret.zeroize();
        self.key = None;
        self.iv.zeroize();
    }

    pub(super) fn secret(&self) -> &Secret {
        &self.secret
    }

    /// Returns the key; `None` if there is none yet.
    pub(super) fn key(&self) -> Option<&P::Key> {
        self.key.as_ref()
    }

    /// Returns the number of records that they have protected.
    pub(super) fn sequence(&self) -> u64 {
        self.sequence
    }

    /// Computes the nonce of the next record (section 5.3).
    pub(super) fn next_nonce(&mut self) -> [u8; NONCE] {
        let mut nonce = *self.iv;
        for (byte, sequence) in nonce.iter_mut().rev().zip(self.sequence.to_le_bytes()) {
            *byte ^= sequence;
        }
        self.sequence = self.sequence.wrapping_add(1);
        nonce
    }
}
