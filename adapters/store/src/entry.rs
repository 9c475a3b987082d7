//! What a store does with one entry. Every store behaves as this: the memory and file stores run it, that of Redis has it as scripts.
//!
//! Invariants, which the model in `tests/model` checks:
//! 1. A lease is granted only if there is none, or the last one has ended by the store's clock.
//! 2. The number of a lease is above that of every lease and token before, while the entry is kept.
//! 3. A stored token is replaced only by one with a higher number.
//! 4. A found token has no more time left than its publisher knew it to have.

use genesys_token_core::time::Duration;

use crate::values::{Claim, Claimed, EngineTime, Found, Generation, Lease, Owner, Publication, Published};

/// One entry: the last number, the lease and the token, each if there is one. `T` is the form in which the token is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry<T> {
    pub(crate) last: Generation,
    pub(crate) lease: Option<HeldLease>,
    pub(crate) token: Option<HeldToken<T>>,
}

/// A lease that was granted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct HeldLease {
    pub(crate) owner: Owner,
    pub(crate) generation: Generation,
    pub(crate) granted_at: EngineTime,
    pub(crate) ends_at: EngineTime,
}

/// A token that was published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct HeldToken<T> {
    pub(crate) text: T,
    pub(crate) generation: Generation,
    pub(crate) lifetime: Duration,
    pub(crate) ends_at: EngineTime,
}

impl<T> Default for Entry<T> {
    fn default() -> Self {
        Self { last: Generation::NONE, lease: None, token: None }
    }
}

impl<T: Clone> Entry<T> {
    /// Answers a claim at this time of the store's clock.
    pub fn claim(&mut self, claim: &Claim, now: EngineTime) -> Claimed<T> {
        if let Some(found) = self.token.as_ref().and_then(|token| token.answer(claim, now)) {
            return Claimed::Token(found);
        }
        if let Some(lease) = self.lease.filter(|lease| now < lease.ends_at) {
            let remaining = lease.ends_at.since(now);
            return if lease.owner == claim.owner {
                Claimed::Granted(Lease {
                    generation: lease.generation,
                    granted_at: lease.granted_at,
                    remaining,
                })
            } else {
                Claimed::Busy { remaining }
            };
        }
        let generation = self.next(claim.newer_than, now);
        self.last = generation;
        self.lease = Some(HeldLease {
            owner: claim.owner,
            generation,
            granted_at: now,
            ends_at: now.plus(claim.lease),
        });
        Claimed::Granted(Lease { generation, granted_at: now, remaining: claim.lease })
    }

    /// Stores a token unless there is a newer one, and ends the lease of its owner.
    pub fn publish(&mut self, publication: Publication<T>) -> Published {
        self.lease = self.lease.filter(|lease| lease.owner != publication.owner);
        let stored = self.token.as_ref().map_or(Generation::NONE, |token| token.generation);
        if stored > publication.generation {
            return Published::Superseded;
        }
        if stored < publication.generation {
            self.last = self.last.max(publication.generation);
            self.token = Some(HeldToken {
                text: publication.text,
                generation: publication.generation,
                lifetime: publication.lifetime,
                ends_at: publication.ends_at,
            });
        }
        Published::Stored
    }

    /// Shortens the lease of this owner, whose exchange failed: it ends `hold` after `now`, or earlier.
    pub fn release(&mut self, owner: Owner, hold: Duration, now: EngineTime) {
        if let Some(lease) = self.lease.as_mut().filter(|lease| lease.owner == owner) {
            lease.ends_at = lease.ends_at.min(now.plus(hold));
        }
    }

    fn next(&self, seen: Generation, now: EngineTime) -> Generation {
        let highest = self.last.number().max(seen.number()).max(now.as_millis());
        Generation::new(highest.saturating_add(1))
    }
}

impl<T: Clone> HeldToken<T> {
    /// Returns the token if it answers a claim at this time of the store's clock: newer, and outside its margin.
    pub(crate) fn answer(&self, claim: &Claim, now: EngineTime) -> Option<Found<T>> {
        let remaining = self.remaining(now);
        let is_answer =
            self.generation > claim.newer_than && remaining > claim.margin.min(quarter(self.lifetime));
        is_answer.then(|| Found {
            text: self.text.clone(),
            generation: self.generation,
            lifetime: self.lifetime,
            remaining,
        })
    }

    /// Returns the time until the token ends: at most its lifetime, even if the clock was set back.
    fn remaining(&self, now: EngineTime) -> Duration {
        self.ends_at.since(now).min(self.lifetime)
    }
}

/// Returns a quarter of the lifetime: the longest refresh margin.
pub(crate) const fn quarter(lifetime: Duration) -> Duration {
    Duration::from_millis(lifetime.as_millis() / 4)
}
