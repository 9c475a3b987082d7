//! The state shared by a client's runner and its callers.
//!
//! Every decision is made by core's [`TokenManager`]; this module adds the lock around it, and the tasks that wait for a change. The
//! lock is a critical section: operations within it take a bounded and short time, at most that of copying a token.

use core::cell::RefCell;
use core::future::poll_fn;
use core::task::{Poll, Waker};

use embassy_sync::blocking_mutex::CriticalSectionMutex;
use embassy_sync::blocking_mutex::raw::CriticalSectionRawMutex;
use embassy_sync::signal::Signal;
use embassy_time::Duration;
use genesys_token_core::lifecycle::{Answer, Policy, TokenManager, TokenRef};
use genesys_token_core::text::Text;
use genesys_token_core::time::Instant;

use crate::api_channel::ApiChannel;
use crate::clock::WallClock;
use crate::error::{Detail, TokenError, TokenErrorKind};
use crate::random::Random;
use crate::settings::Settings;
use crate::time;
use crate::transport::{Authority, authority};
use crate::waiters::Waiters;

/// `TOKEN`: capacity for the access token in bytes.
pub(crate) struct Shared<const TOKEN: usize> {
    state: CriticalSectionMutex<RefCell<State<TOKEN>>>,
    /// Tells the runner that the state changed.
    pub(crate) wake: Signal<CriticalSectionRawMutex, ()>,
    pub(crate) api_channel: ApiChannel,
    pub(crate) config: Config,
}

pub(crate) struct State<const TOKEN: usize> {
    pub(crate) manager: TokenManager<TOKEN, Detail>,
    pub(crate) clock: WallClock,
    closed: bool,
    random: Random,
    waiters: Waiters,
}

/// The settings that callers need.
pub(crate) struct Config {
    pub(crate) api_authority: Authority,
    pub(crate) total_timeout: Duration,
    pub(crate) reuse_timeout: Duration,
}

impl<const TOKEN: usize> Shared<TOKEN> {
    pub(crate) const fn new() -> Self {
        Self {
            state: CriticalSectionMutex::new(RefCell::new(State {
                manager: TokenManager::with_details(Policy::DEFAULT),
                clock: WallClock::new(0),
                closed: false,
                random: Random::new(0),
                waiters: Waiters::new(),
            })),
            wake: Signal::new(),
            api_channel: ApiChannel::new(),
            config: Config {
                api_authority: Text::EMPTY,
                total_timeout: Duration::from_secs(0),
                reuse_timeout: Duration::from_secs(0),
            },
        }
    }

    /// Resets everything, with these settings.
    pub(crate) fn set_up(&mut self, settings: &Settings<'_>) {
        self.config = Config {
            api_authority: authority(settings.endpoint.api_host(), settings.endpoint.api_port()),
            total_timeout: settings.total_timeout,
            reuse_timeout: settings.reuse_timeout,
        };
        self.api_channel = ApiChannel::new();
        self.wake.reset();
        let state = self.state.get_mut().get_mut();
        state.manager = TokenManager::with_details(settings.effective_policy()).with_random(settings.random);
        state.clock = WallClock::new(settings.earliest_time);
        state.closed = false;
        state.random = Random::new(settings.random);
    }

    /// Applies a change, and wakes the runner and all waiting callers.
    pub(crate) fn update<T>(&self, change: impl FnOnce(&mut State<TOKEN>, Instant) -> T) -> T {
        let result = self.look(|state, now| {
            let result = change(state, now);
            state.waiters.wake();
            result
        });
        self.wake.signal(());
        result
    }

    /// Accesses the state without waking any task.
    pub(crate) fn look<T>(&self, look: impl FnOnce(&mut State<TOKEN>, Instant) -> T) -> T {
        self.state.lock(|state| look(&mut state.borrow_mut(), time::now()))
    }

    pub(crate) fn random(&self) -> u32 {
        self.look(|state, _| state.random.next())
    }

    /// Seconds since 1970, if the clock is set.
    pub(crate) fn unix_time(&self) -> Option<u64> {
        self.look(|state, now| state.clock.unix_time(now))
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.look(|state, _| state.closed)
    }

    /// Wipes the token and ends the runner. Waiting and later callers get [`TokenErrorKind::Closed`].
    pub(crate) fn close(&self) {
        self.update(|state, _| {
            state.closed = true;
            state.manager.clear();
        });
        self.api_channel.close();
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

    /// Waits for a token, and passes it to `take` within the lock.
    pub(crate) async fn with_token<T>(&self, take: impl FnOnce(&TokenRef<'_>) -> T) -> Result<T, TokenError> {
        let mut take = Some(take);
        poll_fn(|context| {
            self.look(|state, now| {
                let answer = state.answer(now, context.waker());
                match answer {
                    Poll::Ready(Ok(token)) => match take.take() {
                        Some(take) => Poll::Ready(Ok(take(&token))),
                        // Polled after it was ready: not a valid use.
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
                Poll::Ready(Err(TokenError::new(failure.into(), retry_at)))
            }
            Answer::Pending => {
                self.waiters.register(waker);
                Poll::Pending
            }
        }
    }
}
