//! Yielding to other tasks after about the number of instructions that the caller allows.

use core::future::poll_fn;
use core::task::Poll;

/// The approximate number of instructions of each step on a Cortex-M4, as `cargo xtask tls-sizes` counts them.
pub(super) mod cost {
    use super::super::suite::CipherSuite;

    /// Verifying one signature.
    pub(crate) const SIGNATURE: u32 = 2_000_000;
    /// Deriving all secrets and keys of the handshake.
    pub(crate) const KEY_SCHEDULE: u32 = 200_000;

    /// One step of a key exchange. With X25519 an operation is one step, with P-256 four.
    pub(crate) const EXCHANGE: u32 = 1_800_000;

    /// Hashing this many bytes.
    pub(crate) fn hash(bytes: usize) -> u32 {
        per_kilobyte(bytes, 50_000)
    }

    /// Protecting or decrypting a record of this many bytes.
    pub(crate) fn record(suite: CipherSuite, bytes: usize) -> u32 {
        match suite {
            CipherSuite::ChaCha20Poly1305Sha256 => per_kilobyte(bytes, 45_000),
            _ => per_kilobyte(bytes, 225_000),
        }
    }

    fn per_kilobyte(bytes: usize, cost: u32) -> u32 {
        let bytes = u32::try_from(bytes).unwrap_or(u32::MAX);
        bytes.saturating_mul(cost / 1024).saturating_add(cost / 16)
    }
}

/// A counter of the instructions since the last yield.
#[derive(Debug)]
pub(super) struct Pace {
    budget: u32,
    computed: u32,
}

impl Pace {
    pub(super) fn new(budget: u32) -> Self {
        Self { budget, computed: 0 }
    }

    /// Adds to the counter, and yields to other tasks if the limit is reached.
    pub(super) async fn computed(&mut self, instructions: u32) {
        self.computed = self.computed.saturating_add(instructions);
        if self.computed >= self.budget {
            self.pause().await;
        }
    }

    /// So much will be computed in one piece: lets other tasks run first if it is too much for the rest of the budget.
    pub(super) async fn will_compute(&mut self, instructions: u32) {
        if self.computed > 0 && self.computed.saturating_add(instructions) > self.budget {
            self.pause().await;
        }
    }

    async fn pause(&mut self) {
        self.computed = 0;
        let mut paused = false;
        poll_fn(|context| {
            if paused {
                return Poll::Ready(());
            }
            paused = true;
            context.waker().wake_by_ref();
            Poll::Pending
        })
        .await;
    }
}
