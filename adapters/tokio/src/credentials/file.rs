//! Credentials from files: systemd credentials, mounted secrets.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use genesys_token_core::settings::ClientId;
use zeroize::Zeroizing;

use super::error::CredentialError;
use super::source::{CredentialSource, Credentials, CredentialsFuture};
use crate::readable::{self, PipeWait};

/// The longest file, in bytes: far more than any id or secret.
const FILE_MAX: usize = 4096;
/// How often a pair is read again because it was replaced meanwhile.
const ATTEMPTS: usize = 10;

/// Client id and secret from a file each, or the secret only. The files are read at each exchange.
///
/// A file has 4096 bytes at most. It may be a named pipe: its writer is waited for. A byte order mark and one line end at its end are removed. Files that are replaced together, by
/// changing a symbolic link to their directory, are read as a pair. A secret that every user of the machine can read is used, but
/// logged as a warning: container platforms mount secrets that way, inside the container.
#[derive(Clone, Debug)]
pub struct FileCredentials {
    client_id: IdFrom,
    client_secret: PathBuf,
}

#[derive(Clone, Debug)]
enum IdFrom {
    File(PathBuf),
    Value(ClientId),
}

impl FileCredentials {
    /// Reads both from files.
    #[must_use]
    pub fn new(client_id: impl Into<PathBuf>, client_secret: impl Into<PathBuf>) -> Self {
        Self { client_id: IdFrom::File(client_id.into()), client_secret: client_secret.into() }
    }

    /// Reads the secret from a file; the id is given.
    #[must_use]
    pub fn with_id(client_id: ClientId, client_secret: impl Into<PathBuf>) -> Self {
        Self { client_id: IdFrom::Value(client_id), client_secret: client_secret.into() }
    }

    /// Reads the systemd credentials of these names (`LoadCredential=`, `LoadCredentialEncrypted=`, `SetCredential=`) in
    /// `$CREDENTIALS_DIRECTORY`.
    ///
    /// # Errors
    /// [`CredentialError::NoCredentialsDirectory`] if systemd passed none to this process.
    pub fn systemd(client_id: &str, client_secret: &str) -> Result<Self, CredentialError> {
        let directory =
            std::env::var_os("CREDENTIALS_DIRECTORY").ok_or(CredentialError::NoCredentialsDirectory)?;
        let directory = PathBuf::from(directory);
        Ok(Self::new(directory.join(client_id), directory.join(client_secret)))
    }

    /// Reads both files as of one moment: Kubernetes and systemd replace a directory of secrets by changing a symbolic link, between
    /// two reads as well.
    fn read(&self, wait: &PipeWait) -> Result<Credentials, CredentialError> {
        let mut target = self.targets();
        let mut were_together = false;
        for attempt in 1..=ATTEMPTS {
            let are_together = target.as_ref().is_none_or(|targets| self.are_together(targets));
            were_together |= are_together;
            // Links to places of their own are always apart, those that are replaced together only while that happens: then the same two places
            // may be found before and after the reading, if the links change between two generations.
            let may_be_pair = are_together || (attempt == ATTEMPTS && !were_together);
            let read = may_be_pair.then(|| self.read_at(target.as_ref(), wait));
            let now = self.targets();
            match read {
                Some(read) if now == target => return read,
                _ => target = now,
            }
        }
        let error = std::io::Error::other("it was replaced again and again while it was read");
        Err(CredentialError::File { path: self.client_secret.clone(), error })
    }

    /// Returns the files that the paths lead to now, or `None` if one of the paths cannot be resolved; reading it then reports the reason.
    fn targets(&self) -> Option<Targets> {
        let secret = self.client_secret.canonicalize().ok()?;
        let id = match &self.client_id {
            IdFrom::Value(_) => None,
            IdFrom::File(path) => Some(path.canonicalize().ok()?),
        };
        Some(Targets { id, secret })
    }

