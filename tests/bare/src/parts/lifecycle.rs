//! The lifecycle: everything an adapter does with a token manager.

use core::hint::black_box;

use genesys_token_core::lifecycle::{Answer, Failure, Outcome, Policy, Step, TokenManager};
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

fn now(secs: u64) -> Instant {
    Instant::from_secs(black_box(secs))
}

/// A token got, asked for, used, refused, lost and cleared.
fn life(body: &mut [u8]) {
    let mut manager = TokenManager::<1024>::new(black_box(Policy::default()));
    if let Step::Exchange(reason) = manager.poll(now(1)) {
        black_box(reason);
    }
    if let Some(ticket) = manager.begin(now(1)) {
        let head = black_box(ResponseHead::new(200));
        match parse_token_response(&head, body) {
            Ok(response) => manager.complete(ticket, now(2), Outcome::Token(&response), black_box(7)),
            Err(error) => {
                manager.complete(ticket, now(2), Outcome::Failed(Failure::from(error)), black_box(7))
            }
        }
    }
    let _ = black_box(manager.poll(now(3)));
    let generation = match manager.token(now(3)) {
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
        manager.token_used(generation, now(4));
        black_box(manager.token_refused(generation, now(5)));
    }
    black_box(manager.next_deadline());
    if let Some(ticket) = manager.begin(now(6)) {
        manager.abandon(ticket, now(7));
    }
    if let Some(ticket) = manager.begin(now(8)) {
        manager.complete(ticket, now(9), Outcome::Failed(black_box(Failure::Transport)), black_box(7));
    }
    manager.credentials_changed(now(10));
    if let Some(failure) = manager.last_failure() {
        black_box(failure);
    }
    manager.clear();
}
