//! A fleet with one store and a network that delays, loses and repeats: every run of it is checked against the invariants.

use std::collections::BTreeSet;

use genesys_token_core::time::{Duration, Instant};
use genesys_token_store::member::{Member, Permit, Reply, Rules, Step};
use genesys_token_store::{Claim, Claimed, EngineTime, Entry, Generation, Owner, Publication};

/// The most that time advances before everything that is due is done.
const TICK: Duration = Duration::from_millis(200);
/// The driver's limit for a command.
const COMMAND: Duration = Duration::from_secs(1);
/// More than the commands and waits of a run take, beside its wait and its exchange.
const SLACK: Duration = Duration::from_secs(20);

pub(crate) fn rules() -> Rules {
    Rules {
        exchange: Duration::from_secs(10),
        lease: Duration::from_secs(15),
        wait: Duration::from_secs(30),
        margin: Duration::from_secs(300),
        budget: 2,
        window: Duration::from_secs(600),
    }
}

/// A token as the service knows it.
#[derive(Clone, Copy, Debug)]
struct Issued {
    id: u32,
    /// No member may use it from then on.
    ends_at: Instant,
}

#[derive(Clone, Copy, Debug)]
struct Held {
    generation: Generation,
    until: Instant,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Doing {
    Nothing,
    /// Waits for the answer to the command of this number.
    Asking {
        number: u64,
        sent_at: Instant,
    },
    Sleeping(Instant),
    Exchanging {
        since: Instant,
        permit: Permit,
    },
}

struct Node {
    member: Member,
    doing: Doing,
    begun: Instant,
    is_running: bool,
    held: Option<Held>,
    obtained: Option<Issued>,
    /// Generations that it has held or that were refused.
    highest: Generation,
    budget_used: Vec<Instant>,
}

#[derive(Clone, Copy)]
enum Command {
    Claim(Claim),
    Publish(Publication<Issued>),
    Release { owner: Owner, hold: Duration },
}

/// A command that the store may still execute.
struct Pending {
    number: u64,
    node: usize,
    command: Command,
}

pub(crate) struct World {
    pub(crate) now: Instant,
    store: Entry<Issued>,
    incarnation: u32,
    nodes: Vec<Node>,
    pending: Vec<Pending>,
    random: u64,
    numbers: u64,
    lifetime: Duration,
    /// Leases under which an exchange has begun.
    used: BTreeSet<(u32, Generation)>,
    highest_granted: Generation,
    /// The end of each lease by the store's clock, and the store's incarnation that granted it.
    grants: Vec<(u32, Generation, EngineTime)>,
    pub(crate) leased_exchanges: u32,
    pub(crate) own_exchanges: u32,
}

impl World {
    pub(crate) fn new(members: usize, seed: u64, lifetime: Duration) -> Self {
        let mut world = Self {
            now: Instant::from_secs(1000),
            store: Entry::default(),
            incarnation: 0,
            nodes: Vec::new(),
            pending: Vec::new(),
            random: seed,
            numbers: 0,
            lifetime,
            used: BTreeSet::new(),
            highest_granted: Generation::NONE,
            grants: Vec::new(),
            leased_exchanges: 0,
            own_exchanges: 0,
        };
        for _ in 0..members {
            let node = world.node();
            world.nodes.push(node);
        }
        world
    }

    fn node(&mut self) -> Node {
        Node {
            member: Member::new(rules(), self.random()),
            doing: Doing::Nothing,
            begun: self.now,
            is_running: false,
            held: None,
            obtained: None,
            highest: Generation::NONE,
            budget_used: Vec::new(),
        }
    }

    fn random(&mut self) -> u32 {
        self.random =
            self.random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        u32::try_from(self.random >> 32).expect("32 bits")
    }

    /// The store's clock has another epoch.
    fn engine_now(&self) -> EngineTime {
        EngineTime::from_millis(self.now.as_millis() + 77_000)
    }

    // What the scenario does.

    pub(crate) fn due(&mut self, index: usize) {
        let owner = (0..4).fold(0, |value: u128, _| (value << 32) | u128::from(self.random()));
        let now = self.now;
        let node = &mut self.nodes[index];
        if !node.is_running {
            node.member.begin(Owner::new(owner), now);
            (node.is_running, node.begun) = (true, now);
        }
    }

    /// The API answered 401: the token is dropped, and another one is due.
    pub(crate) fn refuse(&mut self, index: usize) {
        self.nodes[index].held = None;
        self.due(index);
    }

    pub(crate) fn crash(&mut self, index: usize) {
        self.nodes[index] = self.node();
    }

    /// The store restarts without its data, which takes a second.
    pub(crate) fn lose_data(&mut self) {
        self.pending.clear();
        self.advance(Duration::from_secs(1));
        self.store = Entry::default();
        self.incarnation += 1;
    }

    pub(crate) fn execute(&mut self, index: usize, is_answered: bool) {
        if self.pending.is_empty() {
            return;
        }
        let pending = self.pending.remove(index % self.pending.len());
        self.run_command(&pending, is_answered);
    }

