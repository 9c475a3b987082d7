//! A hundred members, each with a connection of its own, on one Redis server: what a fleet costs on a real engine.
//!
//! Deadlines are those that the protocol sets, not times that pass: a loaded machine delays both.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration as StdDuration, Instant as StdInstant};

use genesys_token_core::time::{Duration, Instant};
use genesys_token_interop::RedisServer;
use genesys_token_store::member::{Member, Permit, Reason, Reply, Rules, Step};
use genesys_token_store::{
    AccessToken, Claimed, Generation, Lease, Owner, Publication, RedisAddress, RedisLogin, RedisSettings,
    SharedStore,
};
use tokio::task::JoinSet;
use zeroize::Zeroizing;

use crate::fixture::{LIFETIME, entry, redis};

const MEMBERS: u32 = 100;
/// Longer than a command takes on a loaded machine.
const COMMAND: StdDuration = StdDuration::from_secs(60);
const MARGIN: Duration = Duration::from_secs(300);

/// The result of a member's run.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Outcome {
    Token(Generation, String),
    GaveUp(Reason),
    OwnExchange,
}

/// One member, and what the test observes of it.
struct Client {
    number: u32,
    runs: u32,
    member: Member,
    store: SharedStore,
    held_until: Option<Instant>,
    outcome: Option<Outcome>,
    /// The latest wait beyond the end of another's lease.
    latest: Duration,
}

struct Fleet {
    server: RedisServer,
    clients: Vec<Client>,
    exchanges: Arc<AtomicUsize>,
    begin: StdInstant,
}

fn rules(lease: Duration) -> Rules {
    Rules {
        exchange: Duration::from_millis(lease.as_millis() / 2),
        lease,
        wait: Duration::from_secs(600),
        margin: MARGIN,
        budget: 2,
        window: Duration::from_secs(600),
    }
}

/// A value that is spread over all others, the same in each run of the test.
const fn mixed(number: u32) -> u32 {
    number.wrapping_mul(0x9E37_79B9).rotate_left(15).wrapping_mul(0x85EB_CA6B)
}

impl Fleet {
    fn start(lease: Duration) -> Self {
        let server = RedisServer::start(&["--maxclients", "1000"]).unwrap();
        let address = RedisAddress::Unix(server.socket());
        let settings = RedisSettings { address, login: RedisLogin::default(), database: 0 };
        let client = |number| Client {
            number,
            runs: 0,
            member: Member::new(rules(lease), mixed(number)),
            store: redis(&settings),
            held_until: None,
            outcome: None,
            latest: Duration::ZERO,
        };
        let clients = (0..MEMBERS).map(client).collect();
        Self { server, clients, exchanges: Arc::default(), begin: StdInstant::now() }
    }

    fn exchanges(&self) -> usize {
        self.exchanges.load(Ordering::SeqCst)
    }

    /// Makes the tokens of all members due at the same time, and returns the results.
    async fn all_due(&mut self) -> Vec<Outcome> {
        self.due(|_| true).await;
        self.clients.iter().map(|client| client.outcome.clone().unwrap()).collect()
    }

    /// Makes the tokens of these members due.
    async fn due(&mut self, is_due: impl Fn(&Client) -> bool) {
        let mut running = JoinSet::new();
        let (due, others): (Vec<_>, Vec<_>) = self.clients.drain(..).partition(is_due);
        self.clients = others;
        for mut client in due {
            let (exchanges, begin) = (Arc::clone(&self.exchanges), self.begin);
            running.spawn(async move {
                client.outcome = Some(client.run(&exchanges, begin).await);
                client
            });
        }
        self.clients.extend(running.join_all().await);
    }

    /// Returns the number of the token that all have.
    async fn shared_token(&mut self) -> Generation {
        let outcomes = self.all_due().await;
        assert!(outcomes.windows(2).all(|pair| pair[0] == pair[1]), "{outcomes:?}");
        let Outcome::Token(generation, _) = outcomes[0] else { panic!("{:?}", outcomes[0]) };
        generation
    }

    /// Sets the time that is left of the tokens that members hold.
    fn holding(&mut self, left: Duration) {
        let end = now(self.begin) + left;
        self.clients.iter_mut().for_each(|client| client.held_until = Some(end));
    }
}

fn now(begin: StdInstant) -> Instant {
    Instant::ZERO + begin.elapsed().into()
}

impl Client {
    fn begin(&mut self, begin: StdInstant) {
        self.runs += 1;
        let owner = (u128::from(self.runs) << 32) | u128::from(self.number);
        self.member.begin(Owner::new(owner), now(begin));
    }

    fn random(&mut self) -> u32 {
        self.runs = self.runs.wrapping_add(0x0001_0000);
        mixed(self.number ^ self.runs)
    }

    async fn claim(&mut self, begin: StdInstant, claim: genesys_token_store::Claim) -> Option<String> {
        let sent_at = now(begin);
        let entry = entry();
        let answer = tokio::time::timeout(COMMAND, self.store.claim(&entry, claim)).await;
        let mut text = None;
        let reply = match answer {
            Ok(Ok(Claimed::Token(token))) => {
                text = Some(token.text.expose().to_owned());
                Reply::Token { generation: token.generation, lifetime: token.lifetime }
            }
            Ok(Ok(Claimed::Granted(lease))) => Reply::Granted(lease),
            Ok(Ok(Claimed::Busy { remaining })) => Reply::Busy { remaining },
            Ok(Ok(Claimed::Unreadable { generation })) => Reply::Unreadable { generation },
            Ok(Err(_)) | Err(_) => Reply::Unknown,
        };
        let at = now(begin);
        self.member.claimed(reply, sent_at, at);
        if let Reply::Busy { remaining } = reply {
            let random = self.random();
            let Step::Wait(until) = self.member.next(at, self.held_until, random) else { panic!("no wait") };
            self.latest = self.latest.max(until.saturating_since(at + remaining));
        }
        text
    }

