//! Core's manager: a `TokenManager` and the ticket of its exchange.

use genesys_token_core::lifecycle::{
    Answer, Failure, Generation, Outcome, Policy, Step, Ticket, TokenManager,
};
use genesys_token_core::time::{Duration, Instant};
use genesys_token_core::wire::Refusal;

use super::{Client, Replies, Supply, Wish};
use crate::endpoint::Reply;

/// The capacity for an access token. A million managers have to fit into memory, and the tokens' text is not used.
pub(super) const TOKEN: usize = 8;

/// One device with the core's own manager.
#[derive(Debug)]
pub(crate) struct Managed {
    manager: TokenManager<TOKEN>,
    ticket: Option<Ticket>,
    /// The token that was last supplied to the program.
    supplied: Option<Generation>,
}

impl Managed {
    pub(crate) fn new(policy: Policy, random: u32) -> Self {
        let policy = without_checks(policy);
        Self { manager: TokenManager::new(policy).with_random(random), ticket: None, supplied: None }
    }
}

/// The simulation reports new credentials, so no device checks for them.
pub(super) fn without_checks(mut policy: Policy) -> Policy {
    policy.credentials_check = Duration::MAX;
    policy
}

pub(super) fn valid_until(manager: &TokenManager<TOKEN>, now: Instant) -> Option<Instant> {
    match manager.token(now) {
        Answer::Ready(token) => Some(token.expires_at),
        Answer::Pending | Answer::Unavailable { .. } => None,
    }
}

/// Returns a response of the endpoint as core takes it.
pub(super) fn outcome<'a, 'b>(reply: Reply, replies: &'a Replies<'b>) -> Outcome<'a, 'b> {
    let refused = |refusal: &Refusal| Failure::Refused(refusal.clone());
    match reply {
        Reply::Token => Outcome::Token(&replies.token),
        Reply::Limited(seconds) => {
            Outcome::Failed(replies.limited(seconds).map_or(Failure::Transport(()), refused))
        }
        Reply::BadCredentials => Outcome::Failed(refused(&replies.bad_credentials)),
        Reply::Unavailable => Outcome::Failed(refused(&replies.unavailable)),
    }
}

impl Client for Managed {
    fn wish(&mut self, now: Instant) -> Wish {
        match self.manager.poll(now) {
            Step::Exchange(_) => {
                self.ticket = self.manager.begin(now);
                Wish::Request
            }
            Step::Wait { until, .. } => Wish::Sleep(until),
            Step::CheckCredentials | Step::Stop(_) => Wish::Sleep(Instant::FAR_FUTURE),
        }
    }

    fn answered(&mut self, now: Instant, reply: Reply, replies: &Replies<'_>, random: u32) {
        if let Some(ticket) = self.ticket.take() {
            self.manager.complete(ticket, now, outcome(reply, replies), random);
        }
    }

    fn credentials_changed(&mut self, now: Instant) {
        self.manager.credentials_changed(now);
    }

    fn supply(&mut self, now: Instant, _waited: bool) -> Supply {
        match self.manager.token(now) {
            Answer::Ready(token) => {
                self.supplied = Some(token.generation);
                Supply::Token
            }
            Answer::Pending => Supply::Pending,
            Answer::Unavailable { .. } => Supply::Nothing,
        }
    }

    fn holds(&self, now: Instant) -> bool {
        matches!(self.manager.token(now), Answer::Ready(_))
    }

    fn valid_until(&self, now: Instant) -> Option<Instant> {
        valid_until(&self.manager, now)
    }

    fn accepted(&mut self, now: Instant) {
        if let Some(generation) = self.supplied {
            self.manager.token_used(generation, now);
        }
    }

    fn refused(&mut self, now: Instant) -> bool {
        self.supplied.is_some_and(|generation| self.manager.token_refused(generation, now))
    }
}
