//! The simulated service behind both hosts.

use core::time::Duration;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use crate::behaviour::Host;
use crate::request::Request;
use crate::response::Response;
use crate::state::{Settings, State, Urls};
use crate::{api, consent, hints, login};

pub(crate) struct Service {
    started: Instant,
    state: Mutex<State>,
}

impl Service {
    pub(crate) fn new(settings: Settings, urls: Urls) -> Self {
        Self { started: Instant::now(), state: Mutex::new(State::new(settings, urls)) }
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
            Host::Login if request.path().starts_with("/api/") => hints::api_request_at_login(&state.urls),
            Host::Login if request.path() == "/oauth/authorize" => consent::answer(&mut state, request),
            Host::Login => login::answer(&mut state, request, token_expires_after),
            Host::Api if request.path().starts_with("/oauth/") => hints::token_request_at_api(&state.urls),
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
