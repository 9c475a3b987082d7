//! Secrets in the desktop's keyring: the Secret Service of Linux (GNOME Keyring and others), the Windows Credential Manager, or the macOS
//! Keychain.
//!
//! An entry has the service `genesys-token` and a name. Without the feature `keyring` every function fails, and says what to do instead.

use std::fmt::Display;

use zeroize::Zeroizing;

use crate::exit::Problem;

/// The service of every entry: an attribute that other tools show and search for.
#[cfg_attr(not(feature = "keyring"), allow(dead_code, reason = "of the other set of features"))]
const SERVICE: &str = "genesys-token";

/// Reads the secret of an entry, if there is one. `source` is named in messages.
pub(crate) fn find(source: impl Display, name: &str) -> Result<Option<Zeroizing<String>>, Problem> {
    backend::read(&source, name)
}

/// Reads the secret of an entry.
pub(crate) fn read(source: impl Display, name: &str) -> Result<Zeroizing<String>, Problem> {
    backend::read(&source, name)?.ok_or_else(|| Problem::setting(source, missing(name)))
}

/// Writes the secret of an entry, and creates the entry if there is none.
pub(crate) fn write(source: impl Display, name: &str, secret: &str) -> Result<(), Problem> {
    backend::write(&source, name, secret)
}

/// Removes an entry. Returns whether there was one.
pub(crate) fn remove(source: impl Display, name: &str) -> Result<bool, Problem> {
    backend::remove(&source, name)
}

fn missing(name: &str) -> String {
    format!(
        "the keyring has no entry `{name}` of the service {SERVICE}: `genesys-token profile add NAME --replace --keyring \
         --client-secret-file -` makes one"
    )
}

#[cfg(feature = "keyring")]
mod backend {
    use std::fmt::Display;
    use std::sync::mpsc::{RecvTimeoutError, channel};
    use std::thread;
    use std::time::Duration;

    use ::keyring::{Entry, Error};
    use zeroize::{Zeroize as _, Zeroizing};

    use super::SERVICE;
    use crate::exit::{Exit, Problem};

    /// The time limit for an answer: a locked keyring asks the user for a password meanwhile.
    const TIMEOUT: Duration = Duration::from_secs(60);

    pub(super) fn read(source: &dyn Display, name: &str) -> Result<Option<Zeroizing<String>>, Problem> {
        match asked(name, |entry| entry.get_password().map(Zeroizing::new)) {
            Ok(secret) => Ok(Some(secret)),
            Err(Some(Error::NoEntry)) => Ok(None),
            Err(error) => Err(failed(source, name, error)),
        }
    }

    pub(super) fn write(source: &dyn Display, name: &str, secret: &str) -> Result<(), Problem> {
        let secret = Zeroizing::new(secret.to_owned());
        asked(name, move |entry| entry.set_password(&secret)).map_err(|error| failed(source, name, error))
    }

    pub(super) fn remove(source: &dyn Display, name: &str) -> Result<bool, Problem> {
        match asked(name, Entry::delete_credential) {
            Ok(()) => Ok(true),
            Err(Some(Error::NoEntry)) => Ok(false),
            Err(error) => Err(failed(source, name, error)),
        }
    }

    /// Asks the keyring, on a thread of its own: the answer may need a user, and the call cannot be cancelled. Without an answer the error
    /// is `None`.
    fn asked<T: Send + 'static>(
        name: &str,
        request: impl FnOnce(&Entry) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Option<Error>> {
        let name = name.to_owned();
        let (answer, answers) = channel();
        let thread = thread::Builder::new().name("keyring".to_owned());
        let started = thread.spawn(move || {
            let _ = answer.send(Entry::new(SERVICE, &name).and_then(|entry| request(&entry)));
        });
        started.map_err(|error| Some(Error::PlatformFailure(Box::new(error))))?;
        match answers.recv_timeout(TIMEOUT) {
            Ok(answer) => answer.map_err(Some),
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => Err(None),
        }
    }

    fn failed(source: &dyn Display, name: &str, error: Option<Error>) -> Problem {
        let locked = "unlock it, for example by logging in to the desktop, and try again";
        let why = match error {
            None => format!("the keyring has not answered within {} s; {locked}", TIMEOUT.as_secs()),
            Some(Error::NoStorageAccess(error)) => {
                format!("the keyring is locked or refuses access ({error}); {locked}")
            }
            Some(Error::NoDefaultStore) => unreachable_keyring(Entry::store_status().as_ref().err()),
            Some(error @ Error::PlatformFailure(_)) => unreachable_keyring(Some(&error)),
            Some(Error::Ambiguous(_)) => {
                format!(
                    "the keyring has several entries `{name}` of the service {SERVICE}; remove all but one"
                )
            }
            // These errors contain the secret.
            Some(Error::BadEncoding(mut bytes) | Error::BadDataFormat(mut bytes, _)) => {
                bytes.zeroize();
                format!("the entry `{name}` of the service {SERVICE} is not text in UTF-8; write it again")
            }
            Some(error) => {
                format!("the keyring refuses the entry `{name}` of the service {SERVICE} ({error})")
            }
        };
        Problem::new(Exit::CredentialSource, format!("{source}: {why}"))
    }

    fn unreachable_keyring(error: Option<&Error>) -> String {
        let advice = "it belongs to a desktop session. On a machine without one, keep the secret in a file \
            (--client-secret-file) or let a command print it (--credentials-command)";
        match error {
            Some(Error::PlatformFailure(error)) => format!("there is no keyring ({error}); {advice}"),
            Some(error) => format!("there is no keyring ({error}); {advice}"),
            None => format!("there is no keyring; {advice}"),
        }
    }
}

#[cfg(not(feature = "keyring"))]
mod backend {
    use std::fmt::Display;

    use zeroize::Zeroizing;

    use crate::exit::Problem;

    pub(super) fn read(source: &dyn Display, _: &str) -> Result<Option<Zeroizing<String>>, Problem> {
        Err(left_out(source))
    }

    pub(super) fn write(source: &dyn Display, _: &str, _: &str) -> Result<(), Problem> {
        Err(left_out(source))
    }

    pub(super) fn remove(source: &dyn Display, _: &str) -> Result<bool, Problem> {
        Err(left_out(source))
    }

    fn left_out(source: &dyn Display) -> Problem {
        Problem::setting(
            source,
            "this program was built without the keyring; build it with `--features keyring`, or let a command print the secret: \
             --credentials-command 'secret-tool lookup service genesys-token username NAME'",
        )
    }
}
