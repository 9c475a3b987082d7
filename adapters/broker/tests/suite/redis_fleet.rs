//! Brokers that share one token through Redis, and what happens to them while it is away.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::thread;
use std::time::{Duration, Instant};

use genesys_token_interop::RedisServer;
use genesys_token_sandbox::{Host, Sandbox};

use crate::broker::{Beside, Broker, consumer_of_this_user};
use crate::http_client::{Reply, Request};

/// A command may take this long on a loaded machine.
const SLOW: &str = "command_timeout = \"10s\"";

/// Brokers of one sandbox and one server.
struct Fleet {
    redis: RedisServer,
    first: Broker,
    others: Vec<Beside>,
}

impl Fleet {
    fn start(others: usize, sandbox: genesys_token_sandbox::Builder, more: &str) -> Self {
        let redis = RedisServer::start(&[]).unwrap();
        let keys = redis.directory().join("keys");
        fs::write(&keys, genesys_token_broker::new_store_key().unwrap().as_bytes()).unwrap();
        fs::set_permissions(&keys, fs::Permissions::from_mode(0o600)).unwrap();
        let table = format!(
            "[store]\nkind = \"redis\"\naddress = \"{}\"\nkey_file = \"{}\"\n{more}\n",
            redis.socket().display(),
            keys.display()
        );
        let first = Broker::start_with(sandbox, &table, &consumer_of_this_user(""));
        let others = (1..=others).map(|number| first.beside(number)).collect();
        Self { redis, first, others }
    }

    fn exchanges(&self) -> usize {
        self.first.sandbox.record().iter().filter(|request| request.host == Host::Login).count()
    }

    /// Sends a request to every broker at the same time.
    fn all(&self, request: &Request) -> Vec<Reply> {
        let sockets =
            std::iter::once(self.first.socket()).chain(self.others.iter().map(|other| other.socket.clone()));
        let sockets: Vec<_> = sockets.collect();
        thread::scope(|scope| {
            let sent: Vec<_> =
                sockets.iter().map(|socket| scope.spawn(move || request.over_unix(socket))).collect();
            sent.into_iter().map(|reply| reply.join().unwrap()).collect()
        })
    }

    /// Returns the token of all, which must be one.
    fn token(&self) -> String {
        let tokens: Vec<_> = self.all(&Request::get("/token")).into_iter().map(|reply| reply.body).collect();
        assert!(tokens.windows(2).all(|pair| pair[0] == pair[1]), "brokers have different tokens");
        tokens[0].clone()
    }

    /// Returns the value of a metric of the first broker.
    fn metric(&self, series: &str) -> Option<f64> {
        let text = self.first.send(&Request::get("/metrics")).body;
        text.lines().find_map(|line| line.strip_prefix(series)?.trim().parse().ok())
    }

    /// A call of the Platform API through every broker: it finds out that the token is not valid any more.
    fn calls_succeed(&self) {
        for reply in self.all(&Request::get("/api/v2/tokens/me")) {
            assert_eq!(reply.status, 200, "{}", reply.body);
        }
    }
}

#[test]
fn a_fleet_makes_one_exchange_and_replaces_a_token_that_died_once() {
    let fleet = Fleet::start(5, Sandbox::builder(), SLOW);
    let first = fleet.token();
    assert_eq!(fleet.exchanges(), 1);
    fleet.first.sandbox.kill_tokens();
    fleet.calls_succeed();
    assert_ne!(fleet.token(), first);
    assert_eq!(fleet.exchanges(), 2);
}

#[test]
fn each_refresh_of_a_fleet_is_one_exchange() {
    let fleet = Fleet::start(3, Sandbox::builder().token_lifetime(Duration::from_secs(12)), SLOW);
    let mut tokens = std::collections::BTreeSet::new();
    let end = Instant::now() + Duration::from_secs(120);
    while tokens.len() < 3 {
        assert!(Instant::now() < end);
        for reply in fleet.all(&Request::get("/token")) {
            // 503: inside the margin for a moment, on a loaded machine.
            if reply.status == 200 {
                tokens.insert(reply.body);
            }
        }
        thread::sleep(Duration::from_millis(50));
    }
    // The next refresh may have begun.
    assert!(
        fleet.exchanges() <= tokens.len() + 1,
        "{} exchanges of {} tokens",
        fleet.exchanges(),
        tokens.len()
    );
}

#[test]
fn a_token_that_dies_while_the_server_is_killed_costs_one_exchange_of_each_and_then_they_share_again() {
    let mut fleet = Fleet::start(3, Sandbox::builder(), "command_timeout = \"3s\"");
    fleet.token();
    let up = "genesys_token_broker_store_up{kind=\"redis\"}";
    let fallbacks = "genesys_token_broker_store_fallbacks_total{kind=\"redis\"}";
    let lookups = |result: &str| {
        format!("genesys_token_broker_store_lookups_total{{kind=\"redis\",result=\"{result}\"}}")
    };
    assert_eq!(fleet.metric(up), Some(1.0));
    assert!(fleet.metric(&lookups("token")).unwrap() + fleet.metric(&lookups("granted")).unwrap() >= 1.0);
    assert_eq!(fleet.metric(&lookups("unanswered")), Some(0.0));
    fleet.redis.kill();
    fleet.first.sandbox.kill_tokens();
    fleet.calls_succeed();
    assert_eq!(fleet.exchanges(), 1 + 4, "within the budget: one of each broker");
    assert_eq!((fleet.metric(up), fleet.metric(fallbacks)), (Some(0.0), Some(1.0)));
    assert!(fleet.metric(&lookups("unanswered")).unwrap() >= 3.0);
    // It returns without its data; the next replacement is shared.
    fleet.redis.start_again(&[]).unwrap();
    fleet.first.sandbox.kill_tokens();
    fleet.calls_succeed();
    fleet.token();
    assert_eq!(fleet.exchanges(), 1 + 4 + 1);
    assert_eq!((fleet.metric(up), fleet.metric(fallbacks)), (Some(1.0), Some(1.0)));
    let age = "genesys_token_broker_store_answer_age_seconds{kind=\"redis\"}";
    assert!(fleet.metric(age).unwrap() > 0.0);
    assert!(fleet.metric("genesys_token_broker_store_reconnects_total{kind=\"redis\"}").unwrap() >= 1.0);
}

#[test]
fn while_the_server_is_paused_no_broker_is_without_a_token_and_the_budget_holds() {
    let fleet = Fleet::start(2, Sandbox::builder(), "fallback_exchanges = 1\nfallback_window = \"1h\"");
    let before = fleet.token();
    fleet.redis.pause().unwrap();
    // A token that is valid needs no store.
    assert_eq!(fleet.token(), before);
    fleet.first.sandbox.kill_tokens();
    fleet.calls_succeed();
    assert_eq!(fleet.exchanges(), 1 + 3);
    // The budget is used up.
    fleet.first.sandbox.kill_tokens();
    for reply in fleet.all(&Request::get("/api/v2/tokens/me")) {
        assert!(matches!(reply.status, 401 | 502 | 503), "{}", reply.status);
    }
    assert_eq!(fleet.exchanges(), 1 + 3);
    fleet.redis.resume().unwrap();
    let end = Instant::now() + Duration::from_secs(120);
    while fleet.all(&Request::get("/token")).iter().any(|reply| reply.status != 200) {
        assert!(Instant::now() < end, "the fleet does not recover");
        thread::sleep(Duration::from_millis(100));
    }
    fleet.token();
}
