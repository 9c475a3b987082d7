//! Secrets on their way over the bus: encrypted with a key of the session, so that what records the bus does not have them.
//!
//! The algorithm `dh-ietf1024-sha256-aes128-cbc-pkcs7` of the Secret Service API.

use aes::Aes128;
use cbc::cipher::block_padding::Pkcs7;
use cbc::cipher::{BlockDecryptMut as _, BlockEncryptMut as _, KeyIvInit as _};
use cbc::{Decryptor, Encryptor};
use crypto_bigint::modular::runtime_mod::{DynResidue, DynResidueParams};
use crypto_bigint::{Encoding as _, U1024};
use hkdf::Hkdf;
use rand_core::{OsRng, RngCore as _};
use sha2::Sha256;
use zeroize::Zeroizing;

use super::super::Error;

pub(super) const ALGORITHM: &str = "dh-ietf1024-sha256-aes128-cbc-pkcs7";

const LENGTH: usize = 128;

/// The prime of the second Oakley group (RFC 2409, 6.2), which the algorithm prescribes.
const PRIME: U1024 = U1024::from_be_hex(concat!(
    "ffffffffffffffffc90fdaa22168c234c4c6628b80dc1cd129024e088a67cc74",
    "020bbea63b139b22514a08798e3404ddef9519b3cd3a431b302b0a6df25f1437",
    "4fe1356d6d51c245e485b576625e7ec6f44c42e9a637ed6b0bff5cb6f406b7ed",
    "ee386bfb5a899fa5ae9f24117c4b1fe649286651ece65381ffffffffffffffff",
));

const GENERATOR: U1024 = U1024::from_u8(2);

/// Our half of an exchange of keys.
pub(super) struct Half(Zeroizing<U1024>);

impl Half {
    pub(super) fn new() -> Result<Self, Error> {
        let mut bytes = Zeroizing::new([0; LENGTH]);
        random(&mut *bytes)?;
        Ok(Self(Zeroizing::new(U1024::from_be_slice(&*bytes))))
    }

    pub(super) fn public(&self) -> [u8; LENGTH] {
        self.power(&GENERATOR).to_be_bytes()
    }

    /// Returns the key that both halves make, unless the other is no number of the group or one whose powers are known.
    pub(super) fn key(&self, other: &[u8]) -> Option<Key> {
        let mut padded = [0; LENGTH];
        padded[LENGTH.checked_sub(other.len())?..].copy_from_slice(other);
        let other = U1024::from_be_slice(&padded);
        if other <= U1024::ONE || other >= PRIME.wrapping_sub(&U1024::ONE) {
            return None;
        }
        let shared = Zeroizing::new(Zeroizing::new(self.power(&other)).to_be_bytes());
        let mut key = Zeroizing::new([0; 16]);
        Hkdf::<Sha256>::new(None, &*shared).expand(&[], &mut *key).ok()?;
        Some(Key(key))
    }

    fn power(&self, base: &U1024) -> U1024 {
        DynResidue::new(base, DynResidueParams::new(&PRIME)).pow(&self.0).retrieve()
    }
}

/// The key of a session.
pub(super) struct Key(Zeroizing<[u8; 16]>);

/// A secret as it is sent.
pub(super) struct Sealed {
    /// The initialisation vector.
    pub(super) parameters: Vec<u8>,
    pub(super) value: Vec<u8>,
}

impl Key {
    pub(super) fn seal(&self, secret: &str) -> Result<Sealed, Error> {
        let mut vector = [0; 16];
        random(&mut vector)?;
        let cipher = Encryptor::<Aes128>::new(&(*self.0).into(), &vector.into());
        let value = cipher.encrypt_padded_vec_mut::<Pkcs7>(secret.as_bytes());
        Ok(Sealed { parameters: vector.to_vec(), value })
    }

    pub(super) fn open(&self, sealed: Sealed) -> Result<Zeroizing<String>, Error> {
        let cipher = Decryptor::<Aes128>::new_from_slices(&*self.0, &sealed.parameters);
        let mut value = Zeroizing::new(sealed.value);
        let secret = cipher.ok().and_then(|cipher| cipher.decrypt_padded_mut::<Pkcs7>(&mut value).ok());
        let secret = secret.ok_or_else(|| Error::Refused("its secret cannot be decrypted".to_owned()))?;
        let text = str::from_utf8(secret).map_err(|_| Error::NotText)?;
        Ok(Zeroizing::new(text.to_owned()))
    }
}

fn random(bytes: &mut [u8]) -> Result<(), Error> {
    OsRng.try_fill_bytes(bytes).map_err(|error| Error::Refused(format!("no random numbers: {error}")))
}

#[cfg(test)]
mod tests {
    use crypto_bigint::{Encoding as _, U1024};

    use super::super::super::Error;
    use super::{Half, LENGTH, PRIME, Sealed};

    fn half() -> Half {
        Half::new().ok().expect("random numbers")
    }

    #[test]
    fn both_halves_make_the_same_key() {
        let (ours, theirs) = (half(), half());
        let [ours, theirs] = [ours.key(&theirs.public()).unwrap(), theirs.key(&ours.public()).unwrap()];
        for secret in ["", "s3cret", "sixteen letters!", &"ü".repeat(1000)] {
            let sealed = ours.seal(secret).ok().unwrap();
            assert_eq!(theirs.open(sealed).ok().unwrap().as_str(), secret);
        }
    }

    #[test]
    fn a_half_whose_powers_are_known_makes_no_key() {
        for number in [U1024::ZERO, U1024::ONE, PRIME.wrapping_sub(&U1024::ONE), PRIME] {
            assert!(half().key(&number.to_be_bytes()).is_none());
        }
        assert!(half().key(&[2; LENGTH + 1]).is_none());
        assert!(half().key(&[]).is_none());
        assert!(half().key(&[4]).is_some());
    }

    #[test]
    fn what_no_key_or_another_key_made_is_not_opened() {
        let key = half().key(&[4]).unwrap();
        let sealed = [
            Sealed { parameters: vec![0; 16], value: Vec::new() },
            Sealed { parameters: vec![0; 16], value: vec![7; 15] },
            Sealed { parameters: vec![0; 15], value: vec![7; 16] },
        ];
        for sealed in sealed {
            assert!(matches!(key.open(sealed), Err(Error::Refused(_))));
        }
        // Of 256 other keys one makes a padding that is possible, but not this text.
        let sealed = half().key(&[4]).unwrap().seal("s3cret").ok().unwrap();
        assert!(key.open(sealed).ok().is_none_or(|text| *text != "s3cret"));
    }
}
