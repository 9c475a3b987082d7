//! The store in Redis, with real servers: what it stores, and what their ends, pauses and restarts do.

use std::time::Duration as StdDuration;

use genesys_token_core::time::Duration;
use genesys_token_interop::{RedisServer, issue_certificate};
use genesys_token_store::{
    Claimed, Generation, Publication, Published, RedisAddress, RedisLogin, RedisNode, RedisSettings, RedisTls,
};
use zeroize::Zeroizing;

use crate::fixture::{answer, ask, claim, entry, granted, publication, publish, redis as open, text};
use crate::scenario;

const KEY: &str = "genesys-token:{login.example/client/with a slash}";

fn settings(server: &RedisServer) -> RedisSettings {
    RedisSettings { address: RedisAddress::Unix(server.socket()), login: RedisLogin::default(), database: 0 }
}

fn start(options: &[&str]) -> RedisServer {
    RedisServer::start(options).unwrap()
}

#[tokio::test]
async fn leases_and_tokens_are_as_in_every_store() {
    let server = start(&[]);
    let store = open(&settings(&server));
    scenario::leases_and_tokens(&store, &store).await;
    // Encrypted, under one key, which does not stay forever.
    let hash = server.cli(&["HGETALL", KEY]).unwrap();
    assert!(hash.contains("gts1.one.") && !hash.contains("SENTINEL"), "{hash}");
    let left: i64 = server.cli(&["PTTL", KEY]).unwrap().trim().parse().unwrap();
    assert!(left > 86_400_000 && left <= 2 * 86_400_000 + 15_000, "{left}");
}

/// A token as long as the service's, and a lease for the next one. docs/operations.md has the number.
#[tokio::test]
async fn an_entry_takes_no_more_of_the_servers_memory_than_documented() {
    let server = start(&[]);
    let store = open(&settings(&server));
    let lease = granted(&store, 1, Generation::NONE).await;
    assert_eq!(publish(&store, 1, lease, &"t".repeat(86)).await, Published::Stored);
    granted(&store, 2, lease.generation).await;
    let used = server.cli(&["MEMORY", "USAGE", KEY, "SAMPLES", "0"]).unwrap();
    let used: u64 = used.trim().parse().unwrap();
    let page = include_str!("../../../../docs/operations.md");
    let (before, _) = page.split_once(" bytes of its memory").unwrap();
    let documented: u64 = before.rsplit(' ').next().unwrap().parse().unwrap();
    assert!(used <= documented && used > documented / 2, "{used} bytes, documented {documented}");
}

/// What the next lookups cost the server: the token is read without a script.
#[tokio::test]
async fn a_member_that_finds_a_token_runs_no_script() {
    let server = start(&[]);
    let store = open(&settings(&server));
    let lease = granted(&store, 1, Generation::NONE).await;
    publish(&store, 1, lease, "first").await;
    server.cli(&["CONFIG", "RESETSTAT"]).unwrap();
    for owner in 2..5 {
        assert_eq!(text(&answer(&store, claim(owner, Generation::NONE)).await), "first");
    }
    let commands = server.cli(&["INFO", "commandstats"]).unwrap();
    assert!(commands.contains("cmdstat_hmget:calls=3,") && !commands.contains("eval"), "{commands}");
    // Not newer than its own: the script decides.
    let next = granted(&store, 5, lease.generation).await;
    assert!(next.generation > lease.generation);
}

#[tokio::test]
async fn a_token_inside_its_margin_is_not_found_and_a_late_publication_does_not_prolong_it() {
    let server = start(&[]);
    let store = open(&settings(&server));
    let lease = granted(&store, 1, Generation::NONE).await;
    let short = Duration::from_millis(400);
    let publication = Publication {
        lifetime: short,
        ends_at: lease.granted_at.plus(short),
        ..publication(1, lease, "short")
    };
    // Executed after the token has ended.
    tokio::time::sleep(StdDuration::from_millis(500)).await;
    assert_eq!(store.publish(&entry(), &publication).await.unwrap(), Published::Stored);
    let next = granted(&store, 2, Generation::NONE).await;
    assert!(next.generation > lease.generation);
}

