//! What may happen to a client that asks for access tokens, as data: one list for every transport.
//!
//! A [`Scenario`] says what the service does, what a client must make of it in words that any device can print, how many requests
//! may have come by then, and how the client gets going again. [`run`] plays one against a [`Transport`], which is a few lines for
//! each kind of client; a [`Ledger`] holds the findings and knows whether every scenario of the [`list`] was played.
//!
//! # Words
//!
//! | A client says | when |
//! |---|---|
//! | `token` | it has an access token |
//! | `called` | its authorised call was answered with status 2xx |
//! | `refused <class> <status> [<code>]` | the token endpoint said no; the code is the member `error` |
//! | `call refused <class> <status> [<code>]` | the Platform API said no; the code is the member `code` |
//! | `protocol <kind>` | a response of status 2xx was no legal token response |
//! | `too_long token`, `too_long body` | a response was larger than the client's room |
//! | `transport [<phase> [<fault>]]` | there was no whole response; who knows less says less |
//!
//! Classes and kinds are spelled as core's types spell them in `Debug`: `RateLimited`, `Missing(AccessToken)`.

mod calls;
mod certificates;
mod connections;
mod ledger;
mod outcome;
mod refusals;
mod responses;
mod run;
mod tokens;

use core::ops::RangeInclusive;
use core::time::Duration;

pub use ledger::{Finding, Ledger};
pub use outcome::{Outcome, Part, Phase, Refusal, TransportFault};
pub use run::{Client, Said, Transport, run};

use crate::behaviour::{Behaviour, Host};
use crate::certificates::Certificate;

/// The secret of the demo client after [`Fault::SecretReplaced`] and [`Recovery::OnNewCredentials`].
pub const NEW_SECRET: &str = "demo-secret_after-rotation";

/// One thing that may happen, and what must come of it.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Scenario {
    /// Its name; there is no other of this name in the list.
    pub name: &'static str,
    /// What the client does while the service is as `faults` say.
    pub trial: Trial,
    /// What is wrong with the service, in the order it happens; none: it is faithful.
    pub faults: Vec<Fault>,
    /// Whether the client's deadline is meant to come.
    pub deadline: Deadline,
    /// What the client may say; several where it depends on who is faster, or on the client's room.
    pub outcomes: Vec<Outcome>,
    /// Requests at the token endpoint from the faults until the outcome.
    pub requests: RangeInclusive<usize>,
    /// Requests at the API host from the faults until the outcome.
    pub calls: RangeInclusive<usize>,
    /// How the client gets going again when the service is faithful.
    pub recovery: Recovery,
}

/// What the client does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Trial {
    /// Without a token, it asks for one.
    Token,
    /// With a token obtained before anything went wrong, it makes one authorised call, `GET /api/v2/organizations/me`.
    Call,
}

/// What is wrong with the service.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Fault {
    /// A host does this with its next request or connection.
    Next(Host, Behaviour),
    /// A host does this with every request or connection until the fault is over.
    Lasting(Host, Behaviour),
    /// The login host presents this certificate until the fault is over.
    Presents(Certificate),
    /// All access tokens issued so far die, long before the end they were promised.
    TokensDie,
    /// The client's secret is [`NEW_SECRET`] from now on.
    SecretReplaced,
}

/// Whether the client's own deadline for an exchange is meant to come.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Deadline {
    /// It must be long enough never to come: everything happens within two seconds of the service's doing.
    Ample,
    /// It must come: at most 30 seconds, and a test is quicker with less. The service is silent for longer.
    Comes,
}

/// How the client gets going again when the service is faithful.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Recovery {
    /// It never stopped: it has a token still, and no further request comes.
    Unneeded,
    /// By itself.
    ByItself {
        /// Its next request comes no sooner after the last one than this.
        not_before: Duration,
    },
    /// When it is told of other credentials ([`NEW_SECRET`]). Without them it asks again in minutes at the earliest.
    OnNewCredentials,
}

/// All scenarios.
#[must_use]
pub fn list() -> Vec<Scenario> {
    let rooms =
        [tokens::list, refusals::list, responses::list, connections::list, certificates::list, calls::list];
    rooms.into_iter().flat_map(|room| room()).collect()
}

/// Making scenarios.
impl Scenario {
    fn token(name: &'static str, login: impl Into<Behaviour>, outcomes: impl Into<Vec<Outcome>>) -> Self {
        Self {
            name,
            trial: Trial::Token,
            faults: vec![Fault::Lasting(Host::Login, login.into())],
            deadline: Deadline::Ample,
            outcomes: outcomes.into(),
            requests: 1..=1,
            calls: 0..=0,
            recovery: Recovery::ByItself { not_before: Duration::ZERO },
        }
    }

    fn call(name: &'static str, faults: impl Into<Vec<Fault>>, outcomes: impl Into<Vec<Outcome>>) -> Self {
        Self {
            trial: Trial::Call,
            faults: faults.into(),
            requests: 0..=0,
            calls: 1..=1,
            ..Self::token(name, Behaviour::NeverAnswer, outcomes)
        }
    }

    fn requests(self, count: usize) -> Self {
        Self { requests: count..=count, ..self }
    }

    fn calls(self, count: usize) -> Self {
        Self { calls: count..=count, ..self }
    }

    fn impatient(self) -> Self {
        Self { deadline: Deadline::Comes, ..self }
    }

    fn recovering(self, recovery: Recovery) -> Self {
        Self { recovery, ..self }
    }
}
