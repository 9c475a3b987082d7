//! Clients that share one token through a store.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use genesys_token_sandbox::{Host, Response, Sandbox};
use genesys_token_tokio::core::time;
use genesys_token_tokio::store::{
    Claim, Claimed, EntryName, MemoryStore, Owner, Publication, Published, SharedStore, Store, StoreError,
    StoreFuture,
};
use genesys_token_tokio::{Sharing, SharingError, TokenClient, TokenErrorKind};
use zeroize::Zeroizing;

use crate::fixture::{builder, received, sandbox, until};

fn member(sandbox: &Sandbox, store: &Arc<SharedStore>) -> TokenClient {
    builder(sandbox).sharing(Sharing::new(store.clone())).build().unwrap()
}

fn members(sandbox: &Sandbox, store: &Arc<SharedStore>, count: usize) -> Vec<TokenClient> {
    (0..count).map(|_| member(sandbox, store)).collect()
}

/// Asks all members for a token at the same time.
async fn tokens(members: &[TokenClient]) -> Vec<String> {
    let asked: Vec<_> = members
        .iter()
        .map(|member| {
            let member = member.clone();
            tokio::spawn(async move { member.token().await.unwrap().expose().to_owned() })
        })
        .collect();
    let mut tokens = Vec::new();
    for token in asked {
        tokens.push(token.await.unwrap());
    }
    tokens
}

fn all_equal(tokens: &[String]) -> bool {
    tokens.windows(2).all(|pair| pair[0] == pair[1])
}

#[tokio::test]
async fn twenty_members_that_start_together_make_one_exchange() {
    let sandbox = sandbox().await;
    let store = Arc::new(SharedStore::in_memory());
    let members = members(&sandbox, &store, 20);
    assert!(all_equal(&tokens(&members).await));
    assert_eq!(received(&sandbox, Host::Login).len(), 1);
    let found: u64 = members.iter().map(|member| member.status().exchanges.shared).sum();
    assert_eq!(found, 19);
}

#[tokio::test]
async fn a_refused_token_is_replaced_once_for_all() {
    let sandbox = sandbox().await;
    let store = Arc::new(SharedStore::in_memory());
    let members = members(&sandbox, &store, 10);
    let first = tokens(&members).await;
    for member in &members {
        let token = member.token().await.unwrap();
        assert!(member.token_refused(&token));
    }
    let second = tokens(&members).await;
    assert!(all_equal(&second) && second[0] != first[0]);
    assert_eq!(received(&sandbox, Host::Login).len(), 2);
    // One that joins now has the new one.
    assert_eq!(member(&sandbox, &store).token().await.unwrap().expose(), second[0]);
}

#[tokio::test]
async fn each_refresh_is_one_exchange_and_no_member_has_an_expired_token() {
    let sandbox = Sandbox::builder().token_lifetime(Duration::from_secs(8)).start().await.unwrap();
    let store = Arc::new(SharedStore::in_memory());
    let members = members(&sandbox, &store, 5);
    let mut seen = std::collections::BTreeSet::new();
    while seen.len() < 3 {
        for member in &members {
            let token = member.token().await.unwrap();
            assert!(!token.expires_in().is_zero());
            seen.insert(token.expose().to_owned());
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    // A member that has not asked for its token yet may be about to find the third one.
    assert_eq!(received(&sandbox, Host::Login).len(), seen.len());
}

#[tokio::test]
async fn a_failed_exchange_leaves_the_lease_to_another_member_soon() {
    let sandbox = sandbox().await;
    sandbox.script(Host::Login, Response::empty_unavailable());
    let store = Arc::new(SharedStore::in_memory());
    let (one, other) = (member(&sandbox, &store), member(&sandbox, &store));
    one.token().await.unwrap_err();
    let token = other.token().await.unwrap();
    until("the failed member's next attempt", || one.cached().is_some() || one.status().token_age.is_some())
        .await;
    assert_eq!(one.token().await.unwrap().expose(), token.expose());
    assert_eq!(received(&sandbox, Host::Login).len(), 2);
}

#[tokio::test]
async fn clients_with_other_credentials_never_share() {
    let sandbox = Sandbox::builder()
        .client(genesys_token_sandbox::Client::demo())
        .client(genesys_token_sandbox::Client::new("other-client", "other-secret"))
        .start()
        .await
        .unwrap();
    let store = Arc::new(SharedStore::in_memory());
    let one = member(&sandbox, &store).token().await.unwrap();
    let other = builder(&sandbox)
        .credentials(genesys_token_tokio::StaticCredentials::new("other-client", "other-secret").unwrap())
        .sharing(Sharing::new(store))
        .build()
        .unwrap();
    assert_ne!(other.token().await.unwrap().expose(), one.expose());
}

/// A store that can be switched off: then its commands are executed, and never answered.
#[derive(Debug, Default)]
struct Interrupted {
    store: MemoryStore,
    is_away: Arc<AtomicBool>,
}

impl Interrupted {
    fn answer<'a, T: Send + 'a>(&'a self, command: StoreFuture<'a, T>) -> StoreFuture<'a, T> {
        Box::pin(async move {
            let answer = command.await;
            if self.is_away.load(Ordering::Relaxed) {
                return Err(StoreError::new("switched off by the test"));
            }
            answer
        })
    }
}

impl Store for Interrupted {
    fn claim<'a>(
        &'a self,
        entry: &'a EntryName,
        claim: Claim,
    ) -> StoreFuture<'a, Claimed<Zeroizing<String>>> {
        self.answer(self.store.claim(entry, claim))
    }

    fn publish<'a>(
        &'a self,
        entry: &'a EntryName,
        publication: Publication<Zeroizing<String>>,
    ) -> StoreFuture<'a, Published> {
        self.answer(self.store.publish(entry, publication))
    }

    fn release<'a>(
        &'a self,
        entry: &'a EntryName,
        owner: Owner,
        hold: time::Duration,
    ) -> StoreFuture<'a, ()> {
        self.answer(self.store.release(entry, owner, hold))
    }
}

fn interrupted() -> (Arc<SharedStore>, Arc<AtomicBool>) {
    let store = Interrupted::default();
    let is_away = store.is_away.clone();
    (Arc::new(SharedStore::of(store)), is_away)
}

#[tokio::test]
async fn without_the_store_each_member_has_a_token_and_its_budget_bounds_the_exchanges() {
    let sandbox = sandbox().await;
    let (store, is_away) = interrupted();
    is_away.store(true, Ordering::Relaxed);
    let sharing = Sharing::new(store).budget(2, Duration::from_secs(600));
    let client = builder(&sandbox).sharing(sharing).build().unwrap();
    for _ in 0..2 {
        let token = client.token().await.unwrap();
        // Accepted, and refused later: each is replaced.
        client.token_used(&token);
        assert!(client.token_refused(&token));
    }
    let mut error = client.token().await;
    while error.is_ok() {
        error = client.token().await;
    }
    let error = error.unwrap_err();
    let TokenErrorKind::Sharing(SharingError::BudgetUsedUp { cause, free_in }) = error.kind() else {
        panic!("{error}")
    };
    assert!(cause.contains("switched off") && *free_in <= Duration::from_secs(600), "{error}");
    assert_eq!(received(&sandbox, Host::Login).len(), 2);
    // The store returns: the next attempt is a shared one.
    is_away.store(false, Ordering::Relaxed);
    until("a token", || client.status().token_age.is_some()).await;
    assert_eq!(received(&sandbox, Host::Login).len(), 3);
}
