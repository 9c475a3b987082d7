//! An access token as callers hold it.

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
/// It does not change: ask the client before each use instead of keeping one for long.
#[derive(Clone)]
pub struct Token(pub(crate) Arc<TokenHandle>);

/// A reference count of a token for one group of threads, so that threads do not contend for one count. The alignment keeps two
/// handles out of one cache line.
#[repr(align(64))]
pub(crate) struct TokenHandle {
    data: Arc<TokenData>,
    /// The tick at which the token was found valid for at least [`clock::RECHECK_MS`] more; 0 if it was not.
    checked_at: AtomicU64,
}

/// A token with its one copy of the text.
pub(crate) struct TokenData {
    /// `Bearer <token>`.
    header: HeaderValue,
    scope: Option<Arc<str>>,
    pub(crate) generation: Generation,
    expires_at: Instant,
    /// Whether core knows that an API accepted it.
    accepted: AtomicBool,
    /// Time until which it is handed out, in milliseconds of [`clock`]; 0 once it was replaced.
    valid_until: AtomicU64,
}

impl Token {
    /// Returns the access token. It is a secret: keep it out of logs, errors and arguments.
    #[must_use]
    pub fn expose(&self) -> &str {
        // Core accepts visible ASCII only, so neither fallback is ever taken.
        self.data().header.to_str().ok().and_then(|text| text.get(SCHEME.len()..)).unwrap_or("")
    }

    /// Returns the access token as bytes. It is a secret: keep it out of logs, errors and arguments.
    #[must_use]
    pub fn expose_bytes(&self) -> &[u8] {
        self.data().header.as_bytes().get(SCHEME.len()..).unwrap_or_default()
    }

    /// Returns the value of the `Authorization` header, `Bearer …` (RFC 6750 section 2.1), marked as sensitive. It shares the
    /// one copy of the text.
    #[must_use]
    pub fn authorization_header_value(&self) -> HeaderValue {
        self.data().header.clone()
    }

    /// Returns the scope granted, space-separated, if the response named it. It may be less than the scope requested; a response
    /// may leave it out if both are the same (RFC 6749 section 5.1). Genesys Cloud names none: there roles decide.
    #[must_use]
    pub fn scope(&self) -> Option<&str> {
        self.data().scope.as_deref()
    }

    /// Returns the time until the token expires, from the `expires_in` of its response; zero if it has expired. A token may become
    /// invalid earlier: see [`TokenClient::token_refused`](crate::TokenClient::token_refused).
    #[must_use]
    pub fn expires_in(&self) -> Duration {
        self.data().expires_at.saturating_since(clock::now()).into()
    }

    /// Returns the time at which the token expires, by this machine's wall clock as it is now. For people and files; decide by
    /// [`Token::expires_in`].
    #[must_use]
    pub fn expires_at(&self) -> SystemTime {
        let now = SystemTime::now();
        now.checked_add(self.expires_in()).unwrap_or(now)
    }

    /// Returns the generation, which differs from that of every other token of the client.
    #[must_use]
    pub fn generation(&self) -> Generation {
        self.data().generation
    }

    /// Returns `true` the first time that it is called for this token, and `false` afterwards.
    pub(crate) fn is_first_use(&self) -> bool {
        // The load keeps the cache line shared between threads.
        !self.data().accepted.load(Ordering::Relaxed) && !self.data().accepted.swap(true, Ordering::Relaxed)
    }

    fn data(&self) -> &TokenData {
        &self.0.data
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

impl TokenHandle {
    pub(crate) fn new(data: Arc<TokenData>) -> Self {
        Self { data, checked_at: AtomicU64::new(0) }
    }

    /// Returns whether the token may be handed out.
    #[inline]
    pub(crate) fn is_valid(&self) -> bool {
        let tick = clock::tick();
        if clock::is_recent(self.checked_at.load(Ordering::Relaxed), tick) {
            return !self.data.is_retired();
        }
        let now = clock::now();
        let next_check = now + Duration::from_millis(clock::RECHECK_MS).into();
        let valid_till_then = self.data.is_valid(next_check);
        self.checked_at.store(if valid_till_then { tick } else { 0 }, Ordering::Relaxed);
        valid_till_then || self.data.is_valid(now)
    }
}

impl TokenData {
    /// Copies the text. `None` if it is no header value; core has checked that it is one.
    pub(crate) fn new(token: &TokenRef<'_>, scope: Option<Arc<str>>) -> Option<Self> {
        let mut text = Zeroizing::new(Vec::with_capacity(SCHEME.len() + token.access_token_bytes().len()));
        text.extend_from_slice(SCHEME.as_bytes());
        text.extend_from_slice(token.access_token_bytes());
        // The owner is wiped when the last handle to the bytes is dropped, wherever that is.
        let mut header = HeaderValue::from_maybe_shared(Bytes::from_owner(text)).ok()?;
        header.set_sensitive(true);
        Some(Self {
            header,
            scope,
            generation: token.generation,
            expires_at: token.expires_at,
            accepted: AtomicBool::new(false),
            valid_until: AtomicU64::new(token.expires_at.as_millis()),
        })
    }

    fn is_valid(&self, now: Instant) -> bool {
        now.as_millis() < self.valid_until.load(Ordering::Acquire)
    }

    pub(crate) fn set_valid_until(&self, end: Instant) {
        self.valid_until.store(end.as_millis(), Ordering::Release);
    }

    fn is_retired(&self) -> bool {
        self.valid_until.load(Ordering::Acquire) == 0
    }

    /// Ends handing it out; callers that hold it keep it.
    pub(crate) fn retire(&self) {
        self.set_valid_until(Instant::ZERO);
    }
}
