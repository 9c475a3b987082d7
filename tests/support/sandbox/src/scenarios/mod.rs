//! Scenarios for a client that obtains access tokens, as data: one list for every transport.
//!
//! A [`Scenario`] states the faults of the service, the outcomes that a client may report, how many requests it may have sent by
//! then, and how it recovers. [`run`] runs one scenario against a [`Transport`], which is a few lines for each kind of client.
//! [`Results`] collects the results and fails if a scenario of the [`list`] was not run.
//!
//! # Outcomes
//!
//! A client reports its outcome as text, so that a device can print it:
//!
//! | Outcome | Meaning |
//! |---|---|
//! | `token` | it obtained an access token |
//! | `called` | its authorised call got a response with status 2xx |
//! | `refused <class> <status> [<code>]` | the token endpoint refused; the code is the member `error` |
//! | `call refused <class> <status> [<code>]` | the Platform API refused; the code is the member `code` |
//! | `protocol <kind>` | a response with status 2xx was not a valid token response |
//! | `too_long token`, `too_long body` | a response was larger than the client's buffers |
//! | `transport [<phase> [<fault>]]` | there was no complete response; a client may leave out what it cannot distinguish |
//!
//! Classes and kinds are spelled as core's types spell them in `Debug`: `RateLimited`, `Missing(AccessToken)`.

mod calls;
mod certificates;
mod connections;
mod outcome;
mod refusals;
mod responses;
mod results;
mod run;
mod scenario;
mod tokens;

pub use outcome::{Outcome, Part, Phase, Refusal, TransportFault};
pub use results::{Results, ScenarioResult};
pub use run::{Client, Observed, Transport, run};
pub use scenario::{Deadline, Fault, NEW_SECRET, Operation, Recovery, Scenario};

/// Returns all scenarios.
#[must_use]
pub fn list() -> Vec<Scenario> {
    let parts =
        [tokens::list, refusals::list, responses::list, connections::list, certificates::list, calls::list];
    parts.into_iter().flat_map(|part| part()).collect()
}
