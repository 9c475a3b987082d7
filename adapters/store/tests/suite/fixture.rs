//! The commands of a member to a store.

use std::sync::{Arc, LazyLock};
use std::time::{Duration as StdDuration, Instant};

use genesys_token_core::time::Duration;
use genesys_token_store::{
    AccessToken, Claim, Claimed, EntryName, Generation, KeySource, Keys, Lease, Owner, Publication,
    Published, RedisSettings, RedisStore, SharedStore, StoreError,
};
use zeroize::Zeroizing;

pub(crate) const LIFETIME: Duration = Duration::from_secs(86_400);
pub(crate) const LEASE: Duration = Duration::from_secs(15);

/// Longer than anything takes on a loaded machine.
const LONG: StdDuration = StdDuration::from_secs(90);

pub(crate) fn entry() -> EntryName {
    EntryName::new("login.example", "client/with a slash")
}

/// All members have the same keys.
static KEYS: LazyLock<Arc<Keys>> =
    LazyLock::new(|| Arc::new(Keys::parse(&Keys::generate("one").unwrap()).unwrap()));

pub(crate) fn redis(settings: &RedisSettings) -> SharedStore {
    SharedStore::encrypted(RedisStore::new(settings).unwrap(), KeySource::Fixed(KEYS.clone()))
}

pub(crate) fn claim(owner: u128, newer_than: Generation) -> Claim {
    Claim { owner: Owner::new(owner), newer_than, margin: Duration::from_secs(300), lease: LEASE }
}

/// Sends a claim, with the time limit that a member has for a command.
pub(crate) async fn ask(store: &SharedStore, claim: Claim) -> Result<Claimed<AccessToken>, StoreError> {
    let entry = entry();
    let answer = tokio::time::timeout(StdDuration::from_secs(1), store.claim(&entry, claim));
    answer.await.unwrap_or_else(|_| Err(StoreError::new("no answer")))
}

/// Asks until there is an answer.
pub(crate) async fn answer(store: &SharedStore, claim: Claim) -> Claimed<AccessToken> {
    let mut cause = None;
    let begin = Instant::now();
    while begin.elapsed() < LONG {
        match ask(store, claim).await {
            Ok(claimed) => return claimed,
            Err(error) => cause = Some(error),
        }
        tokio::time::sleep(StdDuration::from_millis(50)).await;
    }
    panic!("the store gives no answer: {cause:?}");
}

pub(crate) async fn granted(store: &SharedStore, owner: u128, newer_than: Generation) -> Lease {
    match answer(store, claim(owner, newer_than)).await {
        Claimed::Granted(lease) => lease,
        other => panic!("{other:?}"),
    }
}

pub(crate) fn publication(owner: u128, lease: Lease, text: &str) -> Publication<AccessToken> {
    Publication {
        owner: Owner::new(owner),
        generation: lease.generation,
        lifetime: LIFETIME,
        ends_at: lease.granted_at.plus(LIFETIME),
        text: AccessToken::new(Zeroizing::new(text.to_owned())),
    }
}

/// Publishes until there is an answer.
pub(crate) async fn publish(store: &SharedStore, owner: u128, lease: Lease, text: &str) -> Published {
    let begin = Instant::now();
    while begin.elapsed() < LONG {
        if let Ok(published) = store.publish(&entry(), &publication(owner, lease, text)).await {
            return published;
        }
        tokio::time::sleep(StdDuration::from_millis(50)).await;
    }
    panic!("the store gives no answer");
}

pub(crate) async fn found(store: &SharedStore) -> Claimed<AccessToken> {
    answer(store, claim(99, Generation::NONE)).await
}

pub(crate) fn text(found: &Claimed<AccessToken>) -> &str {
    let Claimed::Token(token) = found else { panic!("{found:?}") };
    token.text.expose()
}
