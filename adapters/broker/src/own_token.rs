//! The broker's own tokens, for consumers that never receive the service's.
//!
//! `gtb_NAME.MAC`: the consumer's name in base64url and an HMAC-SHA-256 over name and version. They are not stored, so that they
//! stay valid when the broker restarts: official SDKs never request a second token. Incrementing `token_version` revokes the
//! token of one consumer; removing the key file revokes all.

use std::fmt;
use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use hmac::{Hmac, Mac as _};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::random;

const PREFIX: &str = "gtb_";
const KEY_FILE: &str = "token-key";

/// The key of the broker's own tokens.
pub(crate) struct TokenKey(Zeroizing<[u8; 32]>);

impl TokenKey {
    /// Generates a key for this process alone.
    ///
    /// # Errors
    /// The system's random generator failed.
    pub(crate) fn random() -> io::Result<Self> {
        Ok(Self(random::bytes()?))
    }

    /// Reads the key in this directory, or creates it, readable by the broker alone.
    ///
    /// # Errors
    /// The directory or the file cannot be used, or the file does not hold a key.
    pub(crate) fn load_or_create(directory: &Path) -> io::Result<Self> {
        let path = directory.join(KEY_FILE);
        match fs::read(&path).map(Zeroizing::new) {
            Ok(bytes) => {
                let key = <[u8; 32]>::try_from(bytes.as_slice()).map_err(|_| {
                    io::Error::new(
                        io::ErrorKind::InvalidData,
                        "the file does not hold a key of 32 bytes; remove it to make a new one",
                    )
                })?;
                Ok(Self(Zeroizing::new(key)))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let key = Self::random()?;
                let temporary = directory.join(format!("{KEY_FILE}.new"));
                let _ = fs::remove_file(&temporary);
                let mut file =
                    OpenOptions::new().write(true).create_new(true).mode(0o600).open(&temporary)?;
                file.write_all(key.0.as_slice())?;
                file.sync_all()?;
                fs::rename(&temporary, &path)?;
                Ok(key)
            }
            Err(error) => Err(error),
        }
    }

    /// Returns the token of a consumer.
    #[must_use]
    pub(crate) fn issue(&self, consumer: &str, version: u64) -> Zeroizing<String> {
        let mac = self.mac(consumer, version).finalize().into_bytes();
        Zeroizing::new(format!("{PREFIX}{}.{}", BASE64.encode(consumer), BASE64.encode(mac)))
    }

    /// Returns the name in a token, which is not authenticated yet; `None` if it is not a token of a broker.
    #[must_use]
    pub(crate) fn claimed_consumer(token: &str) -> Option<String> {
        let (name, _) = token.strip_prefix(PREFIX)?.split_once('.')?;
        String::from_utf8(BASE64.decode(name).ok()?).ok()
    }

    /// Returns whether a token is this consumer's, in this version. Constant in time for the MAC.
    #[must_use]
    pub(crate) fn verifies(&self, token: &str, consumer: &str, version: u64) -> bool {
        let mac = token.rsplit_once('.').and_then(|(_, mac)| BASE64.decode(mac).ok());
        mac.is_some_and(|mac| self.mac(consumer, version).verify_slice(&mac).is_ok())
    }

    fn mac(&self, consumer: &str, version: u64) -> Hmac<Sha256> {
        // HMAC takes keys of any length; the fallback is never used.
        let mut mac =
            Hmac::<Sha256>::new_from_slice(self.0.as_slice()).unwrap_or_else(|_| Hmac::new(&[0; 64].into()));
        mac.update(&version.to_be_bytes());
        mac.update(consumer.as_bytes());
        mac
    }
}

impl fmt::Debug for TokenKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenKey([redacted])")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_valid_for_its_consumer_and_version_only() -> io::Result<()> {
        let key = TokenKey::random()?;
        let token = key.issue("telemetry", 1);
        assert_eq!(TokenKey::claimed_consumer(&token).as_deref(), Some("telemetry"));
        assert!(key.verifies(&token, "telemetry", 1));
        assert!(!key.verifies(&token, "telemetry", 2), "a new version revokes the old token");
        assert!(!key.verifies(&token, "other", 1));
        assert!(!TokenKey::random()?.verifies(&token, "telemetry", 1), "another key");
        for wrong in ["", "gtb_", "gtb_.", "Bearer x", "gtb_dGVsZW1ldHJ5.AAAA"] {
            assert!(!key.verifies(wrong, "telemetry", 1), "{wrong}");
        }
        Ok(())
    }

    #[test]
    fn the_key_survives_a_restart_and_is_private() -> io::Result<()> {
        use std::os::unix::fs::PermissionsExt as _;
        let directory = tempfile::tempdir()?;
        let token = TokenKey::load_or_create(directory.path())?.issue("a", 0);
        assert!(TokenKey::load_or_create(directory.path())?.verifies(&token, "a", 0));
        let mode = fs::metadata(directory.path().join(KEY_FILE))?.permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        Ok(())
    }
}
