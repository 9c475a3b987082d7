//! The client of a device: core's manager, the same as a member of a fleet that shares its token, or another habit.

mod habit;
mod manager;
mod member;
mod replies;

use genesys_token_core::time::Instant;

pub(crate) use habit::{Habit, Habitual};
pub(crate) use manager::Managed;
pub(crate) use member::{BUDGET, Sharing, WAIT};
pub(crate) use replies::{BODY, Replies};

use crate::{
    endpoint::Reply,
    engine::{Answer, Command, Issued},
};

/// The client's request to the simulation.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Wish {
    /// Request a token now.
    Request,
    /// The same without a lease, from the member's budget: the shared store does not answer.
    RequestFromBudget,
    /// Send this command to the engine of the shared store.
    Send(Command),
    /// Wake the client then; [`Instant::FAR_FUTURE`] for never.
    Sleep(Instant),
}

/// The client's answer to a program that calls the API.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Supply {
    /// A token.
    Token,
    /// A request is in flight: the call waits for the response.
    Pending,
    /// There is no token.
    Nothing,
}

/// A client that keeps one device supplied with tokens. `now` is the time of the device's own clock.
pub(crate) trait Client {
    /// Returns the next request to the simulation. May be called at any time.
    fn wish(&mut self, now: Instant) -> Wish;
    /// Handles the endpoint's response.
    fn answered(&mut self, now: Instant, reply: Reply, replies: &Replies<'_>, random: u32);
    /// Handles the engine's answer to the command; `None`: its outcome is unknown. Returns the token that the client took from it.
    fn executed(&mut self, _now: Instant, _answer: Option<Answer>) -> Option<Issued> {
        None
    }
    /// Reports new credentials. A client that reads them for every request ignores this.
    fn credentials_changed(&mut self, _now: Instant) {}
    /// Returns a token for a call of the API. `waited`: the call has been waiting for the response that just arrived.
    fn supply(&mut self, now: Instant, waited: bool) -> Supply;
    /// Returns whether it has a token that it believes to be valid.
    fn holds(&self, now: Instant) -> bool;
    /// Returns until when the client would supply its token; `None` if it has none, or does not mind.
    fn valid_until(&self, _now: Instant) -> Option<Instant> {
        None
    }
    /// Reports that the API accepted the token that was supplied last.
    fn accepted(&mut self, now: Instant);
    /// Reports that the API answered 401. Returns whether the call waits for another token.
    fn refused(&mut self, now: Instant) -> bool;
}
