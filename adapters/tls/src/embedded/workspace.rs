//! The buffers of one connection.

use core::fmt;

use zeroize::Zeroize;

use super::state::SharedState;

/// Buffers for one connection of [`EmbeddedTls`](super::EmbeddedTls); `RECEIVE` and `SEND` are their sizes in bytes.
///
/// The receive buffer must hold the largest record that the server sends. This is usually the one with its certificates, some 5 KB
/// for AWS; the protocol's limit is 16640 bytes. The engine uses 128 bytes of the send buffer for itself; the rest limits the
/// application data per record.
///
/// The buffers contain plaintext until the next connection, or until their owner wipes them ([`Zeroize`]).
pub struct Workspace<const RECEIVE: usize = 8192, const SEND: usize = 512> {
    pub(super) receive: [u8; RECEIVE],
    pub(super) send: [u8; SEND],
    pub(super) state: SharedState,
}

impl<const RECEIVE: usize, const SEND: usize> Workspace<RECEIVE, SEND> {
    /// Creates empty buffers; usable for a `static`.
    #[must_use]
    pub const fn new() -> Self {
        Self { receive: [0; RECEIVE], send: [0; SEND], state: SharedState::new() }
    }
}

/// Overwrites the plaintext that a connection left in both buffers.
impl<const RECEIVE: usize, const SEND: usize> Zeroize for Workspace<RECEIVE, SEND> {
    fn zeroize(&mut self) {
        for buffer in [&mut self.receive[..], &mut self.send] {
            // A wide fill, then a barrier so that the optimiser does not remove it.
            buffer.fill(0);
            zeroize::optimization_barrier(buffer);
        }
    }
}

impl<const RECEIVE: usize, const SEND: usize> Default for Workspace<RECEIVE, SEND> {
    fn default() -> Self {
        Self::new()
    }
}

impl<const RECEIVE: usize, const SEND: usize> fmt::Debug for Workspace<RECEIVE, SEND> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Workspace").field("receive", &RECEIVE).field("send", &SEND).finish_non_exhaustive()
    }
}
