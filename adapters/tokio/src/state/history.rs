//! Exchanges that have ended, for metrics: nothing here decides anything.

use std::sync::Arc;

use genesys_token_core::time::{Duration, Instant};

use crate::error::{TokenError, TokenErrorKind};
use crate::status::{ExchangeCounts, PastFailure};

/// Where a token comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// The token endpoint.
    Service,
    /// The shared store: another process has obtained it.
    #[cfg(feature = "store")]
    Store,
}

/// Counts and times of a client's exchanges.
#[derive(Default)]
pub(super) struct History {
    pub(super) counts: ExchangeCounts,
    /// When the exchange that is due or in flight became due, unless a token was obtained since.
    due_since: Option<Instant>,
    last_lateness: Duration,
    obtained_at: Option<Instant>,
    last_failure: Option<(Arc<TokenErrorKind>, Instant)>,
}

impl History {
    /// Records that an exchange begins that was due then.
    pub(super) fn began(&mut self, due: Instant) {
        self.due_since.get_or_insert(due);
    }

    pub(super) fn ended(&mut self, failure: Option<&Arc<TokenErrorKind>>, origin: Origin, now: Instant) {
        let Some(cause) = failure else {
            match origin {
                Origin::Service => self.counts.tokens += 1,
                #[cfg(feature = "store")]
                Origin::Store => self.counts.shared += 1,
            }
            self.obtained_at = Some(now);
            self.last_lateness =
                self.due_since.take().map_or(Duration::ZERO, |due| now.saturating_since(due));
            return;
        };
        let count = match **cause {
            TokenErrorKind::Refused { .. } => &mut self.counts.refused,
            TokenErrorKind::Credentials(_) => &mut self.counts.credentials,
            TokenErrorKind::Transport(_) => &mut self.counts.transport,
            TokenErrorKind::Protocol { .. } | TokenErrorKind::Capacity(_) => &mut self.counts.protocol,
            #[cfg(feature = "store")]
            TokenErrorKind::Sharing(_) => &mut self.counts.store,
            _ => &mut self.counts.other,
        };
        *count += 1;
        self.last_failure = Some((cause.clone(), now));
    }

    pub(super) fn lateness(&self, now: Instant) -> Duration {
        self.due_since.map_or(self.last_lateness, |due| now.saturating_since(due))
    }

    pub(super) fn token_age(&self, now: Instant) -> Option<Duration> {
        self.obtained_at.map(|at| now.saturating_since(at))
    }

    pub(super) fn last_failure(&self, now: Instant) -> Option<PastFailure> {
        let (cause, at) = self.last_failure.as_ref()?;
        Some(PastFailure { error: TokenError::past(cause.clone()), age: now.saturating_since(*at).into() })
    }
}
