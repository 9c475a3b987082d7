//! What the callers and the driver of one client share.
//!
//! Every decision is core's [`TokenManager`]'s; this is the lock around it, and the mirror of its token that callers
//! read without the lock.

use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use genesys_token_core::lifecycle::{Answer, Generation, Ticket, TokenManager};
use genesys_token_core::time::Instant;
use tokio::runtime::{self, Handle};
use tokio::sync::Notify;
use tokio::task::AbortHandle;
use tokio::time::timeout;

use crate::builder::Settings;
use crate::clock;
use crate::credentials::Credentials;
use crate::driver;
use crate::error::{TokenError, TokenErrorKind};
use crate::grant::Grant;
use crate::random;
use crate::seats::{ClientKey, Published, cached};
use crate::secret::SecretString;
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
    grant_number: GrantNumber,
    /// What the service said of the scope of the token that the manager holds.
    pub(crate) granted_scope: Option<Arc<str>>,
    /// Why the last exchange failed, with what core does not know.
    pub(crate) failure: Option<Arc<TokenErrorKind>>,
    /// A hash of the credentials that were last used.
    pub(crate) last_credentials: Option<u64>,
    /// The exchange that is on its way. The ticket is kept here and not in the future, so that it can be given up for
    /// a future that nobody polls any more.
    flight: Option<(FlightNumber, Ticket)>,
    last_flight: FlightNumber,
    driver: Driver,
    last_driver: DriverNumber,
}

/// Tells an exchange from those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FlightNumber(u64);

/// Tells a grant of the caller's from those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct GrantNumber(u64);

/// Tells a driver from those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct DriverNumber(u64);

enum Driver {
    Absent,
    Running { number: DriverNumber, task: AbortHandle, runtime: runtime::Id },
    Closed,
}

/// A driver that begins nothing for so long, while somebody waits, is on a runtime that nobody runs.
const DRIVER_PATIENCE: Duration = Duration::from_secs(2);

impl Shared {
    pub(crate) fn new(settings: Settings, grant: Grant, login: Transport, api: Transport) -> Self {
        let state = State {
            manager: TokenManager::new(settings.policy.clone()).with_random(random::value()),
            published: Published::default(),
            grant,
            grant_number: GrantNumber(0),
            granted_scope: None,
            failure: None,
            last_credentials: None,
            flight: None,
            last_flight: FlightNumber(0),
            driver: Driver::Absent,
            last_driver: DriverNumber(0),
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
        cached(self.key)
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
            let patience = match self.lock().flight {
                None => DRIVER_PATIENCE,
                Some(_) => self.settings.longest_exchange(),
            };
            if timeout(patience, changed).await.is_err() {
                self.take_over();
            }
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
        let driver = self.ensure_driver(&mut state);
        let now = clock::now();
        state.mirror(now);
        // A token that is there is good without anybody to refresh it.
        if let Some(token) = state.published.token(self.key) {
            return Some(Ok(token));
        }
        if let Err(error) = driver {
            return Some(Err(error.into()));
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
            Driver::Running { task, .. } if !task.is_finished() => Ok(()),
            Driver::Closed => Err(TokenErrorKind::Closed),
            Driver::Absent | Driver::Running { .. } => {
                let handle = Handle::try_current().map_err(|_| TokenErrorKind::NoRuntime)?;
                state.last_driver = DriverNumber(state.last_driver.0.wrapping_add(1));
                let task = handle.spawn(driver::drive(self.clone(), state.last_driver));
                state.driver = Driver::Running {
                    number: state.last_driver,
                    task: task.abort_handle(),
                    runtime: handle.id(),
                };
                Ok(())
            }
        }
    }

    /// Gives up a driver that does not move on another runtime: a runtime of one thread runs only within `block_on`.
    fn take_over(&self) {
        let mut state = self.lock();
        if let Driver::Running { task, runtime, .. } = &state.driver
            && Handle::try_current().is_ok_and(|handle| handle.id() != *runtime)
        {
            task.abort();
            state.driver = Driver::Absent;
            if let Some((_, ticket)) = state.flight.take() {
                state.manager.abandon(ticket, clock::now());
            }
        }
    }

    /// This driver's task is over, because its runtime is or because it panicked: the next caller starts another.
    pub(crate) fn driver_is_gone(&self, gone: DriverNumber) {
        self.update(|state, _| {
            if matches!(&state.driver, Driver::Running { number, .. } if *number == gone) {
                state.driver = Driver::Absent;
            }
        });
    }

    /// Ends the driver and wipes the token. Whoever waits or asks is told that the client is closed.
    pub(crate) fn close(&self) {
        self.update(|state, _| {
            if let Driver::Running { task, .. } = std::mem::replace(&mut state.driver, Driver::Closed) {
                task.abort();
            }
            state.manager.clear();
            state.replace_grant(Grant::ClientCredentials);
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
    /// Begins an exchange, if one is due.
    pub(crate) fn take_off(&mut self, now: Instant) -> Option<FlightNumber> {
        let ticket = self.manager.begin(now)?;
        self.last_flight = FlightNumber(self.last_flight.0.wrapping_add(1));
        self.flight = Some((self.last_flight, ticket));
        Some(self.last_flight)
    }

    /// The ticket of this exchange, unless it was given up.
    pub(crate) fn land(&mut self, number: FlightNumber) -> Option<Ticket> {
        self.flight.take_if(|(flight, _)| *flight == number).map(|(_, ticket)| ticket)
    }

    /// The grant to ask with now, and which one of the caller's it comes from.
    pub(crate) fn grant(&self) -> (Grant, GrantNumber) {
        (self.grant.clone(), self.grant_number)
    }

    pub(crate) fn replace_grant(&mut self, grant: Grant) {
        self.grant = grant;
        self.grant_number = GrantNumber(self.grant_number.0.wrapping_add(1));
    }

    /// The refresh token that came of a grant takes its place, unless the caller has put another there meanwhile.
    pub(crate) fn rotate(&mut self, of: GrantNumber, refresh_token: SecretString) {
        if of == self.grant_number {
            self.grant = Grant::RefreshToken { refresh_token };
        }
    }

    /// Makes what callers read without the lock agree with the manager.
    pub(crate) fn mirror(&mut self, now: Instant) {
        let published = self.published.held();
        match self.manager.token(now) {
            Answer::Ready(token) => {
                if let Some(held) = published.filter(|held| held.generation == token.generation) {
                    held.serve_until(token.expires_at);
                } else {
                    let held = Held::new(&token, self.granted_scope.clone());
                    self.published.replace(held);
                }
            }
            _ if published.is_some() => self.published.replace(None),
            _ => {}
        }
    }
}
