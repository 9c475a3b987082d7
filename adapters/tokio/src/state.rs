//! What the callers and the driver of one client share.
//!
//! Every decision is core's [`TokenManager`]'s; this is the lock around it, and the mirror of its token that callers
//! read without the lock.

use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use genesys_token_core::lifecycle::{Answer, Generation, TokenManager};
use genesys_token_core::time::Instant;
use tokio::runtime::Handle;
use tokio::sync::Notify;
use tokio::task::AbortHandle;

use crate::builder::Settings;
use crate::clock;
use crate::credentials::Credentials;
use crate::driver;
use crate::error::{TokenError, TokenErrorKind};
use crate::grant::Grant;
use crate::random;
use crate::seats::{ClientKey, Published, cached};
use crate::token::{Held, Token};
use crate::transport::Transport;

/// The longest access token, in bytes. Nobody documents the service's length; it is about 86.
pub(crate) const TOKEN_CAPACITY: usize = 2048;

pub(crate) struct Shared {
    pub(crate) key: ClientKey,
    pub(crate) settings: Settings,
    pub(crate) login: Transport,
    pub(crate) api: Transport,
    /// Something changed that those who wait for a token want to know.
    pub(crate) changed: Notify,
    /// The driver is to look again.
    pub(crate) wake: Notify,
    state: Mutex<State>,
    hashes: RandomState,
}

pub(crate) struct State {
    pub(crate) manager: TokenManager<TOKEN_CAPACITY>,
    published: Published,
    pub(crate) grant: Grant,
    /// Why the last exchange failed, with what core does not know.
    pub(crate) failure: Option<Arc<TokenErrorKind>>,
    /// A hash of the credentials that were last used.
    pub(crate) last_credentials: Option<u64>,
    driver: Driver,
}

enum Driver {
    Absent,
    Running(AbortHandle),
    Closed,
}

impl Shared {
    pub(crate) fn new(settings: Settings, grant: Grant, login: Transport, api: Transport) -> Self {
        let state = State {
            manager: TokenManager::new(settings.policy.clone()).with_random(random::value()),
            published: Published::default(),
            grant,
            failure: None,
            last_credentials: None,
            driver: Driver::Absent,
        };
        Self {
            key: ClientKey::fresh(),
            settings,
            login,
            api,
            changed: Notify::new(),
            wake: Notify::new(),
            state: Mutex::new(state),
            hashes: RandomState::new(),
        }
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing under the lock panics; and if it did, the manager's states are whole between its calls.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does `change`, brings the mirror up to date, and tells everybody.
    pub(crate) fn update<T>(&self, change: impl FnOnce(&mut State, Instant) -> T) -> T {
        let result = self.update_quietly(change);
        self.changed.notify_waiters();
        self.wake.notify_one();
        result
    }

    /// The same for the driver's own looks, which nobody waits for.
    pub(crate) fn update_quietly<T>(&self, change: impl FnOnce(&mut State, Instant) -> T) -> T {
        let mut state = self.lock();
        let now = clock::now();
        let result = change(&mut state, now);
        state.mirror(now);
        result
    }

    #[inline]
    pub(crate) fn cached(&self) -> Option<Token> {
        cached(self.key, clock::now)
    }

    /// The slow way to a token: under the lock, and waiting if an exchange is due or in flight.
    pub(crate) async fn wait_for_token(self: &Arc<Self>) -> Result<Token, TokenError> {
        loop {
            // Registered before the look, so that a change between look and wait is not missed.
            let mut changed = pin!(self.changed.notified());
            changed.as_mut().enable();
            if let Some(answer) = self.answer_now() {
                return answer;
            }
            self.wake.notify_one();
            changed.await;
        }
    }

    /// The token if there is a live one; starts nothing and waits for nothing.
    pub(crate) fn current(&self) -> Option<Token> {
        let mut state = self.lock();
        state.mirror(clock::now());
        state.published.token(self.key)
    }

    /// `None`: wait.
    fn answer_now(self: &Arc<Self>) -> Option<Result<Token, TokenError>> {
        let mut state = self.lock();
        if let Err(error) = self.ensure_driver(&mut state) {
            return Some(Err(error.into()));
        }
        let now = clock::now();
        state.mirror(now);
        if let Some(token) = state.published.token(self.key) {
            return Some(Ok(token));
        }
        match state.manager.token(now) {
            Answer::Unavailable { failure, retry_at } => {
                let cause = state.failure.clone().unwrap_or_else(|| {
                    Arc::new(TokenErrorKind::of_failure(failure, self.login.authority(), None))
                });
                Some(Err(TokenError::new(cause, retry_at)))
            }
            Answer::Ready(_) | Answer::Pending => None,
        }
    }

    /// Starts the driver on the current runtime unless there is one.
    fn ensure_driver(self: &Arc<Self>, state: &mut State) -> Result<(), TokenErrorKind> {
        match &state.driver {
            Driver::Running(task) if !task.is_finished() => Ok(()),
            Driver::Closed => Err(TokenErrorKind::Closed),
            Driver::Absent | Driver::Running(_) => {
                let runtime = Handle::try_current().map_err(|_| TokenErrorKind::NoRuntime)?;
                let task = runtime.spawn(driver::drive(self.clone()));
                state.driver = Driver::Running(task.abort_handle());
                Ok(())
            }
        }
    }

    /// The driver's task is over, because its runtime is or because it panicked: the next caller starts another.
    pub(crate) fn driver_is_gone(&self) {
        self.update(|state, _| {
            if let Driver::Running(_) = state.driver {
                state.driver = Driver::Absent;
            }
        });
    }

    /// Ends the driver and wipes the token. Whoever waits or asks is told that the client is closed.
    pub(crate) fn close(&self) {
        self.update(|state, _| {
            if let Driver::Running(task) = std::mem::replace(&mut state.driver, Driver::Closed) {
                task.abort();
            }
            state.manager.clear();
            state.grant = Grant::ClientCredentials;
        });
        self.login.close();
        self.api.close();
    }

    /// The API answered 401 for this generation.
    pub(crate) fn refused(&self, generation: Generation) -> bool {
        let replay = self.update(|state, now| state.manager.token_refused(generation, now));
        tracing::warn!(?generation, replay, "the Platform API refused the access token");
        replay
    }

    /// Tells equal credentials from others without keeping them.
    pub(crate) fn hash(&self, credentials: &Credentials) -> u64 {
        let mut hasher = self.hashes.build_hasher();
        credentials.hash_into(&mut hasher);
        hasher.finish()
    }
}

impl State {
    /// Makes what callers read without the lock agree with the manager.
    pub(crate) fn mirror(&mut self, now: Instant) {
        let published = self.published.held();
        match self.manager.token(now) {
            Answer::Ready(token) => {
                if let Some(held) = published.filter(|held| held.generation == token.generation) {
                    held.serve_until(token.expires_at);
                } else {
                    let held = Held::new(&token);
                    self.published.replace(held);
                }
            }
            _ if published.is_some() => self.published.replace(None),
            _ => {}
        }
    }
}
