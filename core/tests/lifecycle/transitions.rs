//! The table of states agrees with the manager: it takes each transition in the table, and random walks take no other.
//!
//! The state is derived from the result of `poll`; a poll at the time of an input changes nothing.

use std::collections::HashSet;

use genesys_token_core::lifecycle::{
    Answer, AnyGrant, Generation, Outcome, Policy, Step, TRANSITIONS, Ticket, TokenManager, WaitReason,
};
use genesys_token_core::time::{Duration, Instant};
use genesys_token_core::wire::{GrantUse, ResponseHead, parse_token_response};
use proptest::prelude::*;

use crate::fixture::token_body_with;
use crate::model::Kind;
use crate::random_walk::{Event, Fault, event, policy, usage};

type Transition = (&'static str, &'static str, &'static str);

struct Watch {
    manager: TokenManager<32, (), AnyGrant>,
    now: Instant,
    /// The last one is that of the exchange in flight, if there is one.
    tickets: Vec<Ticket>,
    generations: Vec<Generation>,
    taken: Vec<Transition>,
}

impl Watch {
    fn new(policy: Policy, usage: GrantUse) -> Self {
        Self {
            manager: TokenManager::with_grant(policy, usage),
            now: Instant::from_secs(5_000),
            tickets: Vec::new(),
            generations: Vec::new(),
            taken: Vec::new(),
        }
    }

    fn of(policy: Policy, usage: GrantUse, events: &[Event], random: u32) -> Vec<Transition> {
        let mut watch = Self::new(policy, usage);
        for event in events {
            watch.step(event, random);
        }
        watch.taken
    }

    fn state(&mut self) -> &'static str {
        match self.manager.poll(self.now) {
            Step::Exchange(_) | Step::Wait { reason: WaitReason::Spacing, .. } => "Due",
            Step::Wait { reason: WaitReason::InFlight, .. } => "InFlight",
            Step::Wait { reason: WaitReason::Fresh, .. } => "Fresh",
            Step::CheckCredentials
            | Step::Wait {
                reason: WaitReason::Backoff | WaitReason::RateLimited | WaitReason::Refused,
                ..
            } => "Waiting",
            Step::Wait { reason, .. } => panic!("a wait without a state: {reason:?}"),
            Step::Stop(_) => "Stopped",
        }
    }

    fn input(&mut self, name: &'static str, input: impl FnOnce(&mut Self)) {
        let from = self.state();
        input(self);
        let to = self.state();
        if from != to {
            self.taken.push((from, name, to));
        }
    }

    /// Passes time from deadline to deadline, so that each is observed.
    fn pass_until(&mut self, end: Instant) {
        while let Some(deadline) = self.manager.next_deadline()
            && self.now < deadline
            && deadline <= end
        {
            self.input("time", |watch| watch.now = deadline);
            if self.manager.poll(self.now) == Step::CheckCredentials {
                self.input("credentials_unchanged", |watch| watch.manager.credentials_unchanged(watch.now));
            }
        }
        self.now = self.now.max(end);
    }

    fn step(&mut self, event: &Event, random: u32) {
        match event {
            Event::Pass(span) => self.pass_until(self.now + Duration::from_millis(*span)),
            Event::PassToDeadline(more) => {
                let deadline = self.manager.next_deadline().unwrap_or(self.now);
                self.pass_until(deadline.max(self.now) + Duration::from_millis(*more));
            }
            Event::Poll => self.input("poll", |_| {}),
            Event::Begin => self.input("begin", |watch| watch.tickets.extend(watch.manager.begin(watch.now))),
            Event::Token { lifetime, with_refresh_token } => {
                self.complete_with(*lifetime, *with_refresh_token, random);
            }
            Event::Fail(fault) | Event::LateFailure(fault) => {
                let ticket = self.ticket(matches!(event, Event::LateFailure(_)));
                self.complete(ticket, Outcome::Failed(fault.failure()), random);
            }
            Event::LateToken => self.complete_with(86_399, true, random),
            Event::Abandon | Event::LateAbandon => {
                if let Some(ticket) = self.ticket(matches!(event, Event::LateAbandon)) {
                    self.input("abandon", |watch| watch.manager.abandon(ticket, watch.now));
                }
            }
            Event::Used(back) => {
                if let Some(generation) = self.generation(*back) {
                    self.input("token_used", |watch| watch.manager.token_used(generation, watch.now));
                }
            }
            Event::Refused(back) => {
                if let Some(generation) = self.generation(*back) {
                    self.input("token_refused", |watch| {
                        watch.manager.token_refused(generation, watch.now);
                    });
                }
            }
            Event::CredentialsChanged => {
                self.input("credentials_changed", |watch| watch.manager.credentials_changed(watch.now));
            }
            Event::CredentialsUnchanged => {
                self.input("credentials_unchanged", |watch| watch.manager.credentials_unchanged(watch.now));
            }
            Event::GrantReplaced(usage) => {
                self.input("grant_replaced", |watch| watch.manager.grant_replaced(*usage, watch.now));
            }
            Event::Clear => self.input("clear", |watch| watch.manager.clear()),
        }
    }

    fn complete_with(&mut self, lifetime: u64, with_refresh_token: bool, random: u32) {
        let mut body = token_body_with("t", Some(lifetime), with_refresh_token).into_bytes();
        let response = parse_token_response(&ResponseHead::new(200), &mut body).expect("a token response");
        let ticket = self.ticket(false);
        self.complete(ticket, Outcome::Token(&response), random);
        if let Answer::Ready(token) = self.manager.token(self.now) {
            self.generations.push(token.generation);
        }
    }

    fn complete(&mut self, ticket: Option<Ticket>, outcome: Outcome<'_, '_>, random: u32) {
        if let Some(ticket) = ticket {
            self.input("complete", |watch| watch.manager.complete(ticket, watch.now, outcome, random));
        }
    }

    /// Takes a ticket that was not returned yet: the newest, or the oldest.
    fn ticket(&mut self, oldest: bool) -> Option<Ticket> {
        if oldest && !self.tickets.is_empty() { Some(self.tickets.remove(0)) } else { self.tickets.pop() }
    }

    /// Returns the token that is `back` generations old.
    fn generation(&self, back: usize) -> Option<Generation> {
        self.generations.iter().rev().nth(back).copied()
    }
}

