//! OAuth 2 access tokens for Genesys Cloud, sans-IO.
//!
//! No `std`, no allocator, no clock, no randomness, no I/O: the caller passes time, random values and buffers, and does the
//! transport. No panic is reachable from any input in any state.
//!
//! - [`settings`]: the service and the client: [`Region`](settings::Region), [`Endpoint`](settings::Endpoint),
//!   [`Client`](settings::Client), [`Scope`](settings::Scope).
//! - [`wire`]: the [`TokenRequest`](wire::TokenRequest) and the responses of the service.
//! - [`lifecycle`]: the [`TokenManager`](lifecycle::TokenManager), which decides when to ask, refresh, wait or stop.
//! - [`call`]: the [`Call`](call::Call), which decides whether an API request is sent again.
//! - [`time`], [`text`], [`secret`]: the foundation of the others.
//! - `heapless_string`, with the feature `heapless`: conversions to and from `heapless::String`.
//!
//! # One exchange, and the loop around it
//!
//! The following is everything that an adapter does. Here the network is a function that returns at once:
//!
//! ```
//! use genesys_token_core::lifecycle::{Answer, Failure, Outcome, Policy, Step, TokenManager};
//! use genesys_token_core::settings::{Client, ClientAuth, ClientId, ClientSecret, Endpoint};
//! use genesys_token_core::time::Instant;
//! use genesys_token_core::wire::{Grant, ResponseHead, TokenRequest, parse_token_response};
//!
//! // Sends `body` to the endpoint, fills in the status, the headers and the response body, and returns its length.
//! fn post(endpoint: &Endpoint, authorization: Option<&[u8]>, body: &[u8], head: &mut ResponseHead, response: &mut [u8]) -> usize {
//!     assert_eq!(endpoint.login_host(), "login.mypurecloud.de");
//!     assert_eq!(authorization, Some(&b"Basic aWQ6c2VjcmV0"[..]));
//!     assert_eq!(body, b"grant_type=client_credentials");
//!     let bytes = br#"{"access_token":"DCl7jJaG","token_type":"bearer","expires_in":86399}"#;
//!     *head = ResponseHead::new(200);
//!     head.header(b"Content-Type", b"application/json");
//!     response[..bytes.len()].copy_from_slice(bytes);
//!     bytes.len()
//! }
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let endpoint: Endpoint = "eu_central_1".parse()?;
//! let (id, secret) = (ClientId::<64>::new("id")?, ClientSecret::<128>::new("secret")?);
//! let mut manager = TokenManager::<1024>::new(Policy::default());
//! let now = Instant::from_secs(1_000);
//!
//! match manager.poll(now) {
//!     Step::Exchange(_reason) => {
//!         let client = Client::confidential(&id, &secret, ClientAuth::Basic);
//!         let request = TokenRequest::new(client, Grant::ClientCredentials)?;
//!         let (mut body, mut authorization) = ([0; 256], [0; 512]);
//!         let (mut head, mut response) = (ResponseHead::new(0), [0; 2048]);
//!         if let Some(ticket) = manager.begin(now) {
//!             let length = post(
//!                 &endpoint,
//!                 request.write_authorization(&mut authorization)?,
//!                 request.write_body(&mut body)?,
//!                 &mut head,
//!                 &mut response,
//!             );
//!             let random = 4; // from the caller's generator
//!             match parse_token_response(&head, &mut response[..length]) {
//!                 Ok(token) => manager.complete(ticket, now, Outcome::Token(&token), random),
//!                 Err(error) => manager.complete(ticket, now, Outcome::Failed(Failure::from(error)), random),
//!             }
//!         }
//!     }
//!     Step::Wait { until, .. } => println!("sleep until {until:?}, unless something happens before"),
//!     Step::CheckCredentials => println!("see whether the refused credentials were replaced, and say so"),
//!     Step::Stop(_) => println!("new credentials are needed"),
//! }
//!
//! let Answer::Ready(token) = manager.token(now) else { panic!("there is one") };
//! assert_eq!(token.access_token(), "DCl7jJaG");
//! assert_eq!(token.expires_at, Instant::from_secs(1_000 + 86_399));
//! assert!(manager.next_deadline().is_some_and(|refresh| refresh < token.expires_at));
//! # Ok(())
//! # }
//! ```
//!
//! A real adapter wipes the request buffers after sending; the response buffer wipes itself.
#![no_std]
#![deny(missing_docs)]
#![forbid(unsafe_code)]

pub mod call;
#[cfg(feature = "defmt")]
mod format;
#[cfg(feature = "heapless")]
pub mod heapless_string;
pub mod lifecycle;
pub mod secret;
pub mod settings;
pub mod text;
pub mod time;
pub mod wire;

/// The version of heapless whose strings are converted.
#[cfg(feature = "heapless")]
pub use heapless;

/// The README's example.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
