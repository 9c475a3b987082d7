//! Local secrets of consumers. They are generated here, so that a fast hash is sufficient to store them.

use std::fmt::{self, Write as _};
use std::io;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use genesys_token_tokio::store::Keys;
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use crate::random;

/// A secret of 256 random bits, and its hash for the configuration.
pub struct NewSecret {
    secret: Zeroizing<String>,
    hash: String,
}

impl NewSecret {
    /// Generates a secret.
    ///
    /// # Errors
    /// The system's random generator failed.
    pub fn new() -> io::Result<Self> {
        let secret = Zeroizing::new(URL_SAFE_NO_PAD.encode(random::bytes::<32>()?.as_slice()));
        let mut hash = String::new();
        for byte in Sha256::digest(secret.as_bytes()) {
            // Writing to a String does not fail.
            let _ = write!(hash, "{byte:02x}");
        }
        Ok(Self { secret, hash })
    }

    /// Returns the secret, for the consumer.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.secret
    }

    /// Returns the value of `secret_sha256` for the configuration.
    #[must_use]
    pub fn sha256(&self) -> &str {
        &self.hash
    }
}

/// Generates a line for a file of store keys: an id of random digits, and a key.
///
/// # Errors
/// The system's random generator failed.
pub fn new_store_key() -> io::Result<Zeroizing<String>> {
    let mut id = String::from("k");
    for byte in random::bytes::<4>()?.iter() {
        // Writing to a String does not fail.
        let _ = write!(id, "{byte:02x}");
    }
    Keys::generate(&id).map_err(io::Error::other)
}

impl fmt::Debug for NewSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewSecret").field("secret", &"[redacted]").field("hash", &self.hash).finish()
    }
}
