//! The sources of keys. A key file is parsed again only after it has changed.

use std::fmt;
use std::fs::Metadata;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use zeroize::Zeroizing;

use crate::keys::Keys;
use crate::store::StoreError;

/// The longest key file, in bytes.
const FILE_MAX: u64 = 64 * 1024;
/// The age from which a time of change identifies a file's content. Its resolution is some milliseconds: a file that was changed more recently may
/// change again and keep it.
const SETTLED: Duration = Duration::from_secs(2);

/// A source of keys.
#[derive(Clone)]
pub enum KeySource {
    /// A file, for example a systemd credential. It is checked for changes at each use: a key that is added is used at once.
    File(PathBuf),
    /// Keys in memory.
    Fixed(Arc<Keys>),
}

impl KeySource {
    /// Reads the keys. A file is read on this thread: it must be local.
    ///
    /// # Errors
    /// The file cannot be read, is accessible to every user, is no regular file of at most 64 KiB, or does not contain keys.
    #[expect(clippy::unused_async, reason = "sources that wait may be added")]
    pub async fn keys(&self) -> Result<Arc<Keys>, StoreError> {
        match self {
            Self::Fixed(keys) => Ok(keys.clone()),
            Self::File(path) => read(path, &metadata(path)?),
        }
    }
}

/// A source with the keys that were read last.
#[derive(Debug)]
pub(crate) struct CachedKeys {
    source: KeySource,
    last: Mutex<Option<(Version, Arc<Keys>)>>,
}

/// A fingerprint of a file's metadata: it differs for another file, another length, and after a change of content, owner or mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Version {
    #[cfg(unix)]
    file: (u64, u64),
    #[cfg(unix)]
    changed: (i64, i64),
    modified: SystemTime,
    length: u64,
}

impl CachedKeys {
    pub(crate) fn new(source: KeySource) -> Self {
        Self { source, last: Mutex::default() }
    }

    /// As [`KeySource::keys`].
    pub(crate) async fn keys(&self) -> Result<Arc<Keys>, StoreError> {
        let KeySource::File(path) = &self.source else { return self.source.keys().await };
        let metadata = metadata(path)?;
        let version = version(&metadata);
        // Nothing panics under the lock.
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((known, keys)) = &*last
            && version == Some(*known)
        {
            return Ok(keys.clone());
        }
        let keys = read(path, &metadata)?;
        let settled = version.filter(|version| {
            SystemTime::now().duration_since(version.modified).is_ok_and(|age| age > SETTLED)
        });
        *last = settled.map(|version| (version, keys.clone()));
        Ok(keys)
    }
}

/// Returns the fingerprint; `None` where the system does not say when a file was changed.
fn version(metadata: &Metadata) -> Option<Version> {
    #[cfg(unix)]
    use std::os::unix::fs::MetadataExt as _;
    Some(Version {
        #[cfg(unix)]
        file: (metadata.dev(), metadata.ino()),
        #[cfg(unix)]
        changed: (metadata.ctime(), metadata.ctime_nsec()),
        modified: metadata.modified().ok()?,
        length: metadata.len(),
    })
}

fn metadata(path: &Path) -> Result<Metadata, StoreError> {
    std::fs::metadata(path).map_err(|error| failed(path, &error))
}

fn read(path: &Path, metadata: &Metadata) -> Result<Arc<Keys>, StoreError> {
    if metadata.len() > FILE_MAX || !metadata.is_file() {
        return Err(failed(path, &"it must be a regular file of at most 64 KiB"));
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        if metadata.permissions().mode() & 0o007 != 0 {
            return Err(failed(path, &"every user of this machine has access to it: run chmod o-rwx"));
        }
    }
    let text = std::fs::read_to_string(path).map(Zeroizing::new).map_err(|error| failed(path, &error))?;
    Keys::parse(&text).map(Arc::new).map_err(|error| failed(path, &error))
}

fn failed(path: &Path, problem: &dyn fmt::Display) -> StoreError {
    StoreError::new(format!("the key file {} cannot be used: {problem}", path.display()))
}

impl fmt::Debug for KeySource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => f.debug_tuple("File").field(path).finish(),
            Self::Fixed(keys) => f.debug_tuple("Fixed").field(keys).finish(),
        }
    }
}
