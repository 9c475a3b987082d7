//! The store in Redis, with real servers: what it stores, and what their ends, pauses and restarts do.

use std::sync::Arc;
use std::time::Duration as StdDuration;

use genesys_token_store::{
    AccessToken, Claim, Claimed, EntryName, Generation, KeySource, Keys, Lease, Owner, Publication,
    Published, RedisAddress, RedisSettings, RedisStore, SharedStore, StoreError,
};
use genesys_token_tokio::core::time::Duration;
use zeroize::Zeroizing;

use crate::certificate;
use crate::redis_server::Server;

const LIFETIME: Duration = Duration::from_secs(86_400);

fn entry() -> EntryName {
    EntryName::new("login.example", "client")
}

fn settings(server: &Server) -> RedisSettings {
    RedisSettings { address: RedisAddress::Unix(server.socket()), user: None, password: None, database: 0 }
}

fn open(settings: &RedisSettings) -> SharedStore {
    let keys = Arc::new(Keys::parse(&Keys::generate("one").unwrap()).unwrap());
    SharedStore::encrypted(RedisStore::new(settings).unwrap(), KeySource::Fixed(keys))
}

fn claim(owner: u128, newer_than: Generation) -> Claim {
    let lease = Duration::from_secs(15);
    Claim { owner: Owner::new(owner), newer_than, margin: Duration::from_secs(300), lease }
}

/// With the limit for a command that a member has.
async fn ask(store: &SharedStore, claim: Claim) -> Result<Claimed<AccessToken>, StoreError> {
    let entry = entry();
    let answer = tokio::time::timeout(StdDuration::from_secs(1), store.claim(&entry, claim));
    answer.await.unwrap_or_else(|_| Err(StoreError::new("no answer")))
}

/// Asks until there is an answer.
async fn answer(store: &SharedStore, claim: Claim) -> Claimed<AccessToken> {
    for _ in 0..100 {
        if let Ok(claimed) = ask(store, claim).await {
            return claimed;
        }
        tokio::time::sleep(StdDuration::from_millis(50)).await;
    }
    panic!("the store gives no answer");
}

async fn granted(store: &SharedStore, owner: u128, newer_than: Generation) -> Lease {
    match answer(store, claim(owner, newer_than)).await {
        Claimed::Granted(lease) => lease,
        other => panic!("{other:?}"),
    }
}

async fn publish(store: &SharedStore, owner: u128, lease: Lease, text: &str) -> Published {
    let publication = Publication {
        owner: Owner::new(owner),
        generation: lease.generation,
        lifetime: LIFETIME,
        ends_at: lease.granted_at.plus(LIFETIME),
        text: AccessToken::new(Zeroizing::new(text.to_owned())),
    };
    store.publish(&entry(), &publication).await.unwrap()
}

fn text(found: &Claimed<AccessToken>) -> &str {
    let Claimed::Token(token) = found else { panic!("{found:?}") };
    token.text.expose()
}

