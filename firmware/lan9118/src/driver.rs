//! The embassy-net driver.

use core::fmt;
use core::task::Context;

use embassy_net_driver::{Capabilities, Driver, HardwareAddress, LinkState, RxToken, TxToken};

use crate::controller::{self, Fault, MAX_FRAME, OFFSET};
use crate::{Interrupt, Registers};

/// Buffers for one frame in each direction: some 3 KB, for a static cell.
pub struct Frames {
    received: [u8; OFFSET + MAX_FRAME],
    outgoing: [u8; MAX_FRAME],
}

impl Frames {
    /// Empty buffers.
    #[must_use]
    pub const fn new() -> Self {
        Self { received: [0; OFFSET + MAX_FRAME], outgoing: [0; MAX_FRAME] }
    }
}

impl Default for Frames {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Frames {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Frames").finish_non_exhaustive()
    }
}

/// A started controller, accessed through `R`.
pub struct Lan9118<R> {
    registers: R,
    interrupt: &'static Interrupt,
    address: [u8; 6],
    link: LinkState,
    frames: &'static mut Frames,
}

impl<R: Registers> Lan9118<R> {
    /// Starts the controller, which takes a few milliseconds at most. The MAC address is read from its EEPROM.
    ///
    /// The board unmasks the controller's interrupt in its interrupt controller and has its handler call
    /// [`Interrupt::handle`]. There must be only one driver per controller.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the controller does not respond as a LAN9118 does.
    pub fn start(
        mut registers: R,
        interrupt: &'static Interrupt,
        frames: &'static mut Frames,
    ) -> Result<Self, Fault> {
        let address = controller::start(&mut registers)?;
        let link = state(controller::link_up(&mut registers));
        controller::rearm(&mut registers);
        Ok(Self { registers, interrupt, address, link, frames })
    }

    /// Returns the MAC address.
    pub fn address(&self) -> [u8; 6] {
        self.address
    }

    /// Returns the length of the next received frame, or `None` with interrupts enabled.
    fn next(&mut self) -> Option<usize> {
        loop {
            if let Some(length) = controller::receive(&mut self.registers, &mut self.frames.received) {
                return Some(length);
            }
            if !controller::rearm(&mut self.registers) {
                return None;
            }
        }
    }
}

impl<R: Registers> Driver for Lan9118<R> {
    type RxToken<'a>
        = Receive<'a>
    where
        Self: 'a;
    type TxToken<'a>
        = Transmit<'a, R>
    where
        Self: 'a;

    fn receive(&mut self, cx: &mut Context<'_>) -> Option<(Receive<'_>, Transmit<'_, R>)> {
        // First, so that a frame received from here on wakes the task.
        self.interrupt.register(cx.waker());
        // The receiver may respond at once, so a frame is taken only when a response could be sent.
        if !self.can_send(cx) {
            return None;
        }
        let length = self.next()?;
        let frame = self.frames.received.get_mut(OFFSET..OFFSET + length)?;
        Some((
            Receive { frame },
            Transmit { registers: &mut self.registers, frame: &mut self.frames.outgoing },
        ))
    }

    fn transmit(&mut self, cx: &mut Context<'_>) -> Option<Transmit<'_, R>> {
        let can_send = self.can_send(cx);
        can_send.then_some(Transmit { registers: &mut self.registers, frame: &mut self.frames.outgoing })
    }

    fn link_state(&mut self, cx: &mut Context<'_>) -> LinkState {
        self.interrupt.register(cx.waker());
        // Reading the PHY takes long, so it is read only after it has signalled a change.
        if controller::link_event(&mut self.registers) {
            self.link = state(controller::link_up(&mut self.registers));
        }
        self.link
    }

    fn capabilities(&self) -> Capabilities {
        let mut capabilities = Capabilities::default();
        capabilities.max_transmission_unit = MAX_FRAME;
        capabilities.max_burst_size = Some(1);
        capabilities
    }

    fn hardware_address(&self) -> HardwareAddress {
        HardwareAddress::Ethernet(self.address)
    }
}

impl<R: Registers> Lan9118<R> {
    /// Returns whether a frame can be sent, and otherwise wakes the task: at 100 Mbit/s a full FIFO has space again within 0.13 ms.
    fn can_send(&mut self, cx: &mut Context<'_>) -> bool {
        let can_send = controller::can_send(&mut self.registers);
        if !can_send {
            cx.waker().wake_by_ref();
        }
        can_send
    }
}

fn state(up: bool) -> LinkState {
    if up { LinkState::Up } else { LinkState::Down }
}

impl<R> fmt::Debug for Lan9118<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lan9118").field("address", &self.address).finish_non_exhaustive()
    }
}

/// A received frame.
#[derive(Debug)]
pub struct Receive<'a> {
    frame: &'a mut [u8],
}

impl RxToken for Receive<'_> {
    fn consume<T, F: FnOnce(&mut [u8]) -> T>(self, f: F) -> T {
        f(self.frame)
    }
}

/// A frame to be sent.
pub struct Transmit<'a, R> {
    registers: &'a mut R,
    frame: &'a mut [u8; MAX_FRAME],
}

impl<R: Registers> TxToken for Transmit<'_, R> {
    fn consume<T, F: FnOnce(&mut [u8]) -> T>(self, len: usize, f: F) -> T {
        // `Capabilities` allows no longer frame.
        let frame = self.frame.get_mut(..len).unwrap_or_default();
        let result = f(frame);
        controller::send(self.registers, frame);
        result
    }
}

impl<R> fmt::Debug for Transmit<'_, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transmit").finish_non_exhaustive()
    }
}
