//! An access token as users hold it.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use genesys_token_core::lifecycle::{Generation, TokenRef};
use genesys_token_core::time::Instant;
use http::HeaderValue;
use zeroize::Zeroizing;

use crate::clock;

const SCHEME: &str = "Bearer ";

/// An access token: cheap to clone, shared, wiped when the last clone is dropped.
///
/// It does not change: ask the client again instead of keeping one for long.
#[derive(Clone)]
pub struct Token(pub(crate) Arc<Seat>);

/// One thread's share of a token: its own reference count, so that threads do not fight over one. Wide enough not to
/// share a cache line with another seat.
#[repr(align(64))]
pub(crate) struct Seat {
    held: Arc<Held>,
    /// The tick at which the token was seen to live for [`clock::LOOK`] more at least; 0 if it was not.
    looked_at: AtomicU64,
}

/// The one copy of the text.
pub(crate) struct Held {
    /// `Bearer <token>`.
    header: HeaderValue,
    scope: Option<Arc<str>>,
    pub(crate) generation: Generation,
    expires_at: Instant,
    /// Whether core was told that an API accepted it.
    proven: AtomicBool,
    /// Until when it is given to those who ask, in milliseconds of [`clock`]; 0 once it is retired.
    serve_until: AtomicU64,
}

impl Token {
    /// The access token text. The only door to it: mind where the result goes.
    #[must_use]
    pub fn expose(&self) -> &str {
        // Core accepts visible ASCII only, so neither fallback is ever taken.
        self.held().header.to_str().ok().and_then(|text| text.get(SCHEME.len()..)).unwrap_or("")
    }

    /// The value of the `Authorization` header, `Bearer …` (RFC 6750 section 2.1), marked as sensitive. Shares the one
    /// copy of the text.
    #[must_use]
    pub fn authorization_header_value(&self) -> HeaderValue {
        self.held().header.clone()
    }

    /// The scope granted, space-separated, if the service named it. It may be less than was asked for; a service that
    /// grants all of it need not say so (RFC 6749 section 5.1). Genesys Cloud names none: there roles decide.
    #[must_use]
    pub fn scope(&self) -> Option<&str> {
        self.held().scope.as_deref()
    }

    /// How long it may still be used by the service's own word; zero if it is over. It may end sooner: see
    /// [`TokenClient::refused`](crate::TokenClient::refused).
    #[must_use]
    pub fn expires_in(&self) -> Duration {
        self.held().expires_at.saturating_since(clock::now()).into()
    }

    /// When it ends, by this machine's wall clock as it is now. For people and for files; decisions are taken by
    /// [`Token::expires_in`].
    #[must_use]
    pub fn expires_at(&self) -> SystemTime {
        let now = SystemTime::now();
        now.checked_add(self.expires_in()).unwrap_or(now)
    }

    /// Which one it is: a later token has another generation.
    #[must_use]
    pub fn generation(&self) -> Generation {
        self.held().generation
    }

    /// `true` once, for one caller.
    pub(crate) fn is_first_use(&self) -> bool {
        // The load keeps the cache line shared between threads.
        !self.held().proven.load(Ordering::Relaxed) && !self.held().proven.swap(true, Ordering::Relaxed)
    }

    fn held(&self) -> &Held {
        &self.0.held
    }
}

impl Seat {
    pub(crate) fn new(held: Arc<Held>) -> Self {
        Self { held, looked_at: AtomicU64::new(0) }
    }

    /// Whether the token is to be given to those who ask.
    #[inline]
    pub(crate) fn serves(&self) -> bool {
        let tick = clock::tick();
        if clock::is_recent(self.looked_at.load(Ordering::Relaxed), tick) {
            return !self.held.is_retired();
        }
        let now = clock::now();
        let next_look = now + Duration::from_millis(clock::LOOK).into();
        let serves_till_then = self.held.serves(next_look);
        self.looked_at.store(if serves_till_then { tick } else { 0 }, Ordering::Relaxed);
        serves_till_then || self.held.serves(now)
    }
}

/// Generation and expiry, never the text.
impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Token")
            .field("access_token", &"[redacted]")
            .field("generation", &self.generation())
            .field("expires_in", &self.expires_in())
            .finish()
    }
}

impl Held {
    /// `None` if the text cannot stand in a header; core has checked that it can.
    pub(crate) fn new(token: &TokenRef<'_>, scope: Option<Arc<str>>) -> Option<Self> {
        let mut text = Zeroizing::new(Vec::with_capacity(SCHEME.len() + token.access_token_bytes().len()));
        text.extend_from_slice(SCHEME.as_bytes());
        text.extend_from_slice(token.access_token_bytes());
        // The owner is wiped when the last handle to the bytes is gone, wherever that is.
        let mut header = HeaderValue::from_maybe_shared(Bytes::from_owner(text)).ok()?;
        header.set_sensitive(true);
        Some(Self {
            header,
            scope,
            generation: token.generation,
            expires_at: token.expires_at,
            proven: AtomicBool::new(false),
            serve_until: AtomicU64::new(token.expires_at.as_millis()),
        })
    }

    fn serves(&self, now: Instant) -> bool {
        now.as_millis() < self.serve_until.load(Ordering::Acquire)
    }

    pub(crate) fn serve_until(&self, end: Instant) {
        self.serve_until.store(end.as_millis(), Ordering::Release);
    }

    fn is_retired(&self) -> bool {
        self.serve_until.load(Ordering::Acquire) == 0
    }

    /// Nobody who asks gets it any more; those who have it keep it.
    pub(crate) fn retire(&self) {
        self.serve_until(Instant::ZERO);
    }
}
