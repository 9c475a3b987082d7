//! The way to a cached token that takes no lock and writes to no memory that threads share.
//!
//! Each thread remembers where it found the token of a client: a weak reference to a seat, which has a reference count
//! of its own. The seat is owned by the client's state; once a token is retired its seats are dropped there, and the
//! text is wiped when the last [`Token`] in use is.

use std::cell::{Cell, RefCell};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Weak};

use crate::token::{Held, Seat, Token};

/// Seats of one token: threads beyond these share.
const SEATS: usize = 16;
/// Clients that a thread remembers; beyond these it asks under the lock, which is slower but the same.
const REMEMBERED: usize = 16;

/// Names a client within this process. Never used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ClientKey(u64);

impl ClientKey {
    pub(crate) fn fresh() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        Self(NEXT.fetch_add(1, Ordering::Relaxed))
    }

    fn slot(self) -> usize {
        // Keys are handed out in order: neighbours do not collide.
        usize::try_from(self.0 % REMEMBERED as u64).unwrap_or(0)
    }
}

/// A token with its seats. Lives under the client's lock.
#[derive(Default)]
pub(crate) struct Published {
    held: Option<Arc<Held>>,
    seats: [Option<Arc<Seat>>; SEATS],
}

impl Published {
    pub(crate) fn held(&self) -> Option<&Held> {
        self.held.as_deref()
    }

    /// Puts `held` in the place of what was there, which is retired.
    pub(crate) fn replace(&mut self, held: Option<Held>) {
        if let Some(old) = &self.held {
            old.retire();
        }
        *self = Self { held: held.map(Arc::new), seats: Default::default() };
    }

    /// The token, on the seat of the calling thread, which remembers it for [`cached`].
    pub(crate) fn token(&mut self, client: ClientKey) -> Option<Token> {
        let held = self.held.as_ref()?;
        let seat = self.seats.get_mut(thread_number() % SEATS)?;
        let seat = seat.get_or_insert_with(|| Arc::new(Seat::new(held.clone())));
        remember(client, seat);
        Some(Token(seat.clone()))
    }
}

struct Slot {
    client: ClientKey,
    seat: Weak<Seat>,
}

thread_local! {
    static SLOTS: RefCell<[Slot; REMEMBERED]> =
        const { RefCell::new([const { Slot { client: ClientKey(0), seat: Weak::new() } }; REMEMBERED]) };
    static NUMBER: Cell<usize> = const { Cell::new(usize::MAX) };
}

/// The token this thread was last given, if it is still to be served.
#[inline]
pub(crate) fn cached(client: ClientKey) -> Option<Token> {
    let find = |slots: &RefCell<[Slot; REMEMBERED]>| {
        let slots = slots.try_borrow().ok()?;
        let slot = slots.get(client.slot()).filter(|slot| slot.client == client)?;
        slot.seat.upgrade()
    };
    // A thread that is ending has no slots any more.
    let seat = SLOTS.try_with(find).ok().flatten()?;
    seat.serves().then_some(Token(seat))
}

fn remember(client: ClientKey, seat: &Arc<Seat>) {
    let put = |slots: &RefCell<[Slot; REMEMBERED]>| {
        if let Ok(mut slots) = slots.try_borrow_mut()
            && let Some(slot) = slots.get_mut(client.slot())
        {
            *slot = Slot { client, seat: Arc::downgrade(seat) };
        }
    };
    // A thread that is ending remembers nothing.
    let _ = SLOTS.try_with(put);
}

fn thread_number() -> usize {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    let number = |cell: &Cell<usize>| {
        if cell.get() == usize::MAX {
            cell.set(NEXT.fetch_add(1, Ordering::Relaxed) % SEATS);
        }
        cell.get()
    };
    NUMBER.try_with(number).unwrap_or(0)
}
