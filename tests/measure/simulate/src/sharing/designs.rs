//! The designs by which the services of several machines get their tokens.

use genesys_token_core::lifecycle::Policy;

use crate::{
    candidates::{Candidate, Kind},
    client::Habit,
    scenario::Scenario,
};

/// The services on each machine.
pub(crate) const PER_MACHINE: u32 = 10;

/// A kind of client, and where it runs.
#[derive(Debug)]
pub(crate) struct Design {
    pub(crate) candidate: Candidate,
    /// One client per machine, a broker, whose token its services use; else one in each service.
    is_broker: bool,
}

pub(crate) static DESIGNS: &[Design] = &[
    Design {
        candidate: Candidate {
            name: "broker and store",
            about: "a broker on each machine; the brokers share one token through the store",
            kind: Kind::Sharing,
        },
        is_broker: true,
    },
    Design {
        candidate: Candidate {
            name: "store",
            about: "no broker; the services share one token through the store",
            kind: Kind::Sharing,
        },
        is_broker: false,
    },
    Design {
        candidate: Candidate {
            name: "broker",
            about: "a broker on each machine with a token of its own, which the services of that machine use",
            kind: Kind::Manager(|| Policy::DEFAULT),
        },
        is_broker: true,
    },
    Design {
        candidate: Candidate {
            name: "each service",
            about: "a `TokenManager` in each service, each with a token of its own",
            kind: Kind::Manager(|| Policy::DEFAULT),
        },
        is_broker: false,
    },
    Design {
        candidate: Candidate {
            name: "fixed 300 s",
            about: "the tutorials' timer in each service: asks 300 s before the end, after a failure again after 5 s",
            kind: Kind::Habit(Habit::MARGIN_300),
        },
        is_broker: false,
    },
];

impl Design {
    /// Returns the scenario of a fleet of services as the clients of this design see it. The services of a machine start with their
    /// broker, and make their calls with its token.
    pub(crate) fn deployed(&self, services: &Scenario) -> Scenario {
        if !self.is_broker {
            return services.clone();
        }
        Scenario {
            devices: (services.devices / PER_MACHINE).max(1),
            calls_every: services.calls_every.map(|period| period / u64::from(PER_MACHINE)),
            ..services.clone()
        }
    }
}
