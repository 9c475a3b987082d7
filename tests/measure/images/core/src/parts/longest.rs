//! Single calls to a token manager, the longest ones among them.

use core::hint::black_box;

use genesys_token_core::lifecycle::{Failure, Outcome, Policy, TokenManager};
use genesys_token_core::time::{Duration, Instant};
use genesys_token_core::wire::{ResponseHead, parse_token_response};

use crate::input;
use crate::measurement::{finish, start};

const DAY: Duration = Duration::from_secs(86_400);
/// More failures in a row than any counter distinguishes.
const ROW: u32 = 300;

pub fn longest() {
    let mut manager = TokenManager::<1024>::new(black_box(Policy::default()));
    let mut now = Instant::from_secs(black_box(1));
    let body = input::body();
    let Ok(response) = parse_token_response(&ResponseHead::new(200), body) else { return };

    for _ in 1..ROW {
        if let Some(ticket) = manager.begin(now) {
            manager.complete(ticket, now, Outcome::Failed(Failure::Transport(())), 7);
        }
        now = now + DAY;
    }
    if let Some(ticket) = manager.begin(now) {
        start();
        manager.complete(ticket, now, Outcome::Failed(black_box(Failure::Transport(()))), black_box(7));
        finish("complete-failure");
    }
    now = now + DAY;
    if let Some(ticket) = manager.begin(now) {
        start();
        manager.complete(ticket, now, Outcome::Token(black_box(&response)), black_box(7));
        finish("complete-token");
    }
    start();
    let _ = black_box(manager.poll(black_box(now)));
    finish("poll");
    start();
    let _ = black_box(manager.token(black_box(now)));
    finish("token");
    // The next exchange is lost, the wait after it is over, and the token has ended: one call handles all three.
    if let Some(deadline) = manager.next_deadline() {
        let _ = manager.begin(deadline);
    }
    start();
    let _ = black_box(manager.poll(black_box(now + DAY + DAY)));
    finish("poll-behind-all");
}
