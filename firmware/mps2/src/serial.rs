//! The serial lines: the gateway's console, and the line to the network, which grants time skips.

use emulated::Console;

use crate::interrupt::Irq;
use crate::{time, uart};

static CONSOLE: Console = Console::new();

/// Opens the console's line. To be called once.
#[must_use]
pub fn open() -> &'static Console {
    uart::FIRST.open(Irq::Serial);
    &CONSOLE
}

/// Handles the interrupt of the console's line.
pub(crate) extern "C" fn on_console() {
    uart::FIRST.receive(|byte| CONSOLE.receive(byte));
}

/// Handles the interrupt of the line to the network.
pub(crate) extern "C" fn on_network() {
    uart::SECOND.receive(|byte| time::clock().on_answer(byte));
}
