//! Cache of each thread for tokens: found without a lock and without writing to memory that threads share.
//!
//! A thread stores a weak reference to the handle that it received. The client's state owns the handle; when a token is replaced,
//! its handles are dropped there, and the text is wiped when the last [`Token`] in use is dropped.

use std::cell::{Cell, RefCell};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Weak};

use crate::token::{Token, TokenHandle};

/// Threads beyond these share a handle with another thread.
pub(super) const THREAD_GROUPS: usize = 16;
/// Clients that a thread stores tokens of. Of more clients the token is read under the lock, which is slower.
const CLIENTS: usize = 16;

/// Key of a client within this process. Never used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ClientKey(u64);

impl ClientKey {
    pub(super) fn new() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        Self(NEXT.fetch_add(1, Ordering::Relaxed))
    }

    fn index(self) -> usize {
        // Keys are consecutive, so up to `CLIENTS` clients do not collide.
        usize::try_from(self.0 % CLIENTS as u64).unwrap_or(0)
    }
}

struct Entry {
    client: ClientKey,
    handle: Weak<TokenHandle>,
}

thread_local! {
    static ENTRIES: RefCell<[Entry; CLIENTS]> =
        const { RefCell::new([const { Entry { client: ClientKey(0), handle: Weak::new() } }; CLIENTS]) };
    static GROUP: Cell<usize> = const { Cell::new(usize::MAX) };
}

/// Returns the token that this thread last received, if it is still valid.
#[inline]
pub(super) fn cached(client: ClientKey) -> Option<Token> {
    let find = |entries: &RefCell<[Entry; CLIENTS]>| {
        let entries = entries.try_borrow().ok()?;
        let entry = entries.get(client.index()).filter(|entry| entry.client == client)?;
        entry.handle.upgrade()
    };
    // The cache of a thread that is ending is gone already.
    let handle = ENTRIES.try_with(find).ok().flatten()?;
    handle.is_valid().then_some(Token(handle))
}

pub(super) fn store(client: ClientKey, handle: &Arc<TokenHandle>) {
    let put = |entries: &RefCell<[Entry; CLIENTS]>| {
        if let Ok(mut entries) = entries.try_borrow_mut()
            && let Some(entry) = entries.get_mut(client.index())
        {
            *entry = Entry { client, handle: Arc::downgrade(handle) };
        }
    };
    // The cache of a thread that is ending is gone already: its next call takes the lock.
    let _ = ENTRIES.try_with(put);
}

/// Returns the group of the calling thread, below [`THREAD_GROUPS`].
pub(super) fn thread_group() -> usize {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    let group = |cell: &Cell<usize>| {
        if cell.get() == usize::MAX {
            cell.set(NEXT.fetch_add(1, Ordering::Relaxed) % THREAD_GROUPS);
        }
        cell.get()
    };
    GROUP.try_with(group).unwrap_or(0)
}
