//! The trait of stores.

use std::fmt;
use std::future::Future;
use std::pin::Pin;

use genesys_token_core::time::Duration;
use zeroize::Zeroizing;

use crate::values::{Claim, Claimed, EntryName, Owner, Publication, Published};

/// The future of a command.
pub type StoreFuture<'a, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'a>>;

/// A store of tokens. Each command behaves as the method of the same name of [`Entry`](crate::Entry), in one step.
///
/// An error, and a future that is dropped, leave open whether the command is or will be executed. All commands may be sent again.
pub trait Store: Send + Sync + fmt::Debug {
    /// Asks for a newer token or the lease.
    fn claim<'a>(&'a self, entry: &'a EntryName, claim: Claim)
    -> StoreFuture<'a, Claimed<Zeroizing<String>>>;

    /// Stores a token.
    fn publish<'a>(
        &'a self,
        entry: &'a EntryName,
        publication: Publication<Zeroizing<String>>,
    ) -> StoreFuture<'a, Published>;

    /// Shortens the lease of an owner whose exchange failed.
    fn release<'a>(&'a self, entry: &'a EntryName, owner: Owner, hold: Duration) -> StoreFuture<'a, ()>;

    /// Returns how many times the store has connected again, or tried to; 0 for a store without connections.
    fn reconnects(&self) -> u64 {
        0
    }
}

/// The reason why the outcome of a command is unknown. Contains no secret and no text of a dependency that may quote one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreError(String);

impl StoreError {
    /// Returns an error with a sentence for people: what happened, and what to do.
    #[must_use]
    pub fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for StoreError {}
