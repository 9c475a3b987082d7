//! Decides when to request a token, and when to refresh, wait or stop.
//!
//! [`TokenManager`] is a state machine without clock, randomness and I/O. An adapter calls [`poll`](TokenManager::poll) and does
//! what the [`Step`] says, reports each event with its time, and sleeps until [`next_deadline`](TokenManager::next_deadline).
//! Read [`Policy`] for the numbers, then `kind` and `retry` for the waits, then `manager`.
//!
//! ```
//! use genesys_token_core::lifecycle::{Answer, Outcome, Policy, Step, TokenManager, WaitReason};
//! use genesys_token_core::time::Instant;
//! use genesys_token_core::wire::{ResponseHead, parse_token_response};
//!
//! let mut manager: TokenManager = TokenManager::new(Policy::DEFAULT);
//! let now = Instant::from_secs(10);
//! assert!(matches!(manager.poll(now), Step::Exchange(_)));
//! let ticket = manager.begin(now).ok_or("an exchange is due")?;
//!
//! // The response arrives half a second later.
//! let now = Instant::from_millis(10_500);
//! let mut body = *br#"{"access_token":"2YotnFZFEjr1zCsicMWpAA","token_type":"bearer","expires_in":86399}"#;
//! match parse_token_response(&ResponseHead::new(200), &mut body) {
//!     Ok(response) => manager.complete(ticket, now, Outcome::Token(&response), 0),
//!     Err(error) => manager.complete(ticket, now, Outcome::Failed(error.into()), 0),
//! }
//! let Answer::Ready(token) = manager.token(now) else { return Err("no token") };
//! assert_eq!(token.access_token(), "2YotnFZFEjr1zCsicMWpAA");
//! let refresh = Instant::from_secs(10 + 86_399 - 300);
//! assert_eq!(manager.poll(now), Step::Wait { until: refresh, reason: WaitReason::Fresh });
//! # Ok::<(), &str>(())
//! ```
//!
//! # States
//! ```text
//!            begin                   a token
//! new ─► Due ──────► InFlight ─────────────────────────► Fresh
//!        ▲ │          │ │ └─ grant spent ─► Stopped ◄─(d)─┤ │
//!        │ │          │ │ failure,             │ │        │ │
//!        │ │  (b)     │ ▼ presumed lost  (c)   │ │        │ │ (b)
//!        │ └──────────┼► Waiting ◄─────────────┘ │        │ │
//!        │            │   │  ▲                   │        │ │
//!        │ (a)        │   │  └───────────────────┼────────┼─┘
//!        └────────────┴───┴──────────────────────┴────────┘
//! ```
//! (a) Back to `Due` leads from `InFlight`: `abandon`, `clear`, a failure that new credentials may fix; from `Waiting`: the wait
//! is over, or new credentials or another grant end it; from `Stopped`: another grant; from `Fresh`: time to refresh, token ended,
//! refused or cleared. (b) The second refused token in a row. (c) Another grant, but the service named a time. (d) As (a), but the
//! grant is spent.
//!
//! Independently of its state the manager has a token or none. A token is valid in every state until its end: a refresh that is
//! due, in flight, failed or stopped does not shorten it. The end of a token changes the state only from `Fresh` to `Due`.
//!
//! | Input | `Due` | `InFlight` | `Fresh` | `Waiting` | `Stopped` |
//! |---|---|---|---|---|---|
//! | `poll` | `Exchange` | `Wait` until presumed lost | `Wait` until refresh | `Wait` until over | `Stop` |
//! | `begin` | → `InFlight` | – | – | – | – |
//! | `complete` with a token | – | → `Fresh` | – | – | – |
//! | `complete` with a failure | – | → `Stopped` if the grant is spent; → `Due` if marked and credentials may be the cause; else → `Waiting` | – | – | – |
//! | `abandon` | – | → `Due`* | – | – | – |
//! | the deadline comes | – | → `Waiting`*, as by a transport failure | → `Due`* | → `Due` | – |
//! | the token ends | – | – | → `Due`* | – | – |
//! | `token_refused`, generation held | token dropped, → `Due` | token dropped | token dropped, → `Due`* | token dropped | token dropped |
//! | … the second in a row | token dropped, → `Waiting` | token dropped | token dropped, → `Waiting` | token dropped | token dropped |
//! | `token_refused`, another one | – | – | – | – | – |
//! | `credentials_unchanged` | – | – | – | the next check is due later | – |
//! | `credentials_changed` | – | marked | – | → `Due`, if they may be the cause | – |
//! | `grant_replaced` | – | marked | – | as `credentials_changed` | → `Due`, or → `Waiting` for a time the service named |
//! | `clear` | → `Due` | → `Due`* | → `Due`* | token dropped | token dropped |
//!
//! *: → `Stopped` if the grant is spent. "–": nothing changes. `complete` and `abandon` mean a call with the ticket of the exchange in flight; one
//! with any other ticket changes nothing in any state.
//!
//! # Rules
//! - **One exchange in flight.** [`begin`](TokenManager::begin) returns a [`Ticket`] only when an exchange is due. An exchange
//!   whose ticket is not returned is presumed lost after [`Policy::exchange_timeout`] ([`Failure::PresumedLost`]), which counts
//!   as a transport failure. A ticket that is returned later changes nothing, not even with a token. (Its response was later than
//!   the adapter's own deadline too, and a later exchange may have a newer token.)
//! - **A token's end** counts from the beginning of its exchange, so it is never later than the service's. With
//!   [`Policy::idle_timeout`] a token also ends that long after its last reported use. Handing out a token does not count as a
//!   use: the service counts calls that reach it.
//! - **Refresh** begins at the end less the margin less jitter, both scaled down for short lifetimes: the margin to a
//!   quarter of the lifetime, the jitter to a tenth. A token of 300 s is refreshed 195 s to 225 s after its beginning, one
//!   of a day within 2.4 h that end 300 s before it. A lifetime of zero or none is taken as [`Policy::assumed_lifetime`], one over 450 days as 450 days.
//! - **Spacing.** Two exchanges begin at least [`Policy::exchange_spacing`] apart, whatever their reason, except for the first
//!   after a refused token. So short-lived tokens, frequent callers or changing credentials cannot cause a busy loop.
//! - **Refused tokens.** A 401 drops the generation it was for, never a newer one, and the token is replaced without delay.
//!   Refusals are in a row if no success was reported for a token in between and the refused token was fresh, that is younger
//!   than 60 s. The second in a row is [`Failure::FreshTokenRefused`], whose waits are in the table below.
//! - **Waits**, counted from the failure:
//!
//!   | Failure | Wait | Ends with new credentials |
//!   |---|---|---|
//!   | transport, 5xx, 408, expired on arrival | backoff: random from 1 s up to a ceiling of 2 s, 4 s … 60 s | no |
//!   | no credentials | the same | yes |
//!   | rate limit (429, or the service's 400) | the same eight times, then up to 2 min, 4 min, 5 min | no |
//!   | protocol error | the same five times, then as for refused credentials | no |
//!   | unexpected refusal, fresh token refused | the same five times, then as for refused credentials | yes |
//!   | refused credentials, client (also by `invalid_grant`, for client credentials), scope or request; token too long | 5 min, 10 min … 1 h, and up to a tenth more | yes |
//!   | any after which the grant is spent | forever | no: with another grant |
//!
//!   Protocol errors mostly come from captive portals and proxies, and end within a minute; if they last, the host is wrong. A
//!   token that is too long will be so again, and each attempt leaves one more valid token at the service.
//! - **Grants that can be used only once** ([`AnyGrant`]: authorization codes, assertions, rotated refresh tokens) count as spent from
//!   [`begin`](TokenManager::begin) on. An outcome that shows that the grant was not used makes it usable again: the request was not
//!   sent ([`Failure::NotSent`], no credentials), or it was rejected before the grant was examined
//!   ([`Refusal::leaves_grant_unspent`](crate::wire::Refusal::leaves_grant_unspent)). A refresh token in the response takes its place. After
//!   any other outcome, an abandoned exchange included, the manager stops ([`StopReason::GrantUsedUp`]) and keeps that outcome as
//!   the cause: the user has to log in again. A second use looks like theft to a service that detects reuse, which then revokes what
//!   it had issued (RFC 6749 section 4.1.2, RFC 9700 section 4.14.2).
//! - **`Retry-After`** replaces backoff, and is the lower bound of the other waits: exactly that time (at most
//!   [`Policy::retry_after_max`], at least [`Policy::backoff_min`]) and up to a tenth or up to 5 s more, whichever is longer, so
//!   that the clients of a fleet do not all retry at the same moment. Nothing shortens the time that the service named: neither a
//!   refused token nor new credentials nor `clear`.
//! - **Replaced credentials.** During the wait after refused credentials, [`Step::CheckCredentials`] is due each
//!   [`Policy::credentials_check`]: the adapter queries its source, and reports whether it has others.
//! - **New credentials during an exchange.** Its token is accepted. A refusal that the old credentials may have caused is not
//!   counted, and the next exchange is due at once.
//! - **Time** may jump forward: deadlines that have passed take effect at the next call, and [`TokenManager::token`] compares the
//!   token's end with `now` itself. A `now` that is earlier than a previous one counts as the latest seen.

mod failure;
mod grant;
mod kind;
mod manager;
mod policy;
mod retry;
mod state;
mod step;
#[cfg(test)]
mod tests;
mod transitions;

pub use failure::Failure;
pub use grant::{AnyGrant, ClientCredentials, GrantState};
pub use manager::TokenManager;
pub use policy::Policy;
pub use step::{Answer, ExchangeReason, Generation, Outcome, Step, StopReason, Ticket, TokenRef, WaitReason};
#[doc(hidden)]
pub use transitions::TRANSITIONS;
