//! A store with the keys that its tokens are encrypted with.

use genesys_token_core::time::Duration;
use zeroize::Zeroizing;

#[cfg(feature = "_seal")]
use crate::key_source::{CachedKeys, KeySource};
use crate::memory::MemoryStore;
use crate::store::{Store, StoreError};
use crate::values::{AccessToken, Claim, Claimed, EntryName, Found, Owner, Publication, Published};

/// A store with its keys, for a client's builder. Several clients may share one.
#[derive(Debug)]
pub struct SharedStore {
    store: Box<dyn Store>,
    #[cfg(feature = "_seal")]
    keys: Option<CachedKeys>,
}

impl SharedStore {
    /// Returns a store within this process, for clients of one program. Its tokens are not encrypted.
    #[must_use]
    pub fn in_memory() -> Self {
        Self::of(MemoryStore::default())
    }

    /// Returns a store that keeps tokens as they are: one within this process, or one that encrypts them itself.
    #[must_use]
    pub fn of(store: impl Store + 'static) -> Self {
        Self {
            store: Box::new(store),
            #[cfg(feature = "_seal")]
            keys: None,
        }
    }

    /// Returns a store whose tokens are encrypted with these keys.
    #[cfg(feature = "_seal")]
    #[must_use]
    pub fn encrypted(store: impl Store + 'static, keys: KeySource) -> Self {
        Self { store: Box::new(store), keys: Some(CachedKeys::new(keys)) }
    }

    /// As [`Store::claim`], with the token's text.
    ///
    /// # Errors
    /// [`StoreError`]: the outcome is unknown.
    pub async fn claim(&self, entry: &EntryName, claim: Claim) -> Result<Claimed<AccessToken>, StoreError> {
        let found = match self.store.claim(entry, claim).await? {
            Claimed::Token(found) => found,
            Claimed::Granted(lease) => return Ok(Claimed::Granted(lease)),
            Claimed::Busy { remaining } => return Ok(Claimed::Busy { remaining }),
            Claimed::Unreadable { generation } => return Ok(Claimed::Unreadable { generation }),
        };
        let generation = found.generation;
        Ok(match self.open(entry, &found).await? {
            None => Claimed::Unreadable { generation },
            Some(text) => Claimed::Token(Found {
                text: AccessToken::new(text),
                generation,
                lifetime: found.lifetime,
                remaining: found.remaining,
            }),
        })
    }

    /// As [`Store::publish`], of the token's text.
    ///
    /// # Errors
    /// [`StoreError`]: the outcome is unknown.
    pub async fn publish(
        &self,
        entry: &EntryName,
        publication: &Publication<AccessToken>,
    ) -> Result<Published, StoreError> {
        let text = self.seal(entry, publication).await?;
        let Publication { owner, generation, lifetime, ends_at, .. } = *publication;
        self.store.publish(entry, Publication { owner, generation, lifetime, ends_at, text }).await
    }

    /// As [`Store::release`].
    ///
    /// # Errors
    /// [`StoreError`]: the outcome is unknown.
    pub async fn release(&self, entry: &EntryName, owner: Owner, hold: Duration) -> Result<(), StoreError> {
        self.store.release(entry, owner, hold).await
    }

    /// Returns how many times the store has connected again, or tried to: see [`Store::reconnects`].
    #[must_use]
    pub fn reconnects(&self) -> u64 {
        self.store.reconnects()
    }

    #[cfg(feature = "_seal")]
    async fn open(
        &self,
        entry: &EntryName,
        found: &Found<Zeroizing<String>>,
    ) -> Result<Option<Zeroizing<String>>, StoreError> {
        let Some(source) = &self.keys else { return Ok(Some(found.text.clone())) };
        Ok(source.keys().await?.open(&found.text, entry, found.generation, found.lifetime))
    }

    #[cfg(not(feature = "_seal"))]
    #[expect(clippy::unused_async, reason = "the same signature as with encryption")]
    async fn open(
        &self,
        _: &EntryName,
        found: &Found<Zeroizing<String>>,
    ) -> Result<Option<Zeroizing<String>>, StoreError> {
        Ok(Some(found.text.clone()))
    }

    #[cfg(feature = "_seal")]
    async fn seal(
        &self,
        entry: &EntryName,
        publication: &Publication<AccessToken>,
    ) -> Result<Zeroizing<String>, StoreError> {
        let Publication { generation, lifetime, text, .. } = publication;
        match &self.keys {
            None => Ok(Zeroizing::new(text.expose().to_owned())),
            Some(source) => source.keys().await?.seal(text, entry, *generation, *lifetime),
        }
    }

    #[cfg(not(feature = "_seal"))]
    #[expect(clippy::unused_async, reason = "the same signature as with encryption")]
    async fn seal(
        &self,
        _: &EntryName,
        publication: &Publication<AccessToken>,
    ) -> Result<Zeroizing<String>, StoreError> {
        Ok(Zeroizing::new(publication.text.expose().to_owned()))
    }
}
