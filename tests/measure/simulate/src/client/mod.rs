//! Who keeps a device in tokens: the real manager, or a habit of others.

mod habit;
mod manager;
mod replies;

use genesys_token_core::time::Instant;

pub(crate) use habit::{Habit, Habitual};
pub(crate) use manager::Managed;
pub(crate) use replies::{BODY, Replies};

use crate::endpoint::Reply;

/// What a client wants.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Wish {
    /// Ask the token endpoint now.
    Request,
    /// Wake me then; [`Instant::FAR_FUTURE`] for never.
    Sleep(Instant),
}

/// What a program gets that wants to call the API.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Supply {
    /// A token.
    Token,
    /// One that is under way: the call waits for the endpoint's answer.
    Pending,
    /// None.
    Nothing,
}

/// Keeps one device in tokens. `now` is what the device's own clock shows.
pub(crate) trait Client {
    /// What to do now. Harmless at any time.
    fn wish(&mut self, now: Instant) -> Wish;
    /// The endpoint's answer.
    fn answered(&mut self, now: Instant, reply: Reply, replies: &Replies<'_>, random: u32);
    /// There are new credentials. Who reads them for every request needs no notice.
    fn credentials_changed(&mut self, _now: Instant) {}
    /// The program wants to call the API; `waited`: it has been waiting for the answer that just came.
    fn supply(&mut self, now: Instant, waited: bool) -> Supply;
    /// Whether it has a token that it takes for a good one.
    fn holds(&self, now: Instant) -> bool;
    /// The API took the token that was supplied last.
    fn accepted(&mut self, now: Instant);
    /// The API answered 401. Whether the call is to wait for another token.
    fn refused(&mut self, now: Instant) -> bool;
}
