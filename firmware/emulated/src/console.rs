//! A serial line as the gateway's console, receive only.

use embassy_sync::blocking_mutex::raw::CriticalSectionRawMutex;
use embassy_sync::channel::Channel;

/// The bytes received and not yet read, for a `static`: capacity for one command.
pub struct Console {
    bytes: Channel<CriticalSectionRawMutex, u8, 256>,
}

impl Console {
    /// Creates an empty console.
    #[must_use]
    pub const fn new() -> Self {
        Self { bytes: Channel::new() }
    }

    /// Stores a received byte; it is dropped while the capacity is exceeded. To be called by the line's interrupt handler.
    pub fn receive(&self, byte: u8) {
        let _ = self.bytes.try_send(byte);
    }
}

impl Default for Console {
    fn default() -> Self {
        Self::new()
    }
}

impl core::fmt::Debug for Console {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Console").finish_non_exhaustive()
    }
}

impl gateway::Console for &Console {
    async fn read(&mut self) -> u8 {
        self.bytes.receive().await
    }
}
