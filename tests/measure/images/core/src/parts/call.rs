//! The authorised call: an adapter's calls after a response and after a lost connection.

use core::hint::black_box;

use genesys_token_core::call::{Call, Limits, Loss, Replay};
use genesys_token_core::time::Instant;
use genesys_token_core::wire::ResponseHead;

use crate::input;

pub fn call() {
    let body = input::body();
    let mut call = Call::new(Replay::of_method(black_box("POST")), black_box(Limits::DEFAULT));
    let mut head = black_box(ResponseHead::new(401));
    head.header(black_box(b"retry-after"), black_box(b"42"));
    let next = call.answered(black_box(&head), body, now(), black_box(7), || black_box(true));
    let _ = black_box(next);
    let _ = black_box(call.lost(black_box(Loss::Unsent { reused: true }), now()));
    black_box(Call::counts_as_use(&head));
}

fn now() -> Instant {
    Instant::from_secs(black_box(1))
}
