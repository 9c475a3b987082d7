//! Progress of an attempt, for the error that ends it.

use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};

use super::error::Phase;

/// Phase of an attempt, and whether a byte of its request may have been sent.
#[derive(Debug, Default)]
pub(super) struct Progress {
    phase: AtomicU8,
    /// Over whichever connection.
    sent: AtomicBool,
}

impl Progress {
    pub(super) fn enter(&self, phase: Phase) {
        self.phase.store(phase as u8, Ordering::Relaxed);
    }

    pub(super) fn phase(&self) -> Phase {
        const PHASES: [Phase; 7] = [
            Phase::NameLookup,
            Phase::Connect,
            Phase::Proxy,
            Phase::TlsHandshake,
            Phase::Request,
            Phase::Response,
            Phase::Body,
        ];
        let current = self.phase.load(Ordering::Relaxed);
        PHASES.into_iter().find(|phase| *phase as u8 == current).unwrap_or(Phase::Response)
    }

    /// Sets whether a byte of the request may have been sent. Returns the former value.
    pub(super) fn set_sent(&self, sent: bool) -> bool {
        self.sent.swap(sent, Ordering::Relaxed)
    }

    pub(super) fn sent(&self) -> bool {
        self.sent.load(Ordering::Relaxed)
    }
}
