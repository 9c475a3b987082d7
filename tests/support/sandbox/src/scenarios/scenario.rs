//! A scenario: faults of the service and what a client may make of them.

use core::ops::RangeInclusive;
use core::time::Duration;

use super::outcome::Outcome;
use crate::behaviour::{Behaviour, Host};
use crate::certificates::Certificate;

/// The secret of the demo client after [`Fault::SecretReplaced`] and [`Recovery::OnNewCredentials`].
pub const NEW_SECRET: &str = "demo-secret_after-rotation";

/// A scenario and its expected outcomes.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Scenario {
    /// Its name, unique in the list.
    pub name: &'static str,
    /// What the client does while the faults are in effect.
    pub operation: Operation,
    /// The faults of the service, in order; none for regular behaviour.
    pub faults: Vec<Fault>,
    /// Whether the client's deadline has to expire.
    pub deadline: Deadline,
    /// The allowed outcomes; several where timing or the client's buffer sizes decide.
    pub outcomes: Vec<Outcome>,
    /// Requests at the token endpoint from the faults until the outcome.
    pub requests: RangeInclusive<usize>,
    /// Requests at the API host from the faults until the outcome.
    pub calls: RangeInclusive<usize>,
    /// How the client recovers after the faults.
    pub recovery: Recovery,
}

/// What the client does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Operation {
    /// Without an access token, it requests one.
    Token,
    /// With an access token obtained before the faults, it makes one authorised call, `GET /api/v2/organizations/me`.
    Call,
}

/// A fault of the service.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Fault {
    /// A behaviour of a host for its next request or connection.
    Next(Host, Behaviour),
    /// A behaviour of a host for every request or connection until the end of the faults.
    Lasting(Host, Behaviour),
    /// The login host presents this certificate until the end of the faults.
    Certificate(Certificate),
    /// All access tokens are revoked, long before their `expires_in`.
    TokensRevoked,
    /// The client's secret is replaced by [`NEW_SECRET`].
    SecretReplaced,
}

/// Whether the client's own deadline for an exchange has to expire.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Deadline {
    /// It must be long enough not to expire: the service takes at most two seconds.
    NotReached,
    /// It must expire: at most 30 seconds; the service does not respond for longer.
    Expires,
}

/// How the client recovers after the faults.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Recovery {
    /// Not needed: it still has an access token and sends no further token request.
    NotNeeded,
    /// Without intervention.
    Automatic {
        /// The shortest time from its last to its next request.
        not_before: Duration,
    },
    /// After new credentials ([`NEW_SECRET`]). Without them it sends no request for minutes.
    OnNewCredentials,
}

/// Constructors.
impl Scenario {
    pub(super) fn token(
        name: &'static str,
        login: impl Into<Behaviour>,
        outcomes: impl Into<Vec<Outcome>>,
    ) -> Self {
        Self {
            name,
            operation: Operation::Token,
            faults: vec![Fault::Lasting(Host::Login, login.into())],
            deadline: Deadline::NotReached,
            outcomes: outcomes.into(),
            requests: 1..=1,
            calls: 0..=0,
            recovery: Recovery::Automatic { not_before: Duration::ZERO },
        }
    }

    pub(super) fn call(
        name: &'static str,
        faults: impl Into<Vec<Fault>>,
        outcomes: impl Into<Vec<Outcome>>,
    ) -> Self {
        Self {
            operation: Operation::Call,
            faults: faults.into(),
            requests: 0..=0,
            calls: 1..=1,
            ..Self::token(name, Behaviour::NeverAnswer, outcomes)
        }
    }

    pub(super) fn requests(self, count: usize) -> Self {
        Self { requests: count..=count, ..self }
    }

    pub(super) fn calls(self, count: usize) -> Self {
        Self { calls: count..=count, ..self }
    }

    pub(super) fn with_deadline(self) -> Self {
        Self { deadline: Deadline::Expires, ..self }
    }

    pub(super) fn with_recovery(self, recovery: Recovery) -> Self {
        Self { recovery, ..self }
    }
}
