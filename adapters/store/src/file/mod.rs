//! The store in a directory of one machine.

mod clock;
mod format;

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration as StdDuration, Instant};

use genesys_token_core::time::Duration;
use ring::digest::{SHA256, digest};
use rustix::fs::{FlockOperation, flock};
use zeroize::Zeroizing;

use crate::entry::Entry;
use crate::store::{Store, StoreError, StoreFuture};
use crate::values::{Claim, Claimed, EngineTime, EntryName, Owner, Publication, Published};

/// The longest wait for another process that has the lock; it writes a file of some hundred bytes.
const LOCK_WAIT: StdDuration = StdDuration::from_millis(800);
/// How often the lock is tried meanwhile.
const LOCK_INTERVAL: StdDuration = StdDuration::from_millis(5);
/// The longest file of an entry, in bytes: an access token has at most 2048.
const FILE_MAX: u64 = 16 * 1024;

/// A store in a directory of one machine, for one or several processes: after a restart the token is still there.
///
/// Each entry is a file that is readable by its owner alone and replaced in one step. Its clock counts from the start of the machine, with
/// suspended time; across a restart of the machine the wall clock says how much time has passed, and an entry is dropped if
/// that clock was set back.
#[derive(Clone, Debug)]
pub struct FileStore {
    directory: PathBuf,
}

impl FileStore {
    /// Opens the directory, and creates it if there is none.
    ///
    /// # Errors
    /// The directory cannot be created or written to.
    pub fn open(directory: &Path) -> io::Result<Self> {
        if !directory.is_dir() {
            fs::DirBuilder::new().recursive(true).mode(0o700).create(directory)?;
        }
        let store = Self { directory: directory.to_owned() };
        drop(store.lock_file()?);
        Ok(store)
    }

    fn lock_file(&self) -> io::Result<File> {
        let path = self.directory.join("lock");
        OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(path)
    }

    /// Takes the lock between processes. It ends when the file is closed, also by the end of the process.
    fn lock(&self) -> io::Result<File> {
        let file = self.lock_file()?;
        let end = Instant::now() + LOCK_WAIT;
        loop {
            match flock(&file, FlockOperation::NonBlockingLockExclusive) {
                Ok(()) => return Ok(file),
                Err(rustix::io::Errno::WOULDBLOCK) if Instant::now() < end => thread::sleep(LOCK_INTERVAL),
                Err(rustix::io::Errno::WOULDBLOCK) => {
                    return Err(io::Error::new(
                        io::ErrorKind::TimedOut,
                        "another process keeps the file `lock` of this directory locked",
                    ));
                }
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Changes an entry between reading and writing its file, on a thread for blocking work.
    fn with<T: Send + 'static>(
        &self,
        name: &EntryName,
        step: impl FnOnce(&mut Entry<Zeroizing<String>>, EngineTime) -> T + Send + 'static,
    ) -> StoreFuture<'static, T> {
        let (store, path) = (self.clone(), self.directory.join(file_name(name)));
        Box::pin(async move {
            let work = tokio::task::spawn_blocking(move || {
                let failed = |error: &io::Error| {
                    StoreError::new(format!("the token store {}: {error}", store.directory.display()))
                };
                store.change(&path, step).map_err(|error| failed(&error))
            });
            work.await.map_err(|_| StoreError::new("the runtime of the token store has ended"))?
        })
    }

    fn change<T>(
        &self,
        path: &Path,
        step: impl FnOnce(&mut Entry<Zeroizing<String>>, EngineTime) -> T,
    ) -> io::Result<T> {
        let _lock = self.lock()?;
        let clock = clock::Reading::now();
        let before = match read(path) {
            Ok(text) => format::parse(&text, &clock),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(error),
        };
        let mut entry = before.clone().unwrap_or_default();
        let now = clock.engine_time();
        let result = step(&mut entry, now);
        if before.as_ref() != Some(&entry) {
            // A token that has ended need not be kept at rest.
            entry.token = entry.token.filter(|token| now < token.ends_at);
            self.replace(path, &format::text(&entry, &clock))?;
        }
        Ok(result)
    }

    fn replace(&self, path: &Path, text: &str) -> io::Result<()> {
        // The lock makes this name free for use.
        let temporary = self.directory.join("new");
        match fs::remove_file(&temporary) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&temporary)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&temporary, path)
    }
}

impl Store for FileStore {
    fn claim<'a>(
        &'a self,
        entry: &'a EntryName,
        claim: Claim,
    ) -> StoreFuture<'a, Claimed<Zeroizing<String>>> {
        self.with(entry, move |entry, now| entry.claim(&claim, now))
    }

    fn publish<'a>(
        &'a self,
        entry: &'a EntryName,
        publication: Publication<Zeroizing<String>>,
    ) -> StoreFuture<'a, Published> {
        self.with(entry, move |entry, _| entry.publish(publication))
    }

    fn release<'a>(&'a self, entry: &'a EntryName, owner: Owner, hold: Duration) -> StoreFuture<'a, ()> {
        self.with(entry, move |entry, now| entry.release(owner, hold, now))
    }
}

fn read(path: &Path) -> io::Result<Zeroizing<String>> {
    use std::io::Read as _;
    let mut text = Zeroizing::new(String::new());
    match File::open(path)?.take(FILE_MAX).read_to_string(&mut text) {
        // Not text: as if there were no file.
        Err(error) if error.kind() == io::ErrorKind::InvalidData => Ok(Zeroizing::default()),
        Err(error) => Err(error),
        Ok(_) => Ok(text),
    }
}

/// A client id may contain characters that a file name cannot.
fn file_name(entry: &EntryName) -> String {
    use std::fmt::Write as _;
    let mut name = String::from("token-");
    for byte in digest(&SHA256, entry.as_str().as_bytes()).as_ref().iter().take(16) {
        // Writing to a String does not fail.
        let _ = write!(name, "{byte:02x}");
    }
    name
}
