//! Core without a network, for images that are only measured: what the token lifecycle and its wire format cost a board.
//!
//! One token from request to refusal: the request is written, a response stored in flash parsed, the token stored, handed out and
//! refused.

use core::hint::black_box;

use application::{Console, CryptoRngCore, Outcome, Settings};
use defmt::info;
use embassy_net::Stack;
use embassy_time::Instant as Uptime;
use genesys_token_embassy::core::lifecycle::{
    Answer, Failure, Outcome as ExchangeOutcome, Policy, Step, TokenManager,
};
use genesys_token_embassy::core::settings::{Client, ClientAuth};
use genesys_token_embassy::core::time::Instant;
use genesys_token_embassy::core::wire::{Grant, ResponseHead, TokenRequest, parse_token_response};

/// A response as the service sends it.
const RESPONSE: &[u8] = br#"{"access_token":"L2vZpWlL8fWnIvH3ZJ5bM5q0N1f7yXcVbR4tYuIoPaSdFgHjKlZxCvBnM0","token_type":"bearer","expires_in":86399}"#;

/// The memory that core needs, with the sizes that the gateway uses.
pub struct Memory {
    manager: TokenManager<1024>,
    request: [u8; 512],
    authorization: [u8; 512],
    body: [u8; 2048],
}

impl Memory {
    /// Empty memory.
    #[must_use]
    pub fn new() -> Self {
        Self {
            manager: TokenManager::new(Policy::default()),
            request: [0; 512],
            authorization: [0; 512],
            body: [0; 2048],
        }
    }
}

impl core::fmt::Debug for Memory {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Memory").finish_non_exhaustive()
    }
}

impl Default for Memory {
    fn default() -> Self {
        Self::new()
    }
}

/// Returns initialised memory, for a static cell.
#[must_use]
pub fn new_memory() -> Memory {
    Memory::new()
}

/// Runs one token through its lifecycle. The network is not started, so the linker leaves it out.
#[allow(clippy::unused_async, reason = "the interface of `firmware/gateway`")]
pub async fn run<R: CryptoRngCore>(
    _: impl AsyncFnOnce(&mut R) -> Option<Stack<'static>>,
    settings: &Settings<'_>,
    mut rng: R,
    memory: &mut Memory,
    _: impl Console,
) -> Outcome {
    lifecycle(settings, rng.next_u32(), memory)
}

fn lifecycle(settings: &Settings<'_>, random: u32, memory: &mut Memory) -> Outcome {
    let Memory { manager, request, authorization, body } = memory;
    let client = Client::confidential(&settings.client_id, &settings.client_secret, ClientAuth::Basic);
    while let Step::Exchange(_) = manager.poll(now()) {
        let Some(ticket) = manager.begin(now()) else { break };
        let written = TokenRequest::new(client, Grant::ClientCredentials).is_ok_and(|wanted| {
            wanted.write_body(request).is_ok() && wanted.write_authorization(authorization).is_ok()
        });
        let head = black_box(ResponseHead::new(200));
        let body = body.get_mut(..RESPONSE.len()).unwrap_or_default();
        for (to, from) in body.iter_mut().zip(black_box(RESPONSE)) {
            *to = *from;
        }
        match parse_token_response(&head, body) {
            _ if !written => manager.abandon(ticket, now()),
            Ok(token) => manager.complete(ticket, now(), ExchangeOutcome::Token(&token), random),
            Err(error) => {
                manager.complete(ticket, now(), ExchangeOutcome::Failed(Failure::from(error)), random)
            }
        }
    }
    let Answer::Ready(token) = manager.token(now()) else { return Outcome::Failed };
    let generation = token.generation;
    info!("received a token of {=usize} bytes", token.access_token_bytes().len());
    manager.token_used(generation, now());
    if manager.token_refused(generation, now()) { Outcome::Done } else { Outcome::Failed }
}

fn now() -> Instant {
    Instant::from_millis(Uptime::now().as_millis())
}
