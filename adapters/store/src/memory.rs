//! The store within a process.

use std::collections::HashMap;
use std::future::ready;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use genesys_token_core::time::Duration;
use zeroize::Zeroizing;

use crate::entry::Entry;
use crate::store::{Store, StoreFuture};
use crate::values::{Claim, Claimed, EngineTime, EntryName, Owner, Publication, Published};

/// A store within this process, for clients of one program and for tests.
///
/// Its clock is the standard library's monotonic one. Whether that counts suspended time depends on the platform: a token that
/// ended during suspend is then found by its first 401.
#[derive(Debug)]
pub struct MemoryStore {
    begun: Instant,
    entries: Mutex<HashMap<EntryName, Entry<Zeroizing<String>>>>,
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self { begun: Instant::now(), entries: Mutex::default() }
    }
}

impl MemoryStore {
    fn with<T: Send + 'static>(
        &self,
        name: &EntryName,
        step: impl FnOnce(&mut Entry<Zeroizing<String>>, EngineTime) -> T,
    ) -> StoreFuture<'static, T> {
        let now = Duration::from(self.begun.elapsed());
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = entries.entry(name.clone()).or_default();
        Box::pin(ready(Ok(step(entry, EngineTime::from_millis(now.as_millis())))))
    }
}

impl Store for MemoryStore {
    fn claim<'a>(
        &'a self,
        entry: &'a EntryName,
        claim: Claim,
    ) -> StoreFuture<'a, Claimed<Zeroizing<String>>> {
        self.with(entry, |entry, now| entry.claim(&claim, now))
    }

    fn publish<'a>(
        &'a self,
        entry: &'a EntryName,
        publication: Publication<Zeroizing<String>>,
    ) -> StoreFuture<'a, Published> {
        self.with(entry, |entry, _| entry.publish(publication))
    }

    fn release<'a>(&'a self, entry: &'a EntryName, owner: Owner, hold: Duration) -> StoreFuture<'a, ()> {
        self.with(entry, |entry, now| entry.release(owner, hold, now))
    }
}