    /// Executes a command and keeps it: it is executed again later, as if it had been sent twice.
    pub(crate) fn repeat(&mut self, index: usize) {
        if let Some(pending) = self.pending.get(index % self.pending.len().max(1)) {
            let pending = Pending { number: 0, ..*pending };
            self.run_command(&pending, false);
        }
    }

    pub(crate) fn lose(&mut self, index: usize) {
        if !self.pending.is_empty() {
            self.pending.remove(index % self.pending.len());
        }
    }

    pub(crate) fn execute_all(&mut self) {
        while !self.pending.is_empty() {
            self.execute(0, true);
            self.pump();
        }
    }

    pub(crate) fn end_exchange(&mut self, index: usize, succeeds: bool) {
        let (now, lifetime, number) = (self.now, self.lifetime, self.random());
        let node = &mut self.nodes[index];
        let Doing::Exchanging { since, permit } = node.doing else { return };
        node.doing = Doing::Nothing;
        if !succeeds {
            return node.member.exchanged(Err(Duration::from_secs(2)));
        }
        let issued = Issued { id: number, ends_at: since + lifetime };
        node.obtained = Some(issued);
        let left = issued.ends_at.saturating_since(now);
        node.member.exchanged(Ok(left));
        let generation = if let Permit::Leased(lease) = permit { lease.generation } else { node.highest };
        assert!(generation >= node.highest, "a member's tokens are in order");
        node.highest = generation;
        node.held = Some(Held { generation, until: issued.ends_at });
    }

    pub(crate) fn advance(&mut self, span: Duration) {
        let end = self.now + span;
        while self.now < end {
            self.now = (self.now + TICK).min(end);
            self.time_passes();
            self.pump();
        }
    }

    /// Lets every command and exchange end well until no run is left.
    pub(crate) fn settle(&mut self) {
        for _ in 0..10_000 {
            self.pump();
            self.execute_all();
            for index in 0..self.nodes.len() {
                self.end_exchange(index, true);
            }
            if self.nodes.iter().all(|node| !node.is_running) {
                return;
            }
            self.advance(TICK);
        }
        panic!("a run does not end");
    }

    /// Makes a token due now for every member that has none, as a driver does after its backoff.
    pub(crate) fn converge(&mut self) {
        for _ in 0..20 {
            for index in 0..self.nodes.len() {
                if self.held(index).is_none() {
                    self.due(index);
                }
            }
            self.settle();
        }
        assert!((0..self.nodes.len()).all(|index| self.held(index).is_some()), "a member has no token");
    }

    fn held(&self, index: usize) -> Option<Held> {
        self.nodes[index].held.filter(|held| self.now < held.until)
    }

    /// Returns the time until the member's token ends; zero without one.
    pub(crate) fn token_left(&self, index: usize) -> Duration {
        self.held(index).map_or(Duration::ZERO, |held| held.until.saturating_since(self.now))
    }

    pub(crate) fn generations(&self) -> BTreeSet<Generation> {
        self.nodes.iter().filter_map(|node| node.held.map(|held| held.generation)).collect()
    }

    fn time_passes(&mut self) {
        let now = self.now;
        for index in 0..self.nodes.len() {
            let random = self.random();
            let node = &mut self.nodes[index];
            node.held = node.held.filter(|held| now < held.until);
            match node.doing {
                Doing::Asking { sent_at, .. } if sent_at + COMMAND <= now => {
                    // The command stays in the network, or in the store's queue.
                    node.doing = Doing::Nothing;
                    node.member.claimed(Reply::Unknown, sent_at, now);
                    node.member.published(None, now, random);
                }
                Doing::Exchanging { since, .. } if since + rules().exchange <= now => {
                    self.end_exchange(index, false);
                }
                Doing::Sleeping(until) if until <= now => node.doing = Doing::Nothing,
                _ => {}
            }
            let node = &self.nodes[index];
            let longest = rules().wait + rules().exchange + SLACK;
            assert!(!node.is_running || now <= node.begun + longest, "a run takes too long");
        }
    }

    /// Lets every member do what it can do now.
    pub(crate) fn pump(&mut self) {
        for index in 0..self.nodes.len() {
            while self.nodes[index].is_running && self.nodes[index].doing == Doing::Nothing {
                self.step(index);
            }
        }
    }

    fn step(&mut self, index: usize) {
        let (now, random, held) = (self.now, self.random(), self.held(index));
        let node = &mut self.nodes[index];
        match node.member.next(now, held.map(|held| held.until), random) {
            Step::Claim(claim) => self.send(index, Command::Claim(claim)),
            Step::Publish { owner, generation, lifetime, ends_at } => {
                let text = node.obtained.expect("a token was obtained");
                let publication = Publication { owner, generation, lifetime, ends_at, text };
                self.send(index, Command::Publish(publication));
            }
            Step::Release { owner, hold } => {
                node.is_running = false;
                self.numbers += 1;
                let command = Command::Release { owner, hold };
                self.pending.push(Pending { number: self.numbers, node: index, command });
            }
            Step::Wait(until) => {
                assert!(until > now, "a wait ends later");
                node.doing = Doing::Sleeping(until);
            }
            Step::Exchange(permit) => {
                node.doing = Doing::Exchanging { since: now, permit };
                self.exchange_begins(index, permit, held);
            }
            // The token was taken with the answer.
            Step::Adopt | Step::GiveUp(_) | Step::Done => node.is_running = false,
        }
    }

