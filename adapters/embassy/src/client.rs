//! The client as users hold it.

use core::fmt;

use embassy_time::Duration;
use genesys_token_core::lifecycle::{Generation, TokenRef};
use genesys_token_core::text::CapacityError;
use genesys_token_core::time::Instant;

use crate::clock::ClockError;
use crate::copy::copy;
use crate::error::{TokenError, TokenErrorKind};
use crate::memory::Heads;
use crate::shared::Shared;
use crate::time;
use crate::wiped::wipe;

/// A handle to one client: copy it into every task that needs tokens or calls the API. Tasks may run on other executors
/// than the [`Runner`](crate::Runner)'s, interrupt executors included.
///
/// Any number of callers at once cause one exchange, and a caller that goes away cancels nothing. Up to eight tasks wait
/// at no cost; more than that wake each other in turn.
#[derive(Clone, Copy)]
pub struct TokenClient<'m, const TOKEN: usize = 1024, const HEADS: usize = 2560> {
    pub(crate) shared: &'m Shared<TOKEN>,
    pub(crate) heads: &'m Heads<HEADS>,
}

impl<'m, const TOKEN: usize, const HEADS: usize> TokenClient<'m, TOKEN, HEADS> {
    pub(crate) const fn new(shared: &'m Shared<TOKEN>, heads: &'m Heads<HEADS>) -> Self {
        Self { shared, heads }
    }

    /// An access token that lives, copied into `buffer`: the one that is there at once, else as soon as there is one.
    ///
    /// While the runner waits after a failure this is an error at once, with the cause of that failure and the time of
    /// the next attempt: to wait in line would not help. As long as no runner runs, it waits.
    ///
    /// # Errors
    /// [`TokenError`], which says whose fault it is and what to do. A `buffer` that is too small is
    /// [`TokenErrorKind::Capacity`].
    ///
    /// # Cancel safety
    /// Dropping the future cancels nothing: the exchange goes on, and other callers get its result.
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

    /// The same without a copy: `take` sees the token within a critical section, so it must be short, and must not call
    /// this client.
    ///
    /// # Errors
    /// As [`token`](Self::token).
    ///
    /// # Cancel safety
    /// As [`token`](Self::token); `take` is called once or not at all.
    pub async fn with_token<T>(&self, take: impl FnOnce(&TokenRef<'_>) -> T) -> Result<T, TokenError> {
        self.shared.with_token(take).await
    }

    /// Tells that an API answered 401 to the token of this generation. It is dropped at once, unless there is a newer one
    /// already, and the runner asks for another. [`api`](Self::api) does it by itself.
    ///
    /// `true`: [`token`](Self::token) gives another one soon, so send the request again, once. `false`: a second fresh
    /// token in a row was refused, or no other can be had now; the answer 401 is final.
    #[must_use = "it says whether to send the request again"]
    pub fn refused(&self, generation: Generation) -> bool {
        self.shared.update(|state, now| state.manager.token_refused(generation, now))
    }

    /// Tells that an API accepted the token of this generation. Needed where the policy has an `idle_timeout`, and after
    /// each use. [`api`](Self::api) does it by itself.
    pub fn used(&self, generation: Generation) {
        // It only moves the token's end further away: nobody has to be told.
        self.shared.look(|state, now| state.manager.token_used(generation, now));
    }

    /// Tells that the source has other credentials now: a wait that the old ones caused ends. Without this they are found
    /// at the next check: see [`Settings::credentials_check`](crate::Settings::credentials_check).
    pub fn credentials_changed(&self) {
        self.shared.update(|state, now| state.manager.credentials_changed(now));
    }

    /// Sets the wall clock: seconds since 1970-01-01 UTC, from a clock chip, the modem, or a time that was stored before.
    ///
    /// A device without any such source and without time servers must not guess: with a wrong time a certificate that
    /// ended long ago would be believed. Set it again when it is known better; between settings it goes on with the
    /// device's own clock.
    ///
    /// # Errors
    /// [`ClockError`] for a time before [`Settings::time_floor`](crate::Settings::time_floor) or decades after it.
    pub fn set_unix_time(&self, seconds: u64) -> Result<(), ClockError> {
        self.shared.update(|state, now| state.clock.set(seconds, now))
    }

    /// The wall clock: seconds since 1970-01-01 UTC. `None` as long as nobody has set it.
    #[must_use]
    pub fn unix_time(&self) -> Option<u64> {
        self.shared.unix_time()
    }

    /// Ends the runner, wipes the token and closes the connections, for all copies of this handle. Waiting and later
    /// callers get [`TokenErrorKind::Closed`].
    pub fn close(&self) {
        self.shared.close();
    }
}

impl<const TOKEN: usize, const HEADS: usize> fmt::Debug for TokenClient<'_, TOKEN, HEADS> {
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
    /// The access token text. The only door to it: mind where the result goes.
    #[must_use]
    pub fn expose(&self) -> &str {
        // Core's tokens are ASCII, so the fallback is never taken.
        core::str::from_utf8(self.text).unwrap_or_default()
    }

    /// Which one it is, for [`TokenClient::refused`] and [`TokenClient::used`].
    #[must_use]
    pub const fn generation(&self) -> Generation {
        self.generation
    }

    /// How long it may still be used by the service's own word; zero if it is over. It may end sooner.
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
