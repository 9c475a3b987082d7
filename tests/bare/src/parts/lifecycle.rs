//! The lifecycle: everything an adapter does with a token manager.

use core::hint::black_box;

use genesys_token_core::lifecycle::{Answer, Failure, Outcome, Policy, Step, Ticket, TokenManager};
use genesys_token_core::time::Instant;
use genesys_token_core::wire::{ResponseHead, parse_token_response};

use crate::input;
use crate::room::{enter, leave};

pub fn lifecycle() {
    let body = input::body();
    enter();
    life(black_box(body));
    leave("lifecycle");
}

/// The time and a random value, as a clock and a generator give them: numbers that nothing is known of.
fn now(millis: u64) -> Instant {
    Instant::from_millis(input::number(millis))
}

/// A token got, asked for, used, refused, given up, lost and cleared: each function in one place, as in an adapter's loop.
fn life(body: &mut [u8]) {
    let mut manager = TokenManager::<1024>::new(Policy::default());
    for turn in 1..=input::number(3) {
        if let Step::Exchange(reason) = manager.poll(now(turn)) {
            black_box(reason);
        }
        if let Some(ticket) = manager.begin(now(turn)) {
            if turn == 2 {
                manager.abandon(ticket, now(turn));
            } else {
                end(&mut manager, ticket, now(turn), body);
            }
        }
        let generation = match manager.token(now(turn)) {
            Answer::Ready(token) => {
                black_box((token.access_token, token.expires_at));
                Some(token.generation)
            }
            Answer::Pending => None,
            Answer::Unavailable { failure, retry_at } => {
                black_box((failure, retry_at));
                None
            }
        };
        if let Some(generation) = generation {
            manager.token_used(generation, now(turn));
            black_box(manager.token_refused(generation, now(turn)));
        }
        black_box(manager.next_deadline());
        manager.credentials_changed(now(turn));
        black_box(manager.last_failure());
    }
    manager.clear();
}

/// An exchange ends, well or not.
fn end(manager: &mut TokenManager<1024>, ticket: Ticket, now: Instant, body: &mut [u8]) {
    let response;
    let outcome = match parse_token_response(&ResponseHead::new(200), body) {
        Ok(token) => {
            response = token;
            Outcome::Token(&response)
        }
        Err(error) => Outcome::Failed(Failure::from(error)),
    };
    manager.complete(ticket, now, outcome, black_box(7));
}