    fn send(&mut self, index: usize, command: Command) {
        self.numbers += 1;
        let number = self.numbers;
        self.nodes[index].doing = Doing::Asking { number, sent_at: self.now };
        self.pending.push(Pending { number, node: index, command });
    }

    fn run_command(&mut self, pending: &Pending, is_answered: bool) {
        let (now, engine_now) = (self.now, self.engine_now());
        let random = self.random();
        let index = pending.node;
        let sent_at = match self.nodes[index].doing {
            Doing::Asking { number, sent_at } if number == pending.number && is_answered => Some(sent_at),
            _ => None,
        };
        match pending.command {
            Command::Claim(claim) => {
                let answer = self.store.claim(&claim, engine_now);
                let reply = match &answer {
                    Claimed::Token(found) => {
                        Reply::Token { generation: found.generation, lifetime: found.lifetime }
                    }
                    Claimed::Granted(lease) => {
                        let end = engine_now.plus(lease.remaining);
                        self.grants.push((self.incarnation, lease.generation, end));
                        Reply::Granted(*lease)
                    }
                    Claimed::Busy { remaining } => Reply::Busy { remaining: *remaining },
                    Claimed::Unreadable { .. } => unreachable!("nothing is encrypted here"),
                };
                if let Reply::Granted(lease) = reply {
                    let is_new = lease.granted_at == engine_now;
                    assert!(!is_new || lease.generation >= self.highest_granted, "numbers rise");
                    self.highest_granted = self.highest_granted.max(lease.generation);
                }
                let Some(sent_at) = sent_at else { return };
                let node = &mut self.nodes[index];
                node.doing = Doing::Nothing;
                node.member.claimed(reply, sent_at, now);
                if let Claimed::Token(found) = answer {
                    assert!(found.generation > node.highest, "never an older token, nor the same again");
                    let until = sent_at + found.remaining;
                    assert!(until <= found.text.ends_at, "token {} would be used too long", found.text.id);
                    node.highest = found.generation;
                    node.held = Some(Held { generation: found.generation, until });
                }
            }
            Command::Publish(publication) => {
                let before = self.stored();
                let published = self.store.publish(publication);
                assert!(self.stored() >= before, "an older token replaced a newer one");
                assert!(self.stored() >= publication.generation, "an update was lost");
                if sent_at.is_some() {
                    let node = &mut self.nodes[index];
                    node.doing = Doing::Nothing;
                    node.member.published(Some(published), now, random);
                }
            }
            Command::Release { owner, hold } => self.store.release(owner, hold, engine_now),
        }
    }

    fn stored(&self) -> Generation {
        let question = Claim {
            owner: Owner::new(0),
            newer_than: Generation::NONE,
            margin: Duration::ZERO,
            lease: Duration::ZERO,
        };
        match self.store.clone().claim(&question, EngineTime::from_millis(0)) {
            Claimed::Token(found) => found.generation,
            _ => Generation::NONE,
        }
    }

    fn exchange_begins(&mut self, index: usize, permit: Permit, held: Option<Held>) {
        let Rules { exchange, margin, budget, window, .. } = rules();
        let now = self.now;
        match permit {
            Permit::Leased(lease) => {
                let granted =
                    self.grants.iter().rev().find(|(_, generation, _)| *generation == lease.generation);
                let (incarnation, _, end) = *granted.expect("the lease was granted");
                assert!(self.used.insert((incarnation, lease.generation)), "two exchanges under one lease");
                assert!(self.engine_now().plus(exchange) <= end, "the lease ends before the exchange");
                // Only a loss of data lets two exchanges overlap.
                let is_alone = self.nodes.iter().enumerate().all(|(other, node)| match node.doing {
                    Doing::Exchanging { permit: Permit::Leased(theirs), .. } if other != index => {
                        self.incarnation_of(theirs.generation) != incarnation
                    }
                    _ => true,
                });
                assert!(is_alone, "two leased exchanges at the same time");
                self.leased_exchanges += 1;
            }
            Permit::Budget => {
                let node = &mut self.nodes[index];
                node.budget_used.retain(|used| now < *used + window);
                node.budget_used.push(now);
                assert!(node.budget_used.len() <= budget, "more exchanges than the budget");
                let left = held.map_or(Duration::ZERO, |held| held.until.saturating_since(now));
                assert!(left <= margin + margin, "an exchange although the token lasts");
                self.own_exchanges += 1;
            }
        }
    }

    fn incarnation_of(&self, generation: Generation) -> u32 {
        let granted = self.grants.iter().rev().find(|(_, granted, _)| *granted == generation);
        granted.map_or(u32::MAX, |(incarnation, _, _)| *incarnation)
    }
}
