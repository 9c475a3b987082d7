//! The kinds of client that are compared.

use genesys_token_core::{lifecycle::Policy, time::Duration};

use crate::{
    client::{BODY, Habit, Habitual, Managed, Replies, Sharing},
    fleet,
    measures::Measures,
    scenario::Scenario,
};

#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind {
    Manager(fn() -> Policy),
    /// The manager with the default policy, whose token is shared through a store.
    Sharing,
    Habit(Habit),
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Candidate {
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    pub(crate) kind: Kind,
}

/// The first one is core's manager with its default policy.
pub(crate) static CANDIDATES: &[Candidate] = &[
    Candidate {
        name: "TokenManager",
        about: "the core's `TokenManager` with `Policy::DEFAULT`",
        kind: Kind::Manager(|| Policy::DEFAULT),
    },
    Candidate {
        name: "30 s of jitter",
        about: "the same with `Policy::refresh_jitter` of 30 s",
        kind: Kind::Manager(|| {
            let mut policy = Policy::DEFAULT;
            policy.refresh_jitter = Duration::from_secs(30);
            policy
        }),
    },
    Candidate {
        name: "fixed 300 s",
        about: "the tutorials' timer: asks 300 s before the end, after a failure again after 5 s; a 401 asks at once",
        kind: Kind::Habit(Habit::MARGIN_300),
    },
    Candidate {
        name: "fixed 60 s, panics",
        about: "the service's Go SDK with `AutomaticTokenRefresh`: asks 60 s before the end, ends with a panic on failure; \
                started again after 10 s; does not mind a 401",
        kind: Kind::Habit(Habit::GO_SDK),
    },
    Candidate {
        name: "on 401 only",
        about: "asks at its start and when the API answers 401; after a failure again at the next call",
        kind: Kind::Habit(Habit::On401),
    },
    Candidate {
        name: "no cache",
        about: "a token for each call; a failure loses the call",
        kind: Kind::Habit(Habit::PerCall),
    },
];

impl Candidate {
    /// Returns whether it is core's own manager.
    pub(crate) fn is_manager(&self) -> bool {
        matches!(self.kind, Kind::Manager(_) | Kind::Sharing)
    }

    /// Returns whether the devices share one token.
    pub(crate) fn shares(&self) -> bool {
        matches!(self.kind, Kind::Sharing)
    }

    /// Returns whether the client tries to hold a token at all times.
    pub(crate) fn caches(&self) -> bool {
        !matches!(self.kind, Kind::Habit(Habit::PerCall))
    }

    /// Runs the scenario with a fleet of this kind. `None` if core does not parse the model's responses as expected.
    pub(crate) fn run(&self, scenario: &Scenario) -> Option<Measures> {
        let mut buffer = [0; BODY];
        let replies = Replies::new(scenario.lifetime, &mut buffer)?;
        Some(match self.kind {
            Kind::Manager(policy) => {
                let policy = policy();
                fleet::run(scenario, &replies, |random| Managed::new(policy.clone(), random))
            }
            Kind::Sharing => fleet::run(scenario, &replies, |random| Sharing::new(Policy::DEFAULT, random)),
            Kind::Habit(habit) => fleet::run(scenario, &replies, |_| Habitual::new(habit)),
        })
    }
}