#[tokio::test]
async fn leases_and_tokens_are_as_in_every_store() {
    let server = Server::start(&[]);
    let store = open(&settings(&server));
    let lease = granted(&store, 1, Generation::NONE).await;
    let again = granted(&store, 1, Generation::NONE).await;
    assert_eq!((again.generation, again.granted_at), (lease.generation, lease.granted_at), "its own lease");
    let Claimed::Busy { remaining } = answer(&store, claim(2, Generation::NONE)).await else { panic!() };
    assert!(remaining <= Duration::from_secs(15) && remaining > Duration::from_secs(5));
    // The holder gives it up, and is overtaken.
    store.release(&entry(), Owner::new(1), Duration::ZERO).await.unwrap();
    let fast = granted(&store, 2, Generation::NONE).await;
    assert!(fast.generation > lease.generation);
    assert_eq!(publish(&store, 2, fast, "SENTINEL-newer").await, Published::Stored);
    assert_eq!(publish(&store, 1, lease, "SENTINEL-older").await, Published::Superseded);
    assert_eq!(publish(&store, 2, fast, "SENTINEL-newer").await, Published::Stored, "sent again");
    let found = answer(&store, claim(3, lease.generation)).await;
    assert_eq!(text(&found), "SENTINEL-newer");
    let Claimed::Token(found) = found else { panic!() };
    assert_eq!((found.generation, found.lifetime), (fast.generation, LIFETIME));
    assert!(found.remaining <= LIFETIME && found.remaining > Duration::from_secs(86_000));
    // One that has refused it gets the lease for the next one.
    let next = granted(&store, 3, fast.generation).await;
    assert!(next.generation > fast.generation);
    // Encrypted, under one key, which does not stay forever.
    let hash = server.cli(&["HGETALL", "genesys-token:{login.example/client}"]);
    assert!(hash.contains("gts1.one.") && !hash.contains("SENTINEL"), "{hash}");
    let left: i64 = server.cli(&["PTTL", "genesys-token:{login.example/client}"]).trim().parse().unwrap();
    assert!(left > 86_400_000 && left <= 2 * 86_400_000 + 15_000, "{left}");
}

/// The size that docs/operations.md states for planning: a token as long as the service's, and a lease for the next one.
#[tokio::test]
async fn an_entry_takes_less_than_a_kilobyte_of_the_servers_memory() {
    let server = Server::start(&[]);
    let store = open(&settings(&server));
    let lease = granted(&store, 1, Generation::NONE).await;
    assert_eq!(publish(&store, 1, lease, &"t".repeat(86)).await, Published::Stored);
    granted(&store, 2, lease.generation).await;
    let used = server.cli(&["MEMORY", "USAGE", "genesys-token:{login.example/client}"]);
    let used: u64 = used.trim().parse().unwrap();
    assert!(used > 300 && used < 1024, "{used} bytes");
}

#[tokio::test]
async fn a_token_inside_its_margin_is_not_found_and_a_late_publication_does_not_prolong_it() {
    let server = Server::start(&[]);
    let store = open(&settings(&server));
    let lease = granted(&store, 1, Generation::NONE).await;
    let short = Duration::from_millis(400);
    let publication = Publication {
        owner: Owner::new(1),
        generation: lease.generation,
        lifetime: short,
        ends_at: lease.granted_at.plus(short),
        text: AccessToken::new(Zeroizing::new("short".to_owned())),
    };
    // Executed after the token has ended.
    tokio::time::sleep(StdDuration::from_millis(500)).await;
    assert_eq!(store.publish(&entry(), &publication).await.unwrap(), Published::Stored);
    let next = granted(&store, 2, Generation::NONE).await;
    assert!(next.generation > lease.generation);
}

#[tokio::test]
async fn a_paused_server_executes_the_claim_later_and_its_owner_finds_its_lease() {
    let server = Server::start(&[]);
    let store = open(&settings(&server));
    // Connected, and the script is loaded.
    let _ = granted(&store, 9, Generation::NONE).await;
    store.release(&entry(), Owner::new(9), Duration::ZERO).await.unwrap();
    server.pause();
    let error = ask(&store, claim(1, Generation::NONE)).await.unwrap_err();
    assert!(error.to_string().contains("no answer"), "{error}");
    server.resume();
    // The claim that had no answer was executed: another member is not granted the lease, and its owner is.
    assert!(matches!(answer(&store, claim(2, Generation::NONE)).await, Claimed::Busy { .. }));
    let _ = granted(&store, 1, Generation::NONE).await;
}

#[tokio::test]
async fn without_persistence_a_restart_loses_the_token_and_numbers_still_rise() {
    let mut server = Server::start(&[]);
    let store = open(&settings(&server));
    let lease = granted(&store, 1, Generation::NONE).await;
    publish(&store, 1, lease, "first").await;
    server.kill();
    ask(&store, claim(2, Generation::NONE)).await.unwrap_err();
    server.start_again(&[]);
    let next = granted(&store, 2, Generation::NONE).await;
    assert!(next.generation > lease.generation);
    // A holder from before the restart publishes late: its older token is replaced, and does not come back.
    assert_eq!(publish(&store, 2, next, "second").await, Published::Stored);
    assert_eq!(publish(&store, 1, lease, "first").await, Published::Superseded);
    assert_eq!(text(&answer(&store, claim(3, Generation::NONE)).await), "second");
}

