//! A path to a server that is slow, stalls, loses what is sent, or ends.

use std::time::Duration;

use genesys_token_interop::{Gate, Path, RedisServer};
use genesys_token_store::{
    Claimed, Generation, Published, RedisAddress, RedisLogin, RedisNode, RedisSettings, SharedStore,
};

use crate::fixture::{answer, ask, claim, entry, found, granted, publication, publish, redis, text};

fn behind_a_gate() -> (RedisServer, Gate, SharedStore) {
    let server = RedisServer::on_port(&[]).unwrap();
    let gate = Gate::start(server.port()).unwrap();
    let store = through(gate.port());
    (server, gate, store)
}

fn through(port: u16) -> SharedStore {
    let node = RedisNode { host: "127.0.0.1".to_owned(), port };
    let address = RedisAddress::Server { node, tls: None };
    redis(&RedisSettings { address, login: RedisLogin::default(), database: 0 })
}

#[tokio::test]
async fn a_claim_whose_answer_was_lost_is_found_by_its_owner() {
    let (_server, gate, store) = behind_a_gate();
    let lease = granted(&store, 1, Generation::NONE).await;
    publish(&store, 1, lease, "first").await;
    // The token is not newer, which the first answer says; the answer to the script is lost.
    gate.set(Path::LosesLaterResponses);
    ask(&store, claim(2, lease.generation)).await.unwrap_err();
    gate.set(Path::Open);
    // It was executed: no other member has the lease.
    assert!(matches!(answer(&store, claim(3, lease.generation)).await, Claimed::Busy { .. }));
    let own = granted(&store, 2, lease.generation).await;
    // The same for a publication.
    gate.set(Path::LosesResponses);
    let name = entry();
    let publication = publication(2, own, "second");
    let answer = tokio::time::timeout(Duration::from_secs(1), store.publish(&name, &publication)).await;
    assert!(answer.is_err() || answer.is_ok_and(|answer| answer.is_err()));
    gate.set(Path::Open);
    assert_eq!(publish(&store, 2, own, "second").await, Published::Stored);
    assert_eq!(text(&found(&store).await), "second");
}

#[tokio::test]
async fn a_half_open_connection_is_replaced_after_one_command() {
    let (_server, gate, store) = behind_a_gate();
    let lease = granted(&store, 1, Generation::NONE).await;
    let before = gate.connections();
    // As behind a firewall that forgot the connection: no answer, and no end.
    gate.set(Path::HalfOpen);
    ask(&store, claim(1, Generation::NONE)).await.unwrap_err();
    let again = granted(&store, 1, Generation::NONE).await;
    assert_eq!(again.generation, lease.generation);
    assert!(gate.connections() > before);
}

#[tokio::test]
async fn a_command_that_was_stalled_is_executed_late_and_changes_nothing_that_is_newer() {
    let (server, gate, slow) = behind_a_gate();
    let fast = through(server.port());
    let lease = granted(&slow, 1, Generation::NONE).await;
    gate.set(Path::Stalled);
    let name = entry();
    let late = publication(1, lease, "late");
    assert!(tokio::time::timeout(Duration::from_millis(500), slow.publish(&name, &late)).await.is_err());
    fast.release(&name, genesys_token_store::Owner::new(1), genesys_token_core::time::Duration::ZERO)
        .await
        .unwrap();
    let next = granted(&fast, 2, Generation::NONE).await;
    assert_eq!(publish(&fast, 2, next, "newer").await, Published::Stored);
    gate.set(Path::Open);
    // The late one, and the same sent again.
    assert_eq!(publish(&slow, 1, lease, "late").await, Published::Superseded);
    assert_eq!(text(&found(&slow).await), "newer");
}

#[tokio::test]
async fn a_path_slower_than_the_limit_gives_no_answer_and_recovers() {
    let (_server, gate, store) = behind_a_gate();
    let lease = granted(&store, 1, Generation::NONE).await;
    publish(&store, 1, lease, "first").await;
    gate.set(Path::Slow(Duration::from_millis(1500)));
    for _ in 0..3 {
        ask(&store, claim(2, Generation::NONE)).await.unwrap_err();
    }
    // Each command at most one connection: there is no storm of them.
    assert!(gate.connections() <= 1 + 4, "{}", gate.connections());
    gate.set(Path::Open);
    assert_eq!(text(&found(&store).await), "first");
}

#[tokio::test]
async fn a_refused_path_is_named_and_the_waits_between_attempts_bound_their_number() {
    let (_server, gate, store) = behind_a_gate();
    granted(&store, 1, Generation::NONE).await;
    gate.set(Path::Refused);
    let begin = tokio::time::Instant::now();
    let mut errors = 0;
    while begin.elapsed() < Duration::from_secs(3) {
        ask(&store, claim(1, Generation::NONE)).await.unwrap_err();
        errors += 1;
    }
    // Waits of at least 50, 100, 200, 400, 800, 1000 ms … follow each other, however often a member asks.
    assert!(store.reconnects() <= 9, "{} attempts, {errors} commands", store.reconnects());
    gate.set(Path::Open);
    granted(&store, 1, Generation::NONE).await;
}

#[tokio::test]
async fn a_server_whose_clients_are_paused_executes_the_claim_later() {
    let (server, _gate, store) = behind_a_gate();
    let lease = granted(&store, 1, Generation::NONE).await;
    publish(&store, 1, lease, "first").await;
    // Writes, and so every script; a test cannot end a pause of all commands early.
    assert_eq!(server.cli(&["CLIENT", "PAUSE", "600000", "WRITE"]).unwrap().trim(), "OK");
    ask(&store, claim(2, lease.generation)).await.unwrap_err();
    assert_eq!(server.cli(&["CLIENT", "UNPAUSE"]).unwrap().trim(), "OK");
    let own = granted(&store, 2, lease.generation).await;
    assert!(own.generation > lease.generation);
    assert_eq!(publish(&store, 2, own, "second").await, Published::Stored);
}
