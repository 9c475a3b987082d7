//! What the runner and its callers share.
//!
//! Every decision is core's [`TokenManager`]'s; this is the lock around it, and the list of those who wait for a change.
//! The lock is a critical section: what is done within takes a bounded and short time, the longest being the copy of a
//! token.

use core::cell::RefCell;
use core::future::poll_fn;
use core::task::{Poll, Waker};

use embassy_sync::blocking_mutex::CriticalSectionMutex;
use embassy_sync::blocking_mutex::raw::CriticalSectionRawMutex;
use embassy_sync::signal::Signal;
use embassy_sync::waitqueue::MultiWakerRegistration;
use embassy_time::Duration;
use genesys_token_core::lifecycle::{Answer, Policy, TokenManager, TokenRef};
use genesys_token_core::text::Text;
use genesys_token_core::time::Instant;

use crate::clock::WallClock;
use crate::desk::Desk;
use crate::error::{Detail, TokenError, TokenErrorKind};
use crate::random::Random;
use crate::settings::Settings;
use crate::time;

/// Tasks that can wait at the same time at no cost: eight callers and the runner. Any more wake each other, which costs
/// processor time only.
pub(crate) const WAITERS: usize = 9;

/// `TOKEN`: capacity for the access token in bytes.
pub(crate) struct Shared<const TOKEN: usize> {
    state: CriticalSectionMutex<RefCell<State<TOKEN>>>,
    /// The runner is to look at the manager again.
    pub(crate) wake: Signal<CriticalSectionRawMutex, ()>,
    pub(crate) desk: Desk,
    pub(crate) config: Config,
}

pub(crate) struct State<const TOKEN: usize> {
    pub(crate) manager: TokenManager<TOKEN>,
    pub(crate) clock: WallClock,
    /// Why the last exchange failed, with what core does not know.
    pub(crate) detail: Option<Detail>,
    closed: bool,
    random: Random,
    waiters: MultiWakerRegistration<WAITERS>,
}

/// What callers need to know of the settings.
pub(crate) struct Config {
    /// `host`, or `host:port` unless that is 443.
    pub(crate) api_authority: Text<AUTHORITY>,
    pub(crate) total_timeout: Duration,
}

/// A name of 253 bytes, `:` and a port.
pub(crate) const AUTHORITY: usize = 259;

impl<const TOKEN: usize> Shared<TOKEN> {
    pub(crate) const fn new() -> Self {
        Self {
            state: CriticalSectionMutex::new(RefCell::new(State {
                manager: TokenManager::new(Policy::DEFAULT),
                clock: WallClock::new(0),
                detail: None,
                closed: false,
                random: Random::new(0),
                waiters: MultiWakerRegistration::new(),
            })),
            wake: Signal::new(),
            desk: Desk::new(),
            config: Config { api_authority: Text::EMPTY, total_timeout: Duration::from_secs(0) },
        }
    }

    /// As new, with these settings.
    pub(crate) fn set_up(&mut self, settings: &Settings<'_>) {
        self.config = Config {
            api_authority: authority(settings.endpoint.api_host(), settings.endpoint.api_port()),
            total_timeout: settings.total_timeout,
        };
        self.desk = Desk::new();
        self.wake.reset();
        let state = self.state.get_mut().get_mut();
        state.manager = TokenManager::new(settings.effective_policy()).with_random(settings.random);
        state.clock = WallClock::new(settings.time_floor);
        state.detail = None;
        state.closed = false;
        state.random = Random::new(settings.random);
    }

    /// Does `change`, and tells everybody.
    pub(crate) fn update<T>(&self, change: impl FnOnce(&mut State<TOKEN>, Instant) -> T) -> T {
        let result = self.look(|state, now| {
            let result = change(state, now);
            state.waiters.wake();
            result
        });
        self.wake.signal(());
        result
    }

    /// The same for what nobody waits for.
    pub(crate) fn look<T>(&self, look: impl FnOnce(&mut State<TOKEN>, Instant) -> T) -> T {
        self.state.lock(|state| look(&mut state.borrow_mut(), time::now()))
    }

    pub(crate) fn random(&self) -> u32 {
        self.look(|state, _| state.random.next())
    }

    /// Seconds since 1970, if that is known.
    pub(crate) fn unix_time(&self) -> Option<u64> {
        self.look(|state, now| state.clock.unix_time(now))
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.look(|state, _| state.closed)
    }

    /// Wipes the token. Whoever waits or asks is told that the client is closed, and the runner ends.
    pub(crate) fn close(&self) {
        self.update(|state, _| {
            state.closed = true;
            state.manager.clear();
        });
        self.desk.shut();
    }

    /// Waits until the client is closed.
    pub(crate) async fn closed(&self) {
        poll_fn(|context| {
            self.look(|state, _| {
                if state.closed {
                    return Poll::Ready(());
                }
                state.waiters.register(context.waker());
                Poll::Pending
            })
        })
        .await;
    }

    /// Gives the token to `take`, within the lock, once there is one.
    pub(crate) async fn with_token<T>(&self, take: impl FnOnce(&TokenRef<'_>) -> T) -> Result<T, TokenError> {
        let mut take = Some(take);
        poll_fn(|context| {
            self.look(|state, now| {
                let answer = state.answer(now, context.waker());
                match answer {
                    Poll::Ready(Ok(token)) => match take.take() {
                        Some(take) => Poll::Ready(Ok(take(&token))),
                        // Polled again after it was ready, which nobody does.
                        None => Poll::Pending,
                    },
                    Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
                    Poll::Pending => Poll::Pending,
                }
            })
        })
        .await
    }
}

impl<const TOKEN: usize> State<TOKEN> {
    fn answer(&mut self, now: Instant, waker: &Waker) -> Poll<Result<TokenRef<'_>, TokenError>> {
        if self.closed {
            return Poll::Ready(Err(TokenErrorKind::Closed.into()));
        }
        match self.manager.token(now) {
            Answer::Ready(token) => Poll::Ready(Ok(token)),
            Answer::Unavailable { failure, retry_at } => {
                let kind = TokenErrorKind::of_failure(failure, self.detail.as_ref());
                Poll::Ready(Err(TokenError::new(kind, retry_at)))
            }
            Answer::Pending => {
                self.waiters.register(waker);
                Poll::Pending
            }
        }
    }
}

/// `host`, or `host:port` unless that is 443. Without `core::fmt`, which would be in a device's image for this alone.
pub(crate) fn authority(host: &str, port: u16) -> Text<AUTHORITY> {
    let mut authority = Text::EMPTY;
    // Core's hosts fit: an empty one would be refused by the exchange.
    let mut push = |text: &str| authority.push_str("host", text).unwrap_or_default();
    push(host);
    if port != 443 {
        push(":");
        for unit in [10_000, 1000, 100, 10, 1] {
            let digit = usize::from(port.checked_div(unit).unwrap_or(0) % 10);
            if port >= unit {
                push("0123456789".get(digit..=digit).unwrap_or_default());
            }
        }
    }
    authority
}

#[cfg(test)]
mod tests {
    use super::authority;

    #[test]
    fn the_authority_names_every_port_but_443() {
        for (port, expected) in [
            (443, "api.example"),
            (1, "api.example:1"),
            (10, "api.example:10"),
            (442, "api.example:442"),
            (8043, "api.example:8043"),
            (10_000, "api.example:10000"),
            (65_535, "api.example:65535"),
        ] {
            assert_eq!(authority("api.example", port).as_str(), expected);
        }
    }
}