#[tokio::test]
async fn a_paused_server_executes_a_publication_later_and_a_claim_is_sent_again() {
    let server = start(&[]);
    let store = open(&settings(&server));
    // Connected, and the scripts are loaded.
    let first = granted(&store, 9, Generation::NONE).await;
    publish(&store, 9, first, "first").await;
    let lease = granted(&store, 1, first.generation).await;
    server.pause().unwrap();
    let name = entry();
    let publication = publication(1, lease, "second");
    let lost = tokio::time::timeout(StdDuration::from_secs(1), store.publish(&name, &publication)).await;
    assert!(lost.is_err() || lost.is_ok_and(|lost| lost.is_err()));
    let error = ask(&store, claim(2, first.generation)).await.unwrap_err();
    assert!(error.to_string().contains("no answer"), "{error}");
    server.resume().unwrap();
    // The publication that had no answer is executed, sooner or later; until then the lease is the holder's.
    let found = loop {
        match answer(&store, claim(2, first.generation)).await {
            Claimed::Busy { .. } => tokio::time::sleep(StdDuration::from_millis(20)).await,
            other => break other,
        }
    };
    assert_eq!(text(&found), "second");
    // Sent again, it changes nothing.
    assert_eq!(publish(&store, 1, lease, "second").await, Published::Stored);
}

#[tokio::test]
async fn without_persistence_a_restart_loses_the_token_and_numbers_still_rise() {
    let mut server = start(&[]);
    let store = open(&settings(&server));
    let lease = granted(&store, 1, Generation::NONE).await;
    publish(&store, 1, lease, "first").await;
    server.kill();
    ask(&store, claim(2, Generation::NONE)).await.unwrap_err();
    server.start_again(&[]).unwrap();
    let next = granted(&store, 2, Generation::NONE).await;
    assert!(next.generation > lease.generation);
    // A holder from before the restart publishes late: its older token is replaced, and does not come back.
    assert_eq!(publish(&store, 2, next, "second").await, Published::Stored);
    assert_eq!(publish(&store, 1, lease, "first").await, Published::Superseded);
    assert_eq!(text(&answer(&store, claim(3, Generation::NONE)).await), "second");
}

#[tokio::test]
async fn with_persistence_a_restart_keeps_the_token_and_while_it_loads_nothing_is_concluded() {
    let mut server = start(&["--appendonly", "yes", "--appendfsync", "always"]);
    let store = open(&settings(&server));
    let lease = granted(&store, 1, Generation::NONE).await;
    publish(&store, 1, lease, "first").await;
    server.cli(&["DEBUG", "POPULATE", "400"]).unwrap();
    let saved = server.cli(&["BGREWRITEAOF"]).unwrap();
    assert!(saved.contains("rewriting started"), "{saved}");
    while !server.cli(&["INFO", "persistence"]).unwrap().contains("aof_rewrite_in_progress:0") {
        tokio::time::sleep(StdDuration::from_millis(20)).await;
    }
    server.kill();
    server.start_again(&["--key-load-delay", "5000"]).unwrap();
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
    let rules = "on >password-7 ~genesys-token:* +evalsha +eval +time +hmget +hset +hdel +pexpireat";
    let mut arguments = vec!["--user", "genesys"];
    arguments.extend(rules.split(' '));
    let server = start(&arguments);
    let of = |password: &str| RedisSettings {
        login: RedisLogin {
            user: Some("genesys".to_owned()),
            password: Some(Zeroizing::new(password.to_owned())),
        },
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
    let root = issue_certificate(directory.path()).unwrap();
    let [certificate, key] =
        ["server.pem", "server.key"].map(|file| directory.path().join(file).display().to_string());
    // Another test of the same process may have installed it.
    let _ = rustls::crypto::ring::default_provider().install_default();
    // A port that was free a moment ago.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let port_text = port.to_string();
    let server = start(&[
        "--bind",
        "127.0.0.1",
        "--tls-port",
        &port_text,
        "--tls-cert-file",
        &certificate,
        "--tls-key-file",
        &key,
        "--tls-auth-clients",
        "no",
    ]);
    let of = |roots: Option<Vec<u8>>| RedisSettings {
        address: RedisAddress::Server {
            node: RedisNode { host: "localhost".to_owned(), port },
            tls: Some(RedisTls { roots }),
        },
        ..settings(&server)
    };
    let store = open(&of(Some(root.into_bytes())));
    let lease = granted(&store, 1, Generation::NONE).await;
    assert_eq!(publish(&store, 1, lease, "first").await, Published::Stored);
    // Without the anchor nothing is sent.
    let untrusting = open(&of(None));
    ask(&untrusting, claim(2, Generation::NONE)).await.unwrap_err();
}
