//! All of core that a device uses, in one piece: its settings, the request, the response, refusals, and the loop around them.
//!
//! Each function is called in one place, as in a device's own program, so that the code around the calls is not counted twice.

use core::hint::black_box;

use genesys_token_core::lifecycle::{Answer, Failure, Generation, Outcome, Policy, Step, TokenManager};
use genesys_token_core::time::Instant;
use genesys_token_core::wire::{Refusal, ResponseHead, api_refusal, parse_token_response};

use super::request::write;
use super::settings::{Settings, with_settings};
use crate::input;
use crate::measurement::{finish, start};

pub fn device() {
    start();
    with_settings(&mut |settings| {
        let mut manager = TokenManager::<1024>::new(Policy::default());
        // Forever, as far as the compiler knows.
        while black_box(true) {
            exchange(&mut manager, settings);
            let generation = token(&manager);
            call(&mut manager, generation);
        }
        manager.clear();
    });
    finish("device");
}

/// Returns the time as an unknown number, like that of a clock.
fn now() -> Instant {
    Instant::from_millis(input::number().into())
}

/// Polls the manager, and does what it says.
fn exchange(manager: &mut TokenManager<1024>, settings: &Settings<'_>) {
    match manager.poll(now()) {
        Step::Exchange(_) => {}
        Step::Wait { until, .. } => {
            black_box(until);
            return;
        }
        Step::CheckCredentials => return manager.credentials_unchanged(now()),
        Step::Stop(_) => return,
    }
    let Some(ticket) = manager.begin(now()) else { return };
    let (mut body, mut authorization) = ([0; 256], [0; 256]);
    write(settings, black_box(Default::default()), &mut body, &mut authorization);
    if black_box(false) {
        return manager.abandon(ticket, now());
    }
    let (head, body) = response();
    let (now, random) = (now(), input::number());
    match parse_token_response(&head, body) {
        Ok(response) => manager.complete(ticket, now, Outcome::Token(&response), random),
        Err(error) => manager.complete(ticket, now, Outcome::Failed(Failure::from(error)), random),
    }
    black_box((manager.next_deadline(), manager.last_failure()));
    if black_box(false) {
        manager.credentials_changed(now);
    }
}

/// Returns a received response.
#[inline(never)]
fn response() -> (ResponseHead, &'static mut [u8]) {
    let mut head = ResponseHead::new(black_box(400));
    head.header(black_box(b"retry-after"), black_box(b"42"));
    (head, input::body())
}

/// Returns a task requests the token.
fn token(manager: &TokenManager<1024>) -> Option<Generation> {
    match manager.token(now()) {
        Answer::Ready(token) => {
            black_box((token.access_token_bytes(), token.expires_at));
            Some(token.generation)
        }
        Answer::Pending => None,
        Answer::Unavailable { failure, retry_at } => {
            black_box((failure, retry_at));
            None
        }
    }
}

/// The API accepts the token, or refuses it.
fn call(manager: &mut TokenManager<1024>, generation: Option<Generation>) {
    let Some(generation) = generation else { return };
    if black_box(true) {
        return manager.token_used(generation, now());
    }
    let (head, body) = response();
    let refusal: Refusal = api_refusal(&head, body);
    if black_box(refusal.status()) == 401 {
        black_box(manager.token_refused(generation, now()));
    }
    black_box((refusal.class(), refusal.retry_after()));
    black_box((refusal.code_bytes(), refusal.description_bytes(), refusal.correlation_id_bytes()));
}
