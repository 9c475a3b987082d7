//! A primary with a replica and three Sentinels: failovers, and what asynchronous replication loses.

use std::time::Duration;

use genesys_token_interop::{REDIS_SERVICE, RedisSentinel, RedisServer};
use genesys_token_store::{
    Claimed, Generation, Lease, Published, RedisAddress, RedisLogin, RedisNode, RedisSettings, SharedStore,
};

use crate::fixture::{answer, ask, claim, found, granted, publish, redis, text};

struct Group {
    primary: RedisServer,
    replica: RedisServer,
    sentinels: Vec<RedisSentinel>,
}

fn node(port: u16) -> RedisNode {
    RedisNode { host: "127.0.0.1".to_owned(), port }
}

fn through(service: &str, sentinels: impl IntoIterator<Item = u16>) -> SharedStore {
    redis(&RedisSettings {
        address: RedisAddress::Sentinel {
            sentinels: sentinels.into_iter().map(node).collect(),
            service: service.to_owned(),
            login: RedisLogin::default(),
            tls: None,
        },
        login: RedisLogin::default(),
        database: 0,
    })
}

impl Group {
    async fn start() -> Self {
        let primary = RedisServer::on_port(&[]).unwrap();
        let port = primary.port().to_string();
        let quick = ["--repl-diskless-sync-delay", "0"];
        let replica =
            RedisServer::on_port(&[&["--replicaof", "127.0.0.1", &port], &quick[..]].concat()).unwrap();
        let sentinels: Vec<_> = (0..3).map(|_| RedisSentinel::start(primary.port()).unwrap()).collect();
        let group = Self { primary, replica, sentinels };
        group
            .until("all know the replica and each other", |group| {
                group.sentinels.iter().all(|sentinel| {
                    let known = sentinel.cli(&["SENTINEL", "CKQUORUM", REDIS_SERVICE]).unwrap();
                    let replicas = sentinel.cli(&["SENTINEL", "REPLICAS", REDIS_SERVICE]).unwrap();
                    known.contains("OK 3 usable Sentinels") && replicas.contains("master-link-status\nok")
                })
            })
            .await;
        group
    }

