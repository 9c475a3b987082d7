//! The behaviour that all stores have in common, run on each of them.

use genesys_token_core::time::Duration;
use genesys_token_store::{Claimed, Generation, Owner, Published, SharedStore};

use crate::fixture::{LEASE, LIFETIME, answer, claim, entry, found, granted, publish, text};

/// Plays a lease, its release, a holder that is overtaken, commands that are sent again, and a token that was refused, on an entry that
/// has nothing yet. `one` and `other` are two members' ways to the same store.
pub(crate) async fn leases_and_tokens(one: &SharedStore, other: &SharedStore) {
    let lease = granted(one, 1, Generation::NONE).await;
    let again = granted(other, 1, Generation::NONE).await;
    assert_eq!((again.generation, again.granted_at), (lease.generation, lease.granted_at), "its own lease");
    let Claimed::Busy { remaining } = answer(other, claim(2, Generation::NONE)).await else { panic!() };
    assert!(remaining <= LEASE && remaining > Duration::from_secs(5));
    // The holder gives it up, and is overtaken.
    one.release(&entry(), Owner::new(1), Duration::ZERO).await.unwrap();
    let fast = granted(other, 2, Generation::NONE).await;
    assert!(fast.generation > lease.generation);
    assert_eq!(publish(other, 2, fast, "SENTINEL-newer").await, Published::Stored);
    assert_eq!(publish(one, 1, lease, "SENTINEL-older").await, Published::Superseded);
    assert_eq!(publish(other, 2, fast, "SENTINEL-newer").await, Published::Stored, "sent again");
    let token = answer(one, claim(3, lease.generation)).await;
    assert_eq!(text(&token), "SENTINEL-newer");
    assert!(!format!("{token:?}").contains("SENTINEL"));
    let Claimed::Token(token) = token else { panic!() };
    assert_eq!((token.generation, token.lifetime), (fast.generation, LIFETIME));
    assert!(token.remaining <= LIFETIME && token.remaining > Duration::from_secs(86_000));
    // A member that reports it as refused gets the lease for the next one; members without a token still find it.
    let next = granted(one, 3, fast.generation).await;
    assert!(next.generation > fast.generation);
    assert_eq!(text(&found(other).await), "SENTINEL-newer");
    // A failed exchange gives the lease to another after its hold.
    one.release(&entry(), Owner::new(3), Duration::ZERO).await.unwrap();
    let last = granted(other, 4, fast.generation).await;
    assert!(last.generation > next.generation);
}
