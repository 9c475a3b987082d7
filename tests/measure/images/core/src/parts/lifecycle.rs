//! The lifecycle: every operation of an adapter on a token manager.

use core::hint::black_box;

use genesys_token_core::lifecycle::{Answer, Failure, Outcome, Policy, Step, Ticket, TokenManager};
use genesys_token_core::time::Instant;
use genesys_token_core::wire::{ResponseHead, parse_token_response};

use crate::input;
use crate::measurement::{finish, start};

pub fn lifecycle() {
    let body = input::body();
    start();
    life(black_box(body));
    finish("lifecycle");
}

/// Returns the time as an unknown number, like that of a clock.
fn now() -> Instant {
    Instant::from_millis(input::number().into())
}

/// A token is obtained, requested, used, refused, abandoned, lost and cleared: each function is called in one place, as in an
/// adapter's loop.
fn life(body: &mut [u8]) {
    let mut manager = TokenManager::<1024>::new(Policy::default());
    if let Step::Exchange(reason) = manager.poll(now()) {
        black_box(reason);
    }
    if let Some(ticket) = manager.begin(now()) {
        if black_box(true) {
            end(&mut manager, ticket, body);
        } else {
            manager.abandon(ticket, now());
        }
    }
    let generation = match manager.token(now()) {
        Answer::Ready(token) => {
            black_box((token.access_token_bytes(), token.expires_at));
            Some(token.generation)
        }
        Answer::Pending => None,
        Answer::Unavailable { failure, retry_at } => {
            black_box((failure, retry_at));
            None
        }
    };
    if let Some(generation) = generation {
        manager.token_used(generation, now());
        black_box(manager.token_refused(generation, now()));
    }
    black_box(manager.next_deadline());
    manager.credentials_changed(now());
    manager.credentials_unchanged(now());
    black_box(manager.last_failure());
    manager.clear();
}

/// An exchange ends, with a token or a failure.
fn end(manager: &mut TokenManager<1024>, ticket: Ticket, body: &mut [u8]) {
    let (now, random) = (now(), input::number());
    match parse_token_response(&ResponseHead::new(200), body) {
        Ok(response) => manager.complete(ticket, now, Outcome::Token(&response), random),
        Err(error) => manager.complete(ticket, now, Outcome::Failed(Failure::from(error)), random),
    }
}
