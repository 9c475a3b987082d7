//! State that record filter, verifier and session share. The engine lies between them and passes none of it on.
//!
//! The fields are atomic only so that a session is `Send`; no two tasks use them at the same time.

use core::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use super::fault_code;
use crate::fault::RecordFault;

/// The state of one connection that its guards share.
#[derive(Debug)]
pub(super) struct SharedState {
    /// The first fault, as encoded by [`fault_code::encode`]; 0 for none.
    fault: AtomicU32,
    authenticated: AtomicBool,
    established: AtomicBool,
    closing: AtomicBool,
}

impl SharedState {
    pub(super) const fn new() -> Self {
        Self {
            fault: AtomicU32::new(0),
            authenticated: AtomicBool::new(false),
            established: AtomicBool::new(false),
            closing: AtomicBool::new(false),
        }
    }

    /// Resets everything for the next connection.
    pub(super) fn reset(&self) {
        self.fault.store(0, Ordering::Relaxed);
        self.authenticated.store(false, Ordering::Relaxed);
        self.established.store(false, Ordering::Relaxed);
        self.closing.store(false, Ordering::Relaxed);
    }

    pub(super) fn fault(&self) -> Option<RecordFault> {
        fault_code::decode(self.fault.load(Ordering::Relaxed))
    }

    /// Stores a fault if it is the first one; later faults are consequences of it.
    pub(super) fn record_fault(&self, fault: RecordFault) {
        if self.fault().is_none() {
            self.fault.store(fault_code::encode(fault), Ordering::Relaxed);
        }
    }

    /// Returns whether chain and `CertificateVerify` were verified, each once and in this order.
    pub(super) fn is_authenticated(&self) -> bool {
        self.authenticated.load(Ordering::Relaxed)
    }

    pub(super) fn set_authenticated(&self, authenticated: bool) {
        self.authenticated.store(authenticated, Ordering::Relaxed);
    }

    /// Returns whether the handshake is complete.
    pub(super) fn is_established(&self) -> bool {
        self.established.load(Ordering::Relaxed)
    }

    pub(super) fn set_established(&self) {
        self.established.store(true, Ordering::Relaxed);
    }

    /// Returns whether the engine's next record is its last one, the `close_notify`.
    pub(super) fn is_closing(&self) -> bool {
        self.closing.load(Ordering::Relaxed)
    }

    pub(super) fn set_closing(&self) {
        self.closing.store(true, Ordering::Relaxed);
    }
}
