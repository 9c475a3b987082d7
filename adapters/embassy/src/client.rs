//! The client: the handle that a program's tasks use.

use core::fmt;

use embassy_time::Duration;
use genesys_token_core::lifecycle::{Generation, TokenRef};
use genesys_token_core::text::CapacityError;
use genesys_token_core::time::Instant;

use crate::clock::ClockError;
use crate::copy::copy;
use crate::error::{TokenError, TokenErrorKind};
use crate::memory::ApiHeads;
use crate::shared::Shared;
use crate::time;
use crate::wiped::wipe;

/// A handle to one client: copy it into every task that needs tokens or calls the API. The tasks may run on other executors than
/// the [`Runner`](crate::Runner)'s, including interrupt executors.
///
/// Any number of concurrent callers cause one token exchange, and dropping a caller's future cancels nothing. Up to eight tasks can
/// wait without extra cost; additional tasks wake each other in turn.
///
/// `TOKEN`: the capacity for the access token in bytes, as in [`Memory`](crate::Memory).
#[derive(Clone, Copy)]
pub struct TokenClient<'m, const TOKEN: usize = 1024> {
    pub(crate) shared: &'m Shared<TOKEN>,
    pub(crate) heads: &'m ApiHeads,
}

impl<'m, const TOKEN: usize> TokenClient<'m, TOKEN> {
    pub(crate) const fn new(shared: &'m Shared<TOKEN>, heads: &'m ApiHeads) -> Self {
        Self { shared, heads }
    }

    /// Copies a valid access token into `buffer`: the current one at once, otherwise the next one as soon as it is obtained.
    ///
    /// While the runner waits after a failure this returns an error at once, with the cause of that failure and the time of the next
    /// attempt. While no runner runs, it waits.
    ///
    /// # Errors
    /// [`TokenError`], which states the cause and what to do. If `buffer` is too small: [`TokenErrorKind::Capacity`].
    ///
    /// # Cancel safety
    /// Dropping the future cancels nothing: an exchange in flight continues, and other callers get its result.
    pub async fn token<'b>(&self, buffer: &'b mut [u8]) -> Result<Token<'b>, TokenError> {
        let capacity = buffer.len();
        let copy = |token: &TokenRef<'_>| {
            let text = token.access_token_bytes();
            let place = buffer.get_mut(..text.len()).ok_or(text.len())?;
            copy(text, place);
            Ok((text.len(), token.generation, token.expires_at))
        };
        match self.shared.with_token(copy).await? {
            Ok((length, generation, expires_at)) => {
                let (text, _) = buffer.split_at_mut_checked(length).unwrap_or_default();
                Ok(Token { text, generation, expires_at })
            }
            Err(needed) => {
                let error = CapacityError { what: "the access token", needed, capacity };
                Err(TokenErrorKind::Capacity(error).into())
            }
        }
    }

    /// As [`token`](Self::token), without a copy. `take` runs within a critical section: it must be short, and must not call this
    /// client.
    ///
    /// # Errors
    /// As [`token`](Self::token).
    ///
    /// # Cancel safety
    /// As [`token`](Self::token); `take` is called at most once.
    pub async fn with_token<T>(&self, take: impl FnOnce(&TokenRef<'_>) -> T) -> Result<T, TokenError> {
        self.shared.with_token(take).await
    }

    /// Reports that an API answered 401 to the token of this generation. The token is dropped at once, unless there is a newer one,
    /// and the runner requests another. [`api`](Self::api) does this itself.
    ///
    /// Returns `true` if [`token`](Self::token) will return another token soon: send the request again, once. `false`: the 401 is
    /// final, because two consecutive new tokens were refused, or no other token can be obtained now.
    #[must_use = "it says whether to send the request again"]
    pub fn token_refused(&self, generation: Generation) -> bool {
        self.shared.update(|state, now| state.manager.token_refused(generation, now))
    }

    /// Reports that an API accepted the token of this generation. Required after each use if the policy has an `idle_timeout`.
    /// [`api`](Self::api) does this itself.
    pub fn token_used(&self, generation: Generation) {
        // It can only extend the token's life: no task has to be woken.
        self.shared.look(|state, now| state.manager.token_used(generation, now));
    }

    /// Reports that the source has new credentials, which ends a wait that the old ones caused. Without this they are found at the
    /// next check: see [`Policy::credentials_check`](crate::core::lifecycle::Policy::credentials_check).
    pub fn credentials_changed(&self) {
        self.shared.update(|state, now| state.manager.credentials_changed(now));
    }

    /// Sets the wall clock: seconds since 1970-01-01 UTC, from a clock chip, the modem, or a time that was stored before.
    ///
    /// A device without such a source and without time servers must not guess: with a wrong time an expired certificate would be
    /// accepted. Call it again whenever a better time is known; in between the clock advances with the device's own timer.
    ///
    /// # Errors
    /// [`ClockError`] for a time before [`Settings::earliest_time`](crate::Settings::earliest_time) or decades after it.
    pub fn set_unix_time(&self, seconds: u64) -> Result<(), ClockError> {
        self.shared.update(|state, now| state.clock.set(seconds, now))
    }

    /// Returns the wall clock: seconds since 1970-01-01 UTC. `None` until it is set.
    #[must_use]
    pub fn unix_time(&self) -> Option<u64> {
        self.shared.unix_time()
    }

    /// Ends the runner, wipes the token and closes the connections, for all copies of this handle. Waiting and later callers get
    /// [`TokenErrorKind::Closed`].
    pub fn close(&self) {
        self.shared.close();
    }
}

impl<const TOKEN: usize> fmt::Debug for TokenClient<'_, TOKEN> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenClient").field("unix_time", &self.unix_time()).finish_non_exhaustive()
    }
}

/// A copy of the access token in the caller's buffer, wiped on drop.
pub struct Token<'b> {
    text: &'b mut [u8],
    generation: Generation,
    expires_at: Instant,
}

impl Token<'_> {
    /// Returns the access token as text. With [`expose_bytes`](Self::expose_bytes) this is the only access to it: do not log the result.
    #[must_use]
    pub fn expose(&self) -> &str {
        // Core's tokens are ASCII, so the default is never used.
        core::str::from_utf8(self.text).unwrap_or_default()
    }

    /// Returns the access token as bytes, without the flash and time of a check for UTF-8.
    #[must_use]
    pub const fn expose_bytes(&self) -> &[u8] {
        self.text
    }

    /// Returns the token's generation, for [`TokenClient::token_refused`] and [`TokenClient::token_used`].
    #[must_use]
    pub const fn generation(&self) -> Generation {
        self.generation
    }

    /// Returns the remaining lifetime according to the service; zero after its end. The service may end it earlier.
    #[must_use]
    pub fn expires_in(&self) -> Duration {
        time::embassy(self.expires_at.saturating_since(time::now()))
    }
}

impl Drop for Token<'_> {
    fn drop(&mut self) {
        wipe(self.text);
    }
}

/// Generation and expiry, never the text.
impl fmt::Debug for Token<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Token")
            .field("access_token", &format_args!("[redacted]"))
            .field("generation", &self.generation)
            .field("expires_in_s", &self.expires_in().as_secs())
            .finish()
    }
}
