//! What the guards, the verifier and the connection tell each other, since the engine in between carries nothing.
//!
//! Atomic so that a connection may move between threads; nobody waits on another here.

use core::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use super::records::RecordFault;

#[derive(Debug)]
pub(crate) struct Journal {
    /// The first fault, as [`RecordFault::encode`] gives it; 0 is none.
    fault: AtomicU32,
    authenticated: AtomicBool,
    established: AtomicBool,
    closing: AtomicBool,
}

impl Journal {
    pub(crate) const fn new() -> Self {
        Self {
            fault: AtomicU32::new(0),
            authenticated: AtomicBool::new(false),
            established: AtomicBool::new(false),
            closing: AtomicBool::new(false),
        }
    }

    pub(crate) fn clear(&self) {
        self.fault.store(0, Ordering::Relaxed);
        self.authenticated.store(false, Ordering::Relaxed);
        self.established.store(false, Ordering::Relaxed);
        self.closing.store(false, Ordering::Relaxed);
    }

    pub(crate) fn fault(&self) -> Option<RecordFault> {
        RecordFault::decode(self.fault.load(Ordering::Relaxed))
    }

    /// Later faults follow from the first and do not replace it.
    pub(crate) fn record(&self, fault: RecordFault) {
        if self.fault().is_none() {
            self.fault.store(fault.encode(), Ordering::Relaxed);
        }
    }

    /// Chain and `CertificateVerify` were verified, in this order, once.
    pub(crate) fn is_authenticated(&self) -> bool {
        self.authenticated.load(Ordering::Relaxed)
    }

    pub(crate) fn set_authenticated(&self, authenticated: bool) {
        self.authenticated.store(authenticated, Ordering::Relaxed);
    }

    /// The handshake is over.
    pub(crate) fn is_established(&self) -> bool {
        self.established.load(Ordering::Relaxed)
    }

    pub(crate) fn set_established(&self) {
        self.established.store(true, Ordering::Relaxed);
    }

    /// What the engine writes now is its last.
    pub(crate) fn is_closing(&self) -> bool {
        self.closing.load(Ordering::Relaxed)
    }

    pub(crate) fn set_closing(&self) {
        self.closing.store(true, Ordering::Relaxed);
    }
}
