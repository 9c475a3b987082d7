//! A cluster of three nodes.

use std::time::Duration;

use genesys_token_interop::RedisServer;
use genesys_token_store::{
    Generation, Published, RedisAddress, RedisLogin, RedisNode, RedisSettings, SharedStore,
};

use crate::fixture::{ask, claim, entry, found, granted, publish, redis, text};
use crate::scenario;

const KEY: &str = "genesys-token:{login.example/client/with a slash}";

struct Cluster(Vec<RedisServer>);

impl Cluster {
    async fn start() -> Self {
        let options = ["--cluster-enabled", "yes", "--cluster-node-timeout", "1000"];
        let nodes: Vec<_> = (0..3).map(|_| RedisServer::on_port(&options).unwrap()).collect();
        for (node, slots) in nodes.iter().zip([("0", "5460"), ("5461", "10922"), ("10923", "16383")]) {
            assert_eq!(node.cli(&["CLUSTER", "ADDSLOTSRANGE", slots.0, slots.1]).unwrap().trim(), "OK");
        }
        for node in &nodes[1..] {
            let port = node.port().to_string();
            assert_eq!(nodes[0].cli(&["CLUSTER", "MEET", "127.0.0.1", &port]).unwrap().trim(), "OK");
        }
        let cluster = Self(nodes);
        cluster.until_whole().await;
        cluster
    }

    async fn until_whole(&self) {
        for _ in 0..1200 {
            let is_whole = |node: &RedisServer| {
                let info = node.cli(&["CLUSTER", "INFO"]).unwrap();
                info.contains("cluster_state:ok") && info.contains("cluster_known_nodes:3")
            };
            if self.0.iter().all(is_whole) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("the cluster does not form");
    }

    /// A store that knows one node.
    fn store(&self, known: usize) -> SharedStore {
        let node = RedisNode { host: "127.0.0.1".to_owned(), port: self.0[known].port() };
        let address = RedisAddress::Cluster { nodes: vec![node], tls: None };
        redis(&RedisSettings { address, login: RedisLogin::default(), database: 0 })
    }

    fn slot(&self) -> String {
        self.0[0].cli(&["CLUSTER", "KEYSLOT", KEY]).unwrap().trim().to_owned()
    }

    /// The node that has the entry's slot.
    fn owner(&self) -> usize {
        let slot: u32 = self.slot().parse().unwrap();
        usize::try_from(slot / 5461).unwrap().min(2)
    }

    fn id(&self, node: usize) -> String {
        self.0[node].cli(&["CLUSTER", "MYID"]).unwrap().trim().to_owned()
    }
}

#[tokio::test]
async fn leases_and_tokens_are_as_in_every_store_whichever_node_is_known() {
    let cluster = Cluster::start().await;
    let owner = cluster.owner();
    scenario::leases_and_tokens(&cluster.store((owner + 1) % 3), &cluster.store((owner + 2) % 3)).await;
    assert_eq!(cluster.0[owner].cli(&["EXISTS", KEY]).unwrap().trim(), "1");
}

#[tokio::test]
async fn an_entry_is_followed_while_its_slot_moves_and_afterwards() {
    let cluster = Cluster::start().await;
    let (slot, from) = (cluster.slot(), cluster.owner());
    let to = (from + 1) % 3;
    let store = cluster.store(from);
    let lease = granted(&store, 1, Generation::NONE).await;
    assert_eq!(publish(&store, 1, lease, "first").await, Published::Stored);
    let ok = |node: usize, arguments: &[&str]| {
        assert_eq!(cluster.0[node].cli(arguments).unwrap().trim(), "OK", "{arguments:?}");
    };
    ok(to, &["CLUSTER", "SETSLOT", &slot, "IMPORTING", &cluster.id(from)]);
    ok(from, &["CLUSTER", "SETSLOT", &slot, "MIGRATING", &cluster.id(to)]);
    assert_eq!(text(&found(&store).await), "first");
    let port = cluster.0[to].port().to_string();
    ok(from, &["MIGRATE", "127.0.0.1", &port, KEY, "0", "5000"]);
    // The node with the slot answers ASK from now on.
    assert_eq!(text(&found(&store).await), "first");
    let next = granted(&store, 2, lease.generation).await;
    for node in [to, from, 3 - to - from] {
        ok(node, &["CLUSTER", "SETSLOT", &slot, "NODE", &cluster.id(to)]);
    }
    // And MOVED.
    assert_eq!(publish(&store, 2, next, "second").await, Published::Stored);
    assert_eq!(text(&found(&cluster.store(from)).await), "second");
}

#[tokio::test]
async fn a_node_that_returns_without_its_data_costs_one_exchange() {
    let mut cluster = Cluster::start().await;
    let owner = cluster.owner();
    let store = cluster.store((owner + 1) % 3);
    let lease = granted(&store, 1, Generation::NONE).await;
    assert_eq!(publish(&store, 1, lease, "first").await, Published::Stored);
    cluster.0[owner].kill();
    ask(&store, claim(2, lease.generation)).await.unwrap_err();
    cluster.0[owner].start_again(&[]).unwrap();
    cluster.until_whole().await;
    let next = granted(&store, 2, Generation::NONE).await;
    assert!(next.generation > lease.generation);
    assert_eq!(publish(&store, 2, next, "second").await, Published::Stored);
    let entry = entry();
    store
        .release(&entry, genesys_token_store::Owner::new(2), genesys_token_core::time::Duration::ZERO)
        .await
        .unwrap();
    assert_eq!(text(&found(&store).await), "second");
}
