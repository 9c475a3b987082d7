//! The Windows Credential Manager and the macOS Keychain.

#[cfg(target_os = "macos")]
use apple_native_keyring_store::keychain::Store;
use keyring_core::api::CredentialStoreApi as _;
use keyring_core::{Entry, Error as Cause};
#[cfg(windows)]
use windows_native_keyring_store::Store;
use zeroize::{Zeroize as _, Zeroizing};

use super::Error;

pub(super) fn read(service: &str, name: &str) -> Result<Option<Zeroizing<String>>, Error> {
    found(entry(service, name)?.get_password().map(Zeroizing::new))
}

pub(super) fn write(service: &str, name: &str, secret: &str) -> Result<(), Error> {
    entry(service, name)?.set_password(secret).map_err(Error::from)
}

pub(super) fn remove(service: &str, name: &str) -> Result<bool, Error> {
    Ok(found(entry(service, name)?.delete_credential())?.is_some())
}

fn entry(service: &str, name: &str) -> Result<Entry, Error> {
    let store = Store::new().map_err(|error| Error::Unreachable(error.to_string()))?;
    store.build(service, name, None).map_err(Error::from)
}

fn found<T>(answer: Result<T, Cause>) -> Result<Option<T>, Error> {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(Cause::NoEntry) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

impl From<Cause> for Error {
    fn from(cause: Cause) -> Self {
        match cause {
            Cause::NoStorageAccess(error) => Self::Locked(error.to_string()),
            Cause::PlatformFailure(error) => Self::Unreachable(error.to_string()),
            Cause::Ambiguous(_) => {
                Self::Refused("several entries have this name; remove all but one".to_owned())
            }
            // These errors contain the secret.
            Cause::BadEncoding(mut bytes) | Cause::BadDataFormat(mut bytes, _) => {
                bytes.zeroize();
                Self::NotText
            }
            cause => Self::Refused(cause.to_string()),
        }
    }
}
