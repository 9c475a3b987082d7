//! The first serial line as the gateway's console, receive only.

use embassy_sync::blocking_mutex::raw::CriticalSectionRawMutex;
use embassy_sync::channel::Channel;
use gateway::Console;

use crate::interrupt::Irq;
use crate::uart;

/// Capacity for one command; bytes that arrive while it is full are dropped.
static BYTES: Channel<CriticalSectionRawMutex, u8, 256> = Channel::new();

/// The receiving end.
#[derive(Debug)]
pub struct Serial(());

/// Opens the line. To be called once.
#[must_use]
pub fn open() -> Serial {
    uart::FIRST.open(Irq::Serial);
    Serial(())
}

/// Handles the line's interrupt.
pub(crate) extern "C" fn on_interrupt() {
    uart::FIRST.receive(|byte| {
        let _ = BYTES.try_send(byte);
    });
}

impl Console for Serial {
    async fn read(&mut self) -> u8 {
        BYTES.receive().await
    }
}