    async fn until(&self, what: &str, is: impl Fn(&Self) -> bool) {
        for _ in 0..1200 {
            if is(self) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("not after a minute: {what}");
    }

    fn store(&self) -> SharedStore {
        through(REDIS_SERVICE, self.sentinels.iter().map(RedisSentinel::port))
    }

    async fn replicated(&self) {
        let replicated = |group: &Self| group.primary.cli(&["WAIT", "1", "1000"]).unwrap().trim() == "1";
        self.until("the replica has everything", replicated).await;
    }

    /// What is written from now on does not reach the replica, which runs again only when it is resumed.
    fn cut_replication(&self) {
        self.replica.pause().unwrap();
        let cut = self.primary.cli(&["CLIENT", "KILL", "TYPE", "replica"]).unwrap();
        assert_eq!(cut.trim(), "1");
    }

    /// Waits until the server that was the replica executes writes and every Sentinel names it as the primary. A Sentinel that does not know
    /// of the failover yet names the other server, which believes that it is the primary until a Sentinel demotes it.
    async fn failed_over(&self) {
        let port = self.replica.port().to_string();
        self.until("a failover", |group| {
            let names_it = |sentinel: &RedisSentinel| {
                let address = sentinel.cli(&["SENTINEL", "GET-MASTER-ADDR-BY-NAME", REDIS_SERVICE]).unwrap();
                address.lines().nth(1) == Some(port.as_str())
            };
            group.replica.cli(&["ROLE"]).unwrap().starts_with("master")
                && group.sentinels.iter().all(names_it)
        })
        .await;
    }

    /// Waits until the server that was the primary is a replica.
    async fn demoted(&self) {
        let demoted = |group: &Self| group.primary.cli(&["ROLE"]).unwrap().starts_with("slave");
        self.until("the old primary is a replica", demoted).await;
    }
}

#[tokio::test]
async fn members_follow_a_primary_that_was_killed_and_keep_what_was_replicated() {
    let mut group = Group::start().await;
    let (one, other) = (group.store(), group.store());
    let lease = granted(&one, 1, Generation::NONE).await;
    assert_eq!(publish(&one, 1, lease, "first").await, Published::Stored);
    assert_eq!(text(&found(&other).await), "first");
    let next = granted(&one, 1, lease.generation).await;
    group.replicated().await;
    group.primary.kill();
    ask(&one, claim(1, lease.generation)).await.unwrap_err();
    // Read back at the new primary: the lease has its owner there too, and the token is found.
    let again = granted(&one, 1, lease.generation).await;
    assert_eq!((again.generation, again.granted_at), (next.generation, next.granted_at));
    assert!(matches!(answer(&other, claim(2, lease.generation)).await, Claimed::Busy { .. }));
    assert_eq!(text(&found(&other).await), "first");
    assert_eq!(publish(&one, 1, again, "second").await, Published::Stored);
    assert_eq!(text(&found(&other).await), "second");
    assert!(one.reconnects() > 0 && other.reconnects() > 0);
}

#[tokio::test]
async fn a_primary_that_is_stopped_is_left_and_is_no_primary_when_it_runs_again() {
    let group = Group::start().await;
    let store = group.store();
    let lease = granted(&store, 1, Generation::NONE).await;
    assert_eq!(publish(&store, 1, lease, "first").await, Published::Stored);
    group.replicated().await;
    group.primary.pause().unwrap();
    // Its connection stays open, and nothing comes.
    ask(&store, claim(2, lease.generation)).await.unwrap_err();
    group.failed_over().await;
    let next = granted(&store, 2, lease.generation).await;
    assert!(next.generation > lease.generation);
    assert_eq!(publish(&store, 2, next, "second").await, Published::Stored);
    group.primary.resume().unwrap();
    group.demoted().await;
    assert_eq!(text(&found(&store).await), "second");
    // Also a lookup, which would only read, is refused by a replica.
    let address = RedisAddress::Server { node: node(group.primary.port()), tls: None };
    let to_replica = redis(&RedisSettings { address, login: RedisLogin::default(), database: 0 });
    let error = ask(&to_replica, claim(3, Generation::NONE)).await.unwrap_err().to_string();
    assert!(error.contains("replica"), "{error}");
}

#[tokio::test]
async fn an_open_connection_to_a_primary_that_was_demoted_is_replaced() {
    let group = Group::start().await;
    let store = group.store();
    let lease = granted(&store, 1, Generation::NONE).await;
    assert_eq!(publish(&store, 1, lease, "first").await, Published::Stored);
    group.replicated().await;
    let answered = group.sentinels[0].cli(&["SENTINEL", "FAILOVER", REDIS_SERVICE]).unwrap();
    assert_eq!(answered.trim(), "OK");
    group.failed_over().await;
    group.demoted().await;
    assert_eq!(text(&found(&store).await), "first");
    let next = granted(&store, 2, lease.generation).await;
    assert_eq!(publish(&store, 2, next, "second").await, Published::Stored);
    assert_eq!(text(&found(&group.store()).await), "second");
}

/// Publishes the token "first", waits until it is replicated, and cuts the replication before another lease is granted. Returns both
/// leases.
async fn first_replicated_and_the_next_lease_not(group: &mut Group, holder: &SharedStore) -> [Lease; 2] {
    let first = granted(holder, 1, Generation::NONE).await;
    publish(holder, 1, first, "first").await;
    group.replicated().await;
    group.cut_replication();
    [first, granted(holder, 1, first.generation).await]
}

/// The rule of asynchronous replication: a token that was not replicated costs one exchange, and its number does not come back.
#[tokio::test]
async fn a_token_that_was_not_replicated_is_replaced_by_one_with_a_higher_number() {
    let mut group = Group::start().await;
    let (holder, other) = (group.store(), group.store());
    let [first, lost] = first_replicated_and_the_next_lease_not(&mut group, &holder).await;
    assert_eq!(publish(&holder, 1, lost, "lost").await, Published::Stored);
    assert_eq!(text(&answer(&other, claim(2, first.generation)).await), "lost");
    group.primary.kill();
    group.replica.resume().unwrap();
    // One without a token finds the older one, which is valid; a member that has the newer one never goes back to it.
    assert_eq!(text(&found(&other).await), "first");
    let next = granted(&other, 2, lost.generation).await;
    assert!(next.generation > lost.generation);
    assert!(matches!(answer(&holder, claim(1, lost.generation)).await, Claimed::Busy { .. }));
    assert_eq!(publish(&other, 2, next, "next").await, Published::Stored);
    // A holder from before the failover publishes again.
    assert_eq!(publish(&holder, 1, lost, "lost").await, Published::Superseded);
    assert_eq!(text(&found(&holder).await), "next");
}

/// A lease that was not replicated may be granted again: at most one more exchange, and one token for all at its end.
#[tokio::test]
async fn a_lease_that_was_not_replicated_costs_one_more_exchange_and_the_higher_number_stays() {
    let mut group = Group::start().await;
    let (holder, other) = (group.store(), group.store());
    let [first, lost] = first_replicated_and_the_next_lease_not(&mut group, &holder).await;
    group.primary.kill();
    group.replica.resume().unwrap();
    let again = granted(&other, 2, first.generation).await;
    assert!(again.generation > lost.generation);
    assert_eq!(publish(&other, 2, again, "other's").await, Published::Stored);
    assert_eq!(publish(&holder, 1, lost, "holder's").await, Published::Superseded);
    assert_eq!(text(&found(&holder).await), "other's");
}

#[tokio::test]
async fn one_sentinel_is_enough_and_an_unknown_service_is_named() {
    let group = Group::start().await;
    let unused = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let store = through(REDIS_SERVICE, [unused, group.sentinels[2].port()]);
    granted(&store, 1, Generation::NONE).await;
    let error = ask(&through("other", [group.sentinels[0].port()]), claim(1, Generation::NONE)).await;
    let error = error.unwrap_err().to_string();
    assert!(error.contains("no primary named other"), "{error}");
}
