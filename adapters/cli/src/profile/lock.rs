//! A lock on a file beside the one that it protects. The operating system releases it when its process ends, however that happens.

use std::ffi::OsString;
use std::fs::{File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Time between two attempts: the lock of another process is not announced.
const PAUSE: Duration = Duration::from_millis(20);

/// A lock that is held.
#[derive(Debug)]
pub(crate) struct Lock(#[expect(dead_code, reason = "closed, and so released, when it is dropped")] File);

impl Lock {
    /// Waits for the lock of this file.
    ///
    /// # Cancel safety
    /// Dropping the future leaves the lock to others.
    pub(crate) async fn acquire(protected: &Path) -> io::Result<Self> {
        let path = path_of(protected);
        loop {
            if let Some(file) = attempt(&path)? {
                return Ok(Self(file));
            }
            tokio::time::sleep(PAUSE).await;
        }
    }
}

/// Returns the path of the lock file. It stays there until its profile is removed.
pub(crate) fn path_of(protected: &Path) -> PathBuf {
    let mut name = OsString::from(protected);
    name.push(".lock");
    name.into()
}

#[cfg(unix)]
fn attempt(path: &Path) -> io::Result<Option<File>> {
    use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};

    use rustix::fs::{FlockOperation, flock};
    use rustix::io::Errno;

    let file = OpenOptions::new().create(true).append(true).mode(0o600).open(path)?;
    match flock(&file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => {}
        Err(Errno::WOULDBLOCK) => return Ok(None),
        Err(error) => return Err(error.into()),
    }
    // `profile remove` may have removed it in between.
    let (locked, there) = (file.metadata()?, path.metadata());
    Ok(there.is_ok_and(|there| (there.dev(), there.ino()) == (locked.dev(), locked.ino())).then_some(file))
}

/// A file that is opened without sharing can be opened once.
#[cfg(windows)]
fn attempt(path: &Path) -> io::Result<Option<File>> {
    use std::os::windows::fs::OpenOptionsExt as _;

    const ERROR_SHARING_VIOLATION: i32 = 32;
    match OpenOptions::new().create(true).append(true).share_mode(0).open(path) {
        Ok(file) => Ok(Some(file)),
        Err(error) if error.raw_os_error() == Some(ERROR_SHARING_VIOLATION) => Ok(None),
        Err(error) => Err(error),
    }
}
