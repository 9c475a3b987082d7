//! The embassy-net driver of the virtio network device, with counters of its frames.

use core::fmt;
use core::sync::atomic::{AtomicU32, Ordering};
use core::task::Context;

use embassy_net_driver::{Capabilities, HardwareAddress, LinkState, RxToken, TxToken};
use embassy_sync::waitqueue::AtomicWaker;

use crate::interrupt::{self, Irq};
use crate::registers::{EMPTY_VIRTIO, VIRTIO};
pub use crate::virtio_net::Fault;
use crate::virtio_net::{self, RECEIVED, SENT};
use crate::virtio_queue::{HEADER, MAX_FRAME, Queue, Shared};

static WAKER: AtomicWaker = AtomicWaker::new();

/// Frames sent and received.
static SENT_COUNT: AtomicU32 = AtomicU32::new(0);
static RECEIVED_COUNT: AtomicU32 = AtomicU32::new(0);

/// The network driver of this board.
pub struct Driver {
    received: Queue,
    sent: Queue,
    address: [u8; 6],
}

/// Starts the device. To be called once. `is_connected`: `false` for a test of a board without a device.
///
/// # Errors
///
/// [`Fault`] when there is no suitable device.
pub fn start(is_connected: bool) -> Result<Driver, Fault> {
    static RECEIVED_FRAMES: Shared = Shared::new();
    static SENT_FRAMES: Shared = Shared::new();
    virtio_net::find(if is_connected { VIRTIO } else { EMPTY_VIRTIO })?;
    virtio_net::start(&RECEIVED_FRAMES, &SENT_FRAMES)?;
    let driver = Driver {
        received: Queue::of_received(&RECEIVED_FRAMES),
        sent: Queue::of_sent(&SENT_FRAMES),
        address: virtio_net::address(),
    };
    virtio_net::notify(RECEIVED);
    interrupt::enable(Irq::Ethernet);
    Ok(driver)
}

/// Returns how many frames were sent and received since the start.
pub(crate) fn frames() -> (u32, u32) {
    (SENT_COUNT.load(Ordering::Relaxed), RECEIVED_COUNT.load(Ordering::Relaxed))
}

/// Handles the device's interrupt.
pub(crate) fn on_interrupt() {
    virtio_net::acknowledge();
    WAKER.wake();
}

impl Driver {
    /// Returns a buffer for a frame to be sent; without one, the interrupt wakes the task when the device has sent a frame.
    fn next_free(&mut self) -> Option<usize> {
        let mut free = self.reclaim();
        if free.is_none() {
            self.sent.interrupt_when_used(true);
            // The device may have sent one before it saw that.
            free = self.reclaim();
        }
        if free.is_some() {
            self.sent.interrupt_when_used(false);
        }
        free
    }

    fn reclaim(&mut self) -> Option<usize> {
        while self.sent.take().is_some() {}
        self.sent.next_free()
    }
}

impl embassy_net_driver::Driver for Driver {
    type RxToken<'a> = Receive<'a>;
    type TxToken<'a> = Transmit<'a>;

    fn receive(&mut self, cx: &mut Context<'_>) -> Option<(Receive<'_>, Transmit<'_>)> {
        // First, so that a frame received from here on wakes the task.
        WAKER.register(cx.waker());
        // The receiver may respond at once, so a frame is taken only when a response could be sent.
        let free = self.next_free()?;
        let (buffer, length) = self.received.take()?;
        RECEIVED_COUNT.fetch_add(1, Ordering::Relaxed);
        Some((
            Receive { queue: &mut self.received, buffer, length },
            Transmit { queue: &mut self.sent, buffer: free },
        ))
    }

    fn transmit(&mut self, cx: &mut Context<'_>) -> Option<Transmit<'_>> {
        WAKER.register(cx.waker());
        let buffer = self.next_free()?;
        Some(Transmit { queue: &mut self.sent, buffer })
    }

    fn link_state(&mut self, cx: &mut Context<'_>) -> LinkState {
        WAKER.register(cx.waker());
        if virtio_net::link_up() { LinkState::Up } else { LinkState::Down }
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

impl fmt::Debug for Driver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Driver").field("address", &self.address).finish_non_exhaustive()
    }
}

/// A received frame. Its buffer is offered again when it is dropped.
pub struct Receive<'a> {
    queue: &'a mut Queue,
    buffer: usize,
    length: usize,
}

impl RxToken for Receive<'_> {
    fn consume<T, F: FnOnce(&mut [u8]) -> T>(self, f: F) -> T {
        f(self.queue.buffer(self.buffer).get_mut(HEADER..self.length).unwrap_or_default())
    }
}

impl Drop for Receive<'_> {
    fn drop(&mut self) {
        self.queue.offer(self.buffer, HEADER + MAX_FRAME);
        virtio_net::notify(RECEIVED);
    }
}

impl fmt::Debug for Receive<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receive").field("length", &self.length).finish_non_exhaustive()
    }
}

/// A frame to be sent.
pub struct Transmit<'a> {
    queue: &'a mut Queue,
    buffer: usize,
}

impl TxToken for Transmit<'_> {
    fn consume<T, F: FnOnce(&mut [u8]) -> T>(self, len: usize, f: F) -> T {
        // `Capabilities` allows no longer frame. The header is never written and stays zero.
        let end = HEADER + len.min(MAX_FRAME);
        let result = f(self.queue.buffer(self.buffer).get_mut(HEADER..end).unwrap_or_default());
        self.queue.offer(self.buffer, end);
        SENT_COUNT.fetch_add(1, Ordering::Relaxed);
        virtio_net::notify(SENT);
        result
    }
}

impl fmt::Debug for Transmit<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transmit").finish_non_exhaustive()
    }
}