fn table() -> HashSet<Transition> {
    TRANSITIONS.iter().map(|[from, input, _, to]| (*from, *input, *to)).collect()
}

const BEGIN: Event = Event::Begin;
const DEADLINE: Event = Event::PassToDeadline(0);
const CODE: Event = Event::GrantReplaced(GrantUse::Once);
const NEW_CREDENTIALS: Event = Event::CredentialsChanged;
const REFUSED: Event = Event::Refused(0);

const fn token(lifetime: u64) -> Event {
    Event::Token { lifetime, with_refresh_token: false }
}

const fn failure(kind: Kind, retry_after: Option<u64>) -> Event {
    Event::Fail(Fault { kind, variant: 0, retry_after })
}

/// Returns a path to each transition, with client credentials or with a code: it is the last one of the path.
fn ways() -> Vec<(Transition, Vec<Event>)> {
    let used_up = failure(Kind::UsedUp, None);
    let day = token(86_399);
    // Due for its refresh while it still counts as fresh.
    let minute = token(60);
    vec![
        (("Due", "begin", "InFlight"), vec![BEGIN]),
        (
            ("Due", "token_refused", "Waiting"),
            vec![BEGIN, day.clone(), REFUSED, BEGIN, minute, DEADLINE, REFUSED],
        ),
        (("InFlight", "complete", "Fresh"), vec![BEGIN, day.clone()]),
        (("InFlight", "complete", "Waiting"), vec![BEGIN, failure(Kind::Transport, None)]),
        (("InFlight", "complete", "Stopped"), vec![CODE, BEGIN, used_up.clone()]),
        (("InFlight", "abandon", "Stopped"), vec![CODE, BEGIN, Event::Abandon]),
        (("InFlight", "time", "Stopped"), vec![CODE, BEGIN, DEADLINE]),
        (("InFlight", "clear", "Stopped"), vec![CODE, BEGIN, Event::Clear]),
        (("Fresh", "time", "Stopped"), vec![CODE, BEGIN, day.clone(), DEADLINE]),
        (("Fresh", "token_refused", "Stopped"), vec![CODE, BEGIN, day.clone(), REFUSED]),
        (("Fresh", "clear", "Stopped"), vec![CODE, BEGIN, day.clone(), Event::Clear]),
        (("InFlight", "complete", "Due"), vec![BEGIN, NEW_CREDENTIALS, failure(Kind::Refused, None)]),
        (("InFlight", "abandon", "Due"), vec![BEGIN, Event::Abandon]),
        (("InFlight", "time", "Waiting"), vec![BEGIN, DEADLINE]),
        (("InFlight", "clear", "Due"), vec![BEGIN, Event::Clear]),
        (("Fresh", "time", "Due"), vec![BEGIN, day.clone(), DEADLINE]),
        (("Fresh", "token_refused", "Due"), vec![BEGIN, day.clone(), REFUSED]),
        (
            ("Fresh", "token_refused", "Waiting"),
            vec![BEGIN, day.clone(), REFUSED, BEGIN, day.clone(), REFUSED],
        ),
        (("Fresh", "clear", "Due"), vec![BEGIN, day, Event::Clear]),
        (("Waiting", "time", "Due"), vec![BEGIN, failure(Kind::Transport, None), DEADLINE]),
        (
            ("Waiting", "credentials_changed", "Due"),
            vec![BEGIN, failure(Kind::Refused, None), NEW_CREDENTIALS],
        ),
        (("Waiting", "grant_replaced", "Due"), vec![BEGIN, failure(Kind::Refused, None), CODE]),
        (("Stopped", "grant_replaced", "Due"), vec![CODE, BEGIN, used_up, CODE]),
        (("Stopped", "grant_replaced", "Waiting"), vec![CODE, BEGIN, failure(Kind::UsedUp, Some(90)), CODE]),
    ]
}