    /// Returns whether both files are where both paths lead by one common link, or without any.
    fn are_together(&self, targets: &Targets) -> bool {
        let (IdFrom::File(path), Some(id)) = (&self.client_id, &targets.id) else { return true };
        let common =
            path.components().zip(self.client_secret.components()).take_while(|(a, b)| a == b).count();
        let place = |path: &Path, target: &Path| {
            let below: PathBuf = path.components().skip(common).collect();
            let place = target.ancestors().nth(below.components().count())?;
            target.ends_with(&below).then(|| place.to_owned())
        };
        let place_of_id = place(path, id);
        place_of_id.is_some() && place_of_id == place(&self.client_secret, &targets.secret)
    }

    /// Reads the files behind all symbolic links.
    fn read_at(&self, targets: Option<&Targets>, wait: &PipeWait) -> Result<Credentials, CredentialError> {
        let secret =
            read_text(targets.map_or(&self.client_secret, |targets| &targets.secret), FILE_MAX, wait)?;
        let secret = without_line_end(&secret);
        match &self.client_id {
            IdFrom::Value(id) => Ok(Credentials::new(id.as_str(), secret)?),
            IdFrom::File(path) => {
                let path = targets.and_then(|targets| targets.id.as_ref()).unwrap_or(path);
                let id = read_text(path, FILE_MAX, wait)?;
                Ok(Credentials::new(without_line_end(&id), secret)?)
            }
        }
    }
}

/// The files that the paths of a source lead to.
#[derive(PartialEq, Eq)]
struct Targets {
    id: Option<PathBuf>,
    secret: PathBuf,
}

impl CredentialSource for FileCredentials {
    fn credentials(&self) -> CredentialsFuture<'_> {
        let copy = self.clone();
        on_blocking_thread(move |wait| {
            warn_if_readable_by_all(&copy.client_secret);
            copy.read(wait)
        })
    }
}

/// Runs `read` on the runtime's blocking pool: a file may be on a network and must not delay the other tasks of the runtime. When the
/// future is dropped, `read` gives up a wait for a pipe.
pub(super) fn on_blocking_thread(
    read: impl FnOnce(&PipeWait) -> Result<Credentials, CredentialError> + Send + 'static,
) -> CredentialsFuture<'static> {
    Box::pin(async move {
        let wait = PipeWait::default();
        let _ends = wait.end_on_drop();
        match tokio::task::spawn_blocking(move || read(&wait)).await {
            Ok(credentials) => credentials,
            Err(error) if error.is_panic() => Err(CredentialError::Panicked),
            Err(error) => Err(CredentialError::Other(Box::new(error))),
        }
    })
}

/// Reads the whole file, of `max` bytes at most.
pub(super) fn read_text(
    path: &Path,
    max: usize,
    wait: &PipeWait,
) -> Result<Zeroizing<String>, CredentialError> {
    let content = || CredentialError::FileContent { path: path.to_owned() };
    let bytes = readable::read(path, max, wait).map_err(|error| match error.kind() {
        ErrorKind::FileTooLarge => content(),
        _ => CredentialError::File { path: path.to_owned(), error },
    })?;
    std::str::from_utf8(&bytes).map(|text| Zeroizing::new(text.to_owned())).map_err(|_| content())
}

fn without_line_end(text: &str) -> &str {
    // Editors on Windows write a byte order mark.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let text = text.strip_suffix('\n').unwrap_or(text);
    text.strip_suffix('\r').unwrap_or(text)
}

#[cfg(unix)]
pub(super) fn warn_if_readable_by_all(path: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    if let Ok(metadata) = std::fs::metadata(path)
        && metadata.permissions().mode() & 0o004 != 0
    {
        tracing::warn!(path = %path.display(), "every user of this machine can read the client secret: chmod o-r");
    }
}

