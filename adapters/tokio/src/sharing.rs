//! A client that shares its token through a store: its settings, and its membership.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use genesys_token_store::member::{Member, Rules};
use genesys_token_store::{
    AccessToken, Claim, Claimed, EntryName, Owner, Publication, Published, SharedStore, StoreError,
};
use tokio::time::timeout;

use crate::random;
use crate::sharing_status::{SharingRecord, SharingStatus};

/// The time that a lease has beyond an exchange: for late answers of the store and a busy processor.
const LEASE_MARGIN: Duration = Duration::from_secs(5);

/// The settings of a client that shares its token: see [`TokenClientBuilder::sharing`](crate::TokenClientBuilder::sharing).
///
/// All members of a fleet should have the same settings.
#[derive(Clone, Debug)]
pub struct Sharing {
    store: Arc<SharedStore>,
    command_timeout: Duration,
    budget: usize,
    window: Duration,
    record: Arc<SharingRecord>,
}

impl Sharing {
    /// Returns the default settings for sharing through this store.
    #[must_use]
    pub fn new(store: Arc<SharedStore>) -> Self {
        Self {
            store,
            command_timeout: Duration::from_secs(1),
            budget: 3,
            window: Duration::from_secs(10 * 60),
            record: Arc::default(),
        }
    }

    /// Limits the time of each command to the store. Default: 1 s. After it the outcome counts as unknown.
    #[must_use]
    pub const fn command_timeout(mut self, timeout: Duration) -> Self {
        self.command_timeout = timeout;
        self
    }

    /// Limits the exchanges that this client makes on its own while the store does not answer: so many in any window of this
    /// length. Default: 3 in 10 min; at most 16. A fleet makes at most this number times its members.
    #[must_use]
    pub const fn budget(mut self, exchanges: usize, window: Duration) -> Self {
        self.budget = exchanges;
        self.window = window;
        self
    }

    /// Returns counts of the commands of all clients that were built with this value or a clone of it. Sends no command.
    #[must_use]
    pub fn status(&self) -> SharingStatus {
        self.record.status(self.store.reconnects())
    }

    pub(crate) fn membership(
        self,
        exchange: Duration,
        margin: genesys_token_core::time::Duration,
    ) -> Membership {
        let lease = exchange.saturating_add(LEASE_MARGIN);
        let rules = Rules {
            exchange: exchange.into(),
            lease: lease.into(),
            // A holder that dies, and the one that follows it.
            wait: lease.saturating_mul(2).into(),
            margin,
            budget: self.budget,
            window: self.window.into(),
        };
        // A run's wait, a last claim, and waits between claims without an answer.
        let longest_wait = Duration::from(rules.wait)
            .saturating_add(self.command_timeout.saturating_mul(3))
            .saturating_add(Duration::from_secs(5));
        let member = Mutex::new(Member::new(rules, random::value()));
        Membership {
            store: self.store,
            command_timeout: self.command_timeout,
            longest_wait,
            member,
            record: self.record,
        }
    }
}

/// The store, and this client as a member of the fleet.
pub(crate) struct Membership {
    store: Arc<SharedStore>,
    command_timeout: Duration,
    longest_wait: Duration,
    member: Mutex<Member>,
    record: Arc<SharingRecord>,
}

impl Membership {
    /// Returns the longest time that passes before an exchange begins.
    pub(crate) const fn longest_wait(&self) -> Duration {
        self.longest_wait
    }

    /// Shortens a lease. If the command is lost, the lease ends by itself.
    pub(crate) async fn release(
        &self,
        entry: &EntryName,
        owner: Owner,
        hold: genesys_token_core::time::Duration,
    ) {
        let _ = timeout(self.command_timeout, self.store.release(entry, owner, hold)).await;
    }

    /// Sends a claim. After the time for a command its outcome is unknown.
    pub(crate) async fn claim(
        &self,
        entry: &EntryName,
        claim: Claim,
    ) -> Result<Claimed<AccessToken>, StoreError> {
        let answer = timeout(self.command_timeout, self.store.claim(entry, claim));
        let claimed = answer.await.unwrap_or_else(|_elapsed| Err(self.timed_out()));
        self.record.looked_up(&claimed);
        let claimed = claimed?;
        // Less than a second left cannot be written as `expires_in`; other characters are not a token's (RFC 6750 section 2.1).
        match &claimed {
            Claimed::Token(token) if token.remaining.as_secs() == 0 => {
                Err(StoreError::new("the token ends now"))
            }
            Claimed::Token(token) if !is_token(token.text.expose()) => {
                Ok(Claimed::Unreadable { generation: token.generation })
            }
            _ => Ok(claimed),
        }
    }

    /// Sends a publication, likewise.
    pub(crate) async fn publish(
        &self,
        entry: &EntryName,
        publication: &Publication<AccessToken>,
    ) -> Result<Published, StoreError> {
        let answer = timeout(self.command_timeout, self.store.publish(entry, publication));
        let published = answer.await.unwrap_or_else(|_elapsed| Err(self.timed_out()));
        self.record.published(&published);
        published
    }

    /// Counts an exchange from the budget.
    pub(crate) fn fell_back(&self) {
        self.record.fell_back();
    }

    fn timed_out(&self) -> StoreError {
        StoreError::new(format!("no answer within {} ms", self.command_timeout.as_millis()))
    }

    /// Takes the lock of the state machine for one step.
    pub(crate) fn member<T>(&self, step: impl FnOnce(&mut Member) -> T) -> T {
        // Nothing panics under the lock; and if it did, the state machine is consistent between its calls.
        step(&mut self.member.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\\'))
}