    /// Runs until the exchange, or the end without one.
    async fn until_exchange(&mut self, begin: StdInstant) -> Result<Permit, Outcome> {
        let mut text = None;
        loop {
            let random = self.random();
            match self.member.next(now(begin), self.held_until, random) {
                Step::Claim(claim) => text = self.claim(begin, claim).await,
                Step::Wait(until) => tokio::time::sleep(until.saturating_since(now(begin)).into()).await,
                Step::Adopt => return Err(Outcome::Token(self.member.newest(), text.unwrap())),
                Step::GiveUp(reason) => return Err(Outcome::GaveUp(reason)),
                Step::Exchange(permit) => return Ok(permit),
                other => panic!("{other:?}"),
            }
        }
    }

    async fn run(&mut self, exchanges: &AtomicUsize, begin: StdInstant) -> Outcome {
        self.begin(begin);
        let permit = match self.until_exchange(begin).await {
            Ok(permit) => permit,
            Err(outcome) => return outcome,
        };
        let number = exchanges.fetch_add(1, Ordering::SeqCst);
        tokio::time::sleep(StdDuration::from_millis(20)).await;
        self.member.exchanged(Ok(LIFETIME));
        let text = format!("token-{number}");
        let Permit::Leased(lease) = permit else { return Outcome::OwnExchange };
        self.publish(lease, &text, begin).await;
        Outcome::Token(lease.generation, text)
    }

    async fn publish(&mut self, lease: Lease, text: &str, begin: StdInstant) {
        let random = self.random();
        let Step::Publish { owner, generation, lifetime, ends_at } =
            self.member.next(now(begin), None, random)
        else {
            panic!("no publication")
        };
        assert_eq!(generation, lease.generation);
        let text = AccessToken::new(Zeroizing::new(text.to_owned()));
        let publication = Publication { owner, generation, lifetime, ends_at, text };
        let published = self.store.publish(&entry(), &publication).await.unwrap();
        let random = self.random();
        self.member.published(Some(published), now(begin), random);
    }
}

#[tokio::test]
async fn each_refresh_of_a_hundred_members_is_one_exchange() {
    let mut fleet = Fleet::start(Duration::from_secs(120));
    let mut last = Generation::NONE;
    for cycle in 1..=5 {
        let token = fleet.shared_token().await;
        assert!(token > last);
        assert_eq!(fleet.exchanges(), cycle);
        last = token;
    }
}

#[tokio::test]
async fn a_holder_that_was_killed_is_replaced_within_a_second_after_its_lease() {
    let lease = Duration::from_secs(3);
    let mut fleet = Fleet::start(lease);
    let begin = fleet.begin;
    let mut holder = fleet.clients.remove(0);
    holder.begin(begin);
    let Ok(Permit::Leased(lost)) = holder.until_exchange(begin).await else { panic!("no lease") };
    // Its process ends during the exchange.
    drop(holder);
    let next = fleet.shared_token().await;
    assert!(next > lost.generation);
    assert_eq!(fleet.exchanges(), 1, "the replacement");
    // The number contains the time of the grant by the server's clock.
    assert!(next.number() >= lost.granted_at.plus(lease).as_millis(), "not before the lease ended");
    // Every wait for the lease's end was over within a second of it, whenever the machine then ran the member.
    let latest = fleet.clients.iter().map(|client| client.latest).max().unwrap();
    assert!(latest > Duration::ZERO && latest <= Duration::from_secs(1), "{latest:?}");
}

#[tokio::test]
async fn an_outage_costs_no_member_its_token_and_at_most_its_budget() {
    let mut fleet = Fleet::start(Duration::from_secs(120));
    fleet.shared_token().await;
    fleet.server.kill();
    // The tokens last: no member makes an exchange.
    fleet.holding(Duration::from_secs(80_000));
    for outcome in fleet.all_due().await {
        assert_eq!(outcome, Outcome::GaveUp(Reason::StoreAway));
    }
    assert_eq!(fleet.exchanges(), 1);
    // They end: one exchange of each, as the budget allows.
    fleet.holding(Duration::from_secs(60));
    for outcome in fleet.all_due().await {
        assert_eq!(outcome, Outcome::OwnExchange);
    }
    assert_eq!(fleet.exchanges(), 1 + 100);
    // The server returns without its data: the next refresh is a shared one.
    fleet.server.start_again(&[]).unwrap();
    fleet.holding(Duration::from_secs(80_000));
    fleet.all_due().await;
    let end = StdInstant::now() + COMMAND;
    let gave_up = |client: &Client| matches!(client.outcome, Some(Outcome::GaveUp(_)));
    while fleet.clients.iter().any(gave_up) {
        assert!(StdInstant::now() < end, "the fleet does not recover");
        fleet.due(gave_up).await;
    }
    assert!(fleet.clients.windows(2).all(|pair| pair[0].outcome == pair[1].outcome));
    assert_eq!(fleet.exchanges(), 1 + 100 + 1);
}
