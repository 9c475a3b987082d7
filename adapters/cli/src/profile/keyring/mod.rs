//! Secrets in the desktop's keyring: the Secret Service of Linux (GNOME Keyring and others), the Windows Credential Manager, or the macOS
//! Keychain.
//!
//! An entry has the service `genesys-token` and a name. Without the feature `keyring` every function fails, and says what to do instead.

use std::fmt::Display;

use zeroize::Zeroizing;

use crate::exit::Problem;

#[cfg(all(feature = "keyring", any(windows, target_os = "macos")))]
mod native;
#[cfg(all(feature = "keyring", not(any(windows, target_os = "macos"))))]
mod secret_service;

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

/// The reason why a keyring has not done what it was asked.
#[cfg(feature = "keyring")]
enum Error {
    /// There is no keyring.
    Unreachable(String),
    /// It is locked, and the user does not unlock it; or it refuses access.
    Locked(String),
    /// The secret is not UTF-8.
    NotText,
    /// It refuses for another reason, or its answer is not understood.
    Refused(String),
}

#[cfg(feature = "keyring")]
mod backend {
    use std::fmt::Display;
    use std::sync::mpsc::{RecvTimeoutError, channel};
    use std::thread;
    use std::time::Duration;

    use zeroize::Zeroizing;

    #[cfg(any(windows, target_os = "macos"))]
    use super::native as keyring;
    #[cfg(not(any(windows, target_os = "macos")))]
    use super::secret_service as keyring;
    use super::{Error, SERVICE};
    use crate::exit::{Exit, Problem};

    /// The time limit for an answer: a locked keyring asks the user for a password meanwhile.
    const TIMEOUT: Duration = Duration::from_secs(60);

    pub(super) fn read(source: &dyn Display, name: &str) -> Result<Option<Zeroizing<String>>, Problem> {
        asked(source, name, keyring::read)
    }

    pub(super) fn write(source: &dyn Display, name: &str, secret: &str) -> Result<(), Problem> {
        let secret = Zeroizing::new(secret.to_owned());
        asked(source, name, move |service, name| keyring::write(service, name, &secret))
    }

    pub(super) fn remove(source: &dyn Display, name: &str) -> Result<bool, Problem> {
        asked(source, name, keyring::remove)
    }

    /// Asks the keyring, on a thread of its own: the answer may need a user, and the call cannot be cancelled.
    fn asked<T: Send + 'static>(
        source: &dyn Display,
        name: &str,
        request: impl FnOnce(&str, &str) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Problem> {
        let (answer, answers) = channel();
        let thread = thread::Builder::new().name("keyring".to_owned());
        let entry = name.to_owned();
        let started = thread.spawn(move || answer.send(request(SERVICE, &entry)));
        let answer = match started {
            Ok(_) => answers.recv_timeout(TIMEOUT),
            Err(error) => Ok(Err(Error::Refused(error.to_string()))),
        };
        let why = match answer {
            Ok(Ok(answer)) => return Ok(answer),
            Ok(Err(error)) => reason(name, &error),
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
                format!("the keyring has not answered within {} s; {UNLOCK}", TIMEOUT.as_secs())
            }
        };
        Err(Problem::new(Exit::CredentialSource, format!("{source}: {why}")))
    }

    const UNLOCK: &str = "unlock it, for example by logging in to the desktop, and try again";

    fn reason(name: &str, error: &Error) -> String {
        match error {
            Error::Unreachable(error) => format!(
                "there is no keyring ({error}); it belongs to a desktop session. On a machine without one, keep the secret in a file \
                 (--client-secret-file) or let a command print it (--credentials-command)"
            ),
            Error::Locked(error) => format!("the keyring is locked or refuses access ({error}); {UNLOCK}"),
            Error::NotText => {
                format!("the entry `{name}` of the service {SERVICE} is not text in UTF-8; write it again")
            }
            Error::Refused(error) => {
                format!("the keyring refuses the entry `{name}` of the service {SERVICE} ({error})")
            }
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