#[cfg(not(unix))]
pub(super) fn warn_if_readable_by_all(_: &Path) {}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::*;

    /// A directory in which `data` is a link to the newest generation, and `id` and `secret` are links through it.
    struct Mount(PathBuf);

    impl Mount {
        fn new(name: &str) -> Self {
            let root = std::env::temp_dir().join(format!("genesys-token-{name}-{}", std::process::id()));
            fs::create_dir_all(&root).unwrap();
            for name in ["id", "secret"] {
                symlink(format!("data/{name}"), root.join(name)).unwrap();
            }
            Self(root)
        }

        fn write(&self, generation: u32) {
            let directory = self.0.join(generation.to_string());
            fs::create_dir(&directory).unwrap();
            fs::write(directory.join("id"), generation.to_string()).unwrap();
            fs::write(directory.join("secret"), format!("secret-of-{generation}")).unwrap();
        }

        fn use_generation(&self, generation: u32) {
            symlink(generation.to_string(), self.0.join("new")).unwrap();
            fs::rename(self.0.join("new"), self.0.join("data")).unwrap();
        }

        /// Reads pairs while `replace` is called again and again.
        fn assert_pairs(self, mut replace: impl FnMut(&Self) + Send + 'static) {
            let source = FileCredentials::new(self.0.join("id"), self.0.join("secret"));
            let stop = Arc::new(AtomicBool::new(false));
            let replacing = std::thread::spawn({
                let stop = stop.clone();
                move || {
                    let mut count = 0;
                    while !stop.load(Ordering::Relaxed) {
                        replace(&self);
                        count += 1;
                        std::thread::yield_now();
                    }
                    fs::remove_dir_all(&self.0).unwrap();
                    count
                }
            });
            let mut complete = 0;
            while complete < 1000 {
                // A pair that is replaced during each of ten readings is an error: this thread is too slow for the other one.
                let Ok(credentials) = source.read(&PipeWait::default()) else { continue };
                let secret = credentials.client_secret().unwrap().expose().to_owned();
                assert_eq!(secret, format!("secret-of-{}", credentials.client_id()));
                complete += 1;
            }
            stop.store(true, Ordering::Relaxed);
            assert!(replacing.join().unwrap() > 0, "the pair was never replaced");
        }
    }

    /// Kubernetes replaces the files of a mounted secret at once: it writes a new directory, renames a symbolic link to it, and removes
    /// the old one. A pair of both generations would be refused by the service, or worse, accepted for the wrong client.
    #[test]
    fn a_pair_that_is_replaced_through_a_symbolic_link_is_never_mixed() {
        let mount = Mount::new("pair");
        mount.write(0);
        mount.use_generation(0);
        let mut generation = 0;
        mount.assert_pairs(move |mount| {
            generation += 1;
            mount.write(generation);
            mount.use_generation(generation);
            fs::remove_dir_all(mount.0.join((generation - 1).to_string())).unwrap();
        });
    }

    /// A link that goes back and forth may lead to the same two places before and after the reading, without having led to both at once.
    #[test]
    fn a_link_that_alternates_between_two_pairs_mixes_none() {
        let mount = Mount::new("two-pairs");
        for generation in [0, 1] {
            mount.write(generation);
        }
        mount.use_generation(0);
        mount
            .assert_pairs(|mount| [1, 0].into_iter().for_each(|generation| mount.use_generation(generation)));
    }

    #[test]
    fn files_in_places_of_their_own_are_read() {
        let mount = Mount::new("apart");
        for generation in [0, 1] {
            mount.write(generation);
        }
        for (name, target) in [("other-id", "0/id"), ("other-secret", "1/secret")] {
            symlink(target, mount.0.join(name)).unwrap();
        }
        let source = FileCredentials::new(mount.0.join("other-id"), mount.0.join("other-secret"));
        let credentials = source.read(&PipeWait::default()).unwrap();
        fs::remove_dir_all(&mount.0).unwrap();
        assert_eq!(credentials.client_secret().unwrap().expose(), "secret-of-1");
    }
}
