//! Credentials from files: systemd credentials, mounted secrets.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use genesys_token_core::settings::ClientId;
use zeroize::Zeroizing;

use super::error::CredentialError;
use super::source::{CredentialSource, Credentials, CredentialsFuture};

/// The longest file, in bytes: far more than any id or secret.
const FILE_MAX: usize = 4096;

/// Client id and secret from a file each, or the secret only. The files are read at each exchange.
///
/// A file has 4096 bytes at most. One line end at its end is removed. A secret that every user of the machine can read is used, but
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

    fn read(&self) -> Result<Credentials, CredentialError> {
        let secret = read_text(&self.client_secret, FILE_MAX)?;
        let secret = without_line_end(&secret);
        match &self.client_id {
            IdFrom::Value(id) => Ok(Credentials::new(id.as_str(), secret)?),
            IdFrom::File(path) => {
                let id = read_text(path, FILE_MAX)?;
                Ok(Credentials::new(without_line_end(&id), secret)?)
            }
        }
    }
}

impl CredentialSource for FileCredentials {
    fn credentials(&self) -> CredentialsFuture<'_> {
        let copy = self.clone();
        on_blocking_thread(move || {
            warn_if_readable_by_all(&copy.client_secret);
            copy.read()
        })
    }
}

/// Runs `read` on the runtime's blocking pool: a file may be on a network and must not delay the other tasks of the runtime.
pub(super) fn on_blocking_thread(
    read: impl FnOnce() -> Result<Credentials, CredentialError> + Send + 'static,
) -> CredentialsFuture<'static> {
    Box::pin(async move {
        match tokio::task::spawn_blocking(read).await {
            Ok(credentials) => credentials,
            Err(error) if error.is_panic() => Err(CredentialError::Panicked),
            Err(error) => Err(CredentialError::Other(Box::new(error))),
        }
    })
}

/// Reads the whole file into one buffer that is wiped.
pub(super) fn read_text(path: &Path, max: usize) -> Result<Zeroizing<String>, CredentialError> {
    let failed = |error| CredentialError::File { path: path.to_owned(), error };
    let file = File::open(path).map_err(failed)?;
    let mut bytes = Zeroizing::new(vec![0; max + 1]);
    let mut length = 0;
    let mut reader = file.take(max as u64 + 1);
    while let Some(free) = bytes.get_mut(length..).filter(|free| !free.is_empty()) {
        match reader.read(free).map_err(failed)? {
            0 => break,
            count => length += count,
        }
    }
    let text =
        bytes.get(..length).filter(|_| length <= max).and_then(|bytes| std::str::from_utf8(bytes).ok());
    text.map(|text| Zeroizing::new(text.to_owned()))
        .ok_or_else(|| CredentialError::FileContent { path: path.to_owned() })
}

fn without_line_end(text: &str) -> &str {
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