#[tokio::test]
async fn with_persistence_a_restart_keeps_the_token_and_while_it_loads_nothing_is_concluded() {
    let mut server = Server::start(&["--appendonly", "yes", "--appendfsync", "always"]);
    let store = open(&settings(&server));
    let lease = granted(&store, 1, Generation::NONE).await;
    publish(&store, 1, lease, "first").await;
    server.cli(&["DEBUG", "POPULATE", "400"]);
    let saved = server.cli(&["BGREWRITEAOF"]);
    assert!(saved.contains("rewriting started"), "{saved}");
    while !server.cli(&["INFO", "persistence"]).contains("aof_rewrite_in_progress:0") {
        tokio::time::sleep(StdDuration::from_millis(20)).await;
    }
    server.kill();
    server.start_again(&["--key-load-delay", "5000"]);
    let mut refused = 0;
    let found = loop {
        match ask(&store, claim(2, Generation::NONE)).await {
            Ok(found) => break found,
            Err(error) => {
                refused += 1;
                assert!(refused < 1000, "{error}");
            }
        }
        tokio::time::sleep(StdDuration::from_millis(20)).await;
    };
    assert_eq!(text(&found), "first");
    assert!(refused > 0, "it was asked while it loaded");
}

#[tokio::test]
async fn a_user_of_the_access_control_list_needs_few_rights_and_a_wrong_password_is_named() {
    let rules =
        "on >password-7 ~genesys-token:* +evalsha +eval +script|load +time +hmget +hset +hdel +pexpireat";
    let mut arguments = vec!["--user", "genesys"];
    arguments.extend(rules.split(' '));
    let server = Server::start(&arguments);
    let of = |password: &str| RedisSettings {
        user: Some("genesys".to_owned()),
        password: Some(Zeroizing::new(password.to_owned())),
        ..settings(&server)
    };
    let store = open(&of("password-7"));
    let lease = granted(&store, 1, Generation::NONE).await;
    assert_eq!(publish(&store, 1, lease, "first").await, Published::Stored);
    let wrong = open(&of("SENTINEL-password"));
    let error = wrong.claim(&entry(), claim(2, Generation::NONE)).await.unwrap_err().to_string();
    assert!(error.contains("password") && !error.contains("SENTINEL"), "{error}");
    assert!(!format!("{:?} {wrong:?}", of("SENTINEL-password")).contains("SENTINEL"));
}

#[tokio::test]
async fn over_tls_the_certificate_is_verified() {
    let directory = tempfile::tempdir().unwrap();
    let (certificate, key) = certificate::self_signed(directory.path());
    // A port that was free a moment ago.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let port_text = port.to_string();
    let server = Server::start(&[
        "--bind",
        "127.0.0.1",
        "--tls-port",
        &port_text,
        "--tls-cert-file",
        certificate.to_str().unwrap(),
        "--tls-key-file",
        key.to_str().unwrap(),
        "--tls-auth-clients",
        "no",
    ]);
    let of = |roots: Option<Vec<u8>>| RedisSettings {
        address: RedisAddress::Tls { host: "localhost".to_owned(), port, roots },
        ..settings(&server)
    };
    let store = open(&of(Some(std::fs::read(&certificate).unwrap())));
    let lease = granted(&store, 1, Generation::NONE).await;
    assert_eq!(publish(&store, 1, lease, "first").await, Published::Stored);
    // Without the anchor nothing is sent.
    let untrusting = open(&of(None));
    ask(&untrusting, claim(2, Generation::NONE)).await.unwrap_err();
}
