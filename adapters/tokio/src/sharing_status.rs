//! Counts of the commands to a shared token store, for metrics and status pages.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use genesys_token_store::{Claimed, Published, StoreError};

/// Counts since the [`Sharing`](crate::Sharing) was made, of all its clients, and whether the store answers. Holds no secret.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SharingStatus {
    /// Lookups of a newer token, by answer.
    pub lookups: LookupCounts,
    /// Publications of a token, by answer.
    pub publications: PublicationCounts,
    /// Exchanges that clients began on their own, from their budget, because the store did not answer.
    pub fallbacks: u64,
    /// How many times the store has connected again, or tried to; 0 for stores without connections.
    pub reconnects: u64,
    /// Whether the last command was answered; `None` before the first one has ended. Commands are sent when a token is due: hours may
    /// pass between them.
    pub is_answering: Option<bool>,
    /// The time since the last answer; `None` before the first.
    pub since_answer: Option<Duration>,
}

/// Numbers of lookups by answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct LookupCounts {
    /// A newer token was found.
    pub tokens: u64,
    /// The lease was granted, to obtain a token.
    pub granted: u64,
    /// Another member has the lease.
    pub busy: u64,
    /// A newer token was found, but no key of this client decrypts it.
    pub unreadable: u64,
    /// No answer in time, or an error.
    pub unanswered: u64,
}

/// Numbers of publications by answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct PublicationCounts {
    /// The token is stored.
    pub stored: u64,
    /// A newer token was stored already.
    pub superseded: u64,
    /// No answer in time, or an error.
    pub unanswered: u64,
}

/// The counts of one `Sharing`.
#[derive(Debug, Default)]
pub(crate) struct SharingRecord(Mutex<Counted>);

#[derive(Debug, Default)]
struct Counted {
    status: SharingStatus,
    answered_at: Option<Instant>,
}

impl SharingRecord {
    pub(crate) fn looked_up<T>(&self, answer: &Result<Claimed<T>, StoreError>) {
        self.ended(answer.is_ok(), |status| match answer {
            Ok(Claimed::Token(_)) => &mut status.lookups.tokens,
            Ok(Claimed::Granted(_)) => &mut status.lookups.granted,
            Ok(Claimed::Busy { .. }) => &mut status.lookups.busy,
            Ok(Claimed::Unreadable { .. }) => &mut status.lookups.unreadable,
            Err(_) => &mut status.lookups.unanswered,
        });
    }

    pub(crate) fn published(&self, answer: &Result<Published, StoreError>) {
        self.ended(answer.is_ok(), |status| match answer {
            Ok(Published::Stored) => &mut status.publications.stored,
            Ok(Published::Superseded) => &mut status.publications.superseded,
            Err(_) => &mut status.publications.unanswered,
        });
    }

    pub(crate) fn fell_back(&self) {
        self.counted(|counted| counted.status.fallbacks += 1);
    }

    /// Returns the counts, with the store's own number.
    pub(crate) fn status(&self, reconnects: u64) -> SharingStatus {
        self.counted(|counted| SharingStatus {
            reconnects,
            since_answer: counted.answered_at.map(|at| at.elapsed()),
            ..counted.status
        })
    }

    fn ended(&self, has_answer: bool, counter: impl FnOnce(&mut SharingStatus) -> &mut u64) {
        self.counted(|counted| {
            *counter(&mut counted.status) += 1;
            counted.status.is_answering = Some(has_answer);
            if has_answer {
                counted.answered_at = Some(Instant::now());
            }
        });
    }

    fn counted<T>(&self, access: impl FnOnce(&mut Counted) -> T) -> T {
        // Nothing panics under the lock.
        access(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
