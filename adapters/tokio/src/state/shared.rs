//! The shared state of a client: settings, connections, and the lock around what changes.

use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::sync::{Mutex, PoisonError};

use genesys_token_core::lifecycle::Generation;
use genesys_token_core::time::Instant;
use tokio::sync::Notify;

use super::lifecycle::Lifecycle;
use super::settings::Settings;
use super::task::BackgroundTask;
use super::thread_cache::{self, ClientKey};
use crate::clock;
use crate::credentials::Credentials;
use crate::grant::Grant;
use crate::token::Token;
use crate::transport::Transport;

/// State that all clones of a client and its background task share.
pub(crate) struct Shared {
    key: ClientKey,
    pub(crate) settings: Settings,
    pub(crate) login: Transport,
    pub(crate) api: Transport,
    /// Wakes the callers that wait for a token.
    pub(crate) changed: Notify,
    /// Wakes the background task.
    pub(crate) wake: Notify,
    state: Mutex<State>,
    fingerprints: RandomState,
}

/// State behind the lock.
pub(crate) struct State {
    pub(crate) lifecycle: Lifecycle,
    pub(crate) task: BackgroundTask,
}

impl Shared {
    pub(crate) fn new(settings: Settings, grant: Grant, login: Transport, api: Transport) -> Self {
        let lifecycle = Lifecycle::new(settings.policy.clone(), grant);
        Self {
            key: ClientKey::new(),
            settings,
            login,
            api,
            changed: Notify::new(),
            wake: Notify::new(),
            state: Mutex::new(State { lifecycle, task: BackgroundTask::new() }),
            fingerprints: RandomState::new(),
        }
    }

    /// Changes the state, publishes the token, and wakes callers and the background task.
    pub(crate) fn update<T>(&self, change: impl FnOnce(&mut State, Instant) -> T) -> T {
        let result = self.update_silently(change);
        self.changed.notify_waiters();
        self.wake.notify_one();
        result
    }

    /// Changes the state and publishes the token, without waking any task.
    pub(crate) fn update_silently<T>(&self, change: impl FnOnce(&mut State, Instant) -> T) -> T {
        self.locked(|state, now| {
            let result = change(state, now);
            state.lifecycle.publish(now);
            result
        })
    }

    /// Takes the lock for one step that publishes the token itself, if at all.
    pub(crate) fn locked<T>(&self, step: impl FnOnce(&mut State, Instant) -> T) -> T {
        // Nothing panics under the lock; and if it did, the manager is consistent between its calls.
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        step(&mut state, clock::now())
    }

    /// Returns the token from the cache of the calling thread.
    #[inline]
    pub(crate) fn cached(&self) -> Option<Token> {
        thread_cache::cached(self.key)
    }

    /// Returns the valid token, if there is one. Starts nothing.
    pub(crate) fn current(&self) -> Option<Token> {
        self.locked(|state, now| self.token_of(state, now))
    }

    /// Like [`current`](Self::current) within a step under the lock.
    pub(crate) fn token_of(&self, state: &mut State, now: Instant) -> Option<Token> {
        state.lifecycle.publish(now);
        state.lifecycle.token(self.key)
    }

    /// Ends the background task, wipes the token and closes the connections. Callers receive an error from now on.
    pub(crate) fn close(&self) {
        self.update(|state, _| {
            state.task.close();
            state.lifecycle.clear();
        });
        self.login.close();
        self.api.close();
    }

    /// Records that an API refused the token of this generation. Returns whether another token will be available soon.
    pub(crate) fn token_refused(&self, generation: Generation) -> bool {
        let replaceable = self.update(|state, now| state.lifecycle.token_refused(generation, now));
        tracing::warn!(?generation, replaceable, "the Platform API refused the access token");
        replaceable
    }

    /// Returns a value by which credentials are compared without keeping them.
    pub(crate) fn fingerprint(&self, credentials: &Credentials) -> u64 {
        let mut hasher = self.fingerprints.build_hasher();
        credentials.hash_into(&mut hasher);
        hasher.finish()
    }
}
