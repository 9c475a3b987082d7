//! The simulated service behind both hosts: settings and state.

use core::time::Duration;
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use crate::behaviour::Host;
use crate::clients::Client;
use crate::limits::{RateLimit, Windows};
use crate::request::Request;
use crate::response::Response;
use crate::tokens::{Code, Tokens, opaque};
use crate::{api, login};

/// The settings of the service.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) clients: Vec<Client>,
    pub(crate) organization: String,
    pub(crate) token_lifetime: Duration,
    pub(crate) idle_timeout: Option<Duration>,
    pub(crate) token_limit: Option<RateLimit>,
    pub(crate) api_limit: Option<RateLimit>,
}

pub(crate) struct Service {
    started: Instant,
    state: Mutex<State>,
}

/// The mutable state.
pub(crate) struct State {
    /// The service's clock: real time since the start plus the skipped time.
    pub(crate) now: Duration,
    skipped: Duration,
    pub(crate) clients: HashMap<String, Client>,
    pub(crate) tokens: Tokens,
    pub(crate) token_windows: Windows,
    pub(crate) api_windows: Windows,
    pub(crate) organization: String,
    pub(crate) token_lifetime: Duration,
}

/// RFC 6749 section 4.1.2 recommends ten minutes at most.
const CODE_LIFE: Duration = Duration::from_secs(600);

impl Service {
    pub(crate) fn new(settings: Settings) -> Self {
        let clients = settings.clients.into_iter().map(|client| (client.id.clone(), client)).collect();
        let state = State {
            now: Duration::ZERO,
            skipped: Duration::ZERO,
            clients,
            tokens: Tokens::new(settings.idle_timeout),
            token_windows: Windows::new(settings.token_limit),
            api_windows: Windows::new(settings.api_limit),
            organization: settings.organization,
            token_lifetime: settings.token_lifetime,
        };
        Self { started: Instant::now(), state: Mutex::new(state) }
    }

    /// Returns the regular answer. An access token in it becomes invalid after `token_expires_after`, if given.
    pub(crate) fn answer(
        &self,
        host: Host,
        request: &Request,
        token_expires_after: Option<Duration>,
    ) -> Response {
        let mut state = self.state();
        match host {
            Host::Login => login::answer(&mut state, request, token_expires_after),
            Host::Api => api::answer(&mut state, request),
        }
    }

    /// Returns the service's clock.
    pub(crate) fn uptime(&self) -> Duration {
        self.state().now
    }

    pub(crate) fn advance(&self, time: Duration) {
        self.state().skipped += time;
    }

    /// Locks the state and updates its clock.
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.now = self.started.elapsed() + state.skipped;
        state
    }
}

impl State {
    /// Issues an authorization code, as after a user's consent.
    pub(crate) fn authorize(
        &mut self,
        client_id: &str,
        redirect_uri: &str,
        challenge: Option<&str>,
    ) -> String {
        let text = opaque();
        let code = Code {
            client_id: client_id.into(),
            redirect_uri: redirect_uri.into(),
            challenge: challenge.map(Into::into),
            expires_at: self.now + CODE_LIFE,
        };
        self.tokens.codes.insert(text.clone(), code);
        text
    }
}