#[test]
fn each_transition_of_the_table_is_taken() {
    let ways = ways();
    for (transition, events) in &ways {
        let taken = Watch::of(Policy::DEFAULT, GrantUse::Repeatable, events, 0);
        assert_eq!(taken.last(), Some(transition), "by {events:?}, which took {taken:?}");
    }
    let taken: HashSet<_> = ways.into_iter().map(|(transition, _)| transition).collect();
    assert_eq!(taken, table());
    assert_eq!(taken.len(), TRANSITIONS.len(), "a transition stands in the table once");
}

#[test]
fn every_state_is_entered_and_left() {
    let entered: HashSet<_> = table().into_iter().map(|(.., to)| to).collect();
    let left: HashSet<_> = table().into_iter().map(|(from, ..)| from).collect();
    assert_eq!(entered, left);
}

proptest! {
    // The environment can set more: PROPTEST_CASES=100000.
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        // A case takes a thousand times as long in Miri.
        ..if cfg!(miri) { ProptestConfig::with_cases(1) } else { ProptestConfig::default() }
    })]

    #[test]
    fn no_transition_is_taken_that_is_not_in_the_table(
        policy in policy(),
        usage in usage(),
        events in prop::collection::vec(event(), 1..if cfg!(miri) { 16 } else { 80 }),
        random: u32,
    ) {
        let table = table();
        for transition in Watch::of(policy, usage, &events, random) {
            prop_assert!(table.contains(&transition), "{:?} by {:?}", transition, events);
        }
    }
}
