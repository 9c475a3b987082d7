//! A queue between the driver and a virtio device (VIRTIO 1.1 section 2.6, split virtqueues), with a buffer for each entry.
//!
//! The device accesses a queue at any time, so it consists of atomics. It accesses a buffer from when that is offered until it is taken.

use core::cell::UnsafeCell;
use core::sync::atomic::{AtomicU16, AtomicU32, Ordering};

/// Entries of a queue, a power of two. The device keeps frames back while it has no buffer.
pub(crate) const COUNT: u16 = 2;
const ENTRIES: usize = COUNT as usize;
/// Bytes before a frame, all zero in those sent (section 5.1.6), and the longest frame without its check sequence.
pub(crate) const HEADER: usize = 12;
pub(crate) const MAX_FRAME: usize = 1514;
const BUFFER: usize = HEADER + MAX_FRAME;

/// Descriptor flag: the device writes the buffer.
const DEVICE_WRITES: u16 = 2;
/// Flag of the available ring: no interrupt for buffers that were used.
const NO_INTERRUPT: u16 = 1;

/// The memory shared with the device, for a `static`.
#[repr(C, align(16))]
pub(crate) struct Shared {
    descriptors: [Descriptor; ENTRIES],
    available: Available,
    used: Used,
    buffers: [Buffer; ENTRIES],
}

#[repr(C)]
struct Descriptor {
    address: [AtomicU32; 2],
    length: AtomicU32,
    flags: AtomicU16,
    next: AtomicU16,
}

#[repr(C)]
struct Available {
    flags: AtomicU16,
    index: AtomicU16,
    ring: [AtomicU16; ENTRIES],
    used_event: AtomicU16,
}

#[repr(C, align(4))]
struct Used {
    flags: AtomicU16,
    index: AtomicU16,
    /// The number of a descriptor, and how many bytes the device has written.
    ring: [[AtomicU32; 2]; ENTRIES],
    available_event: AtomicU16,
}

#[repr(C, align(4))]
struct Buffer(UnsafeCell<[u8; BUFFER]>);

// SAFETY: the one `Queue` of a `Shared` gives access to a buffer through `&mut self`, and only while the device does not own it.
unsafe impl Sync for Buffer {}

impl Shared {
    pub(crate) const fn new() -> Self {
        const fn word() -> AtomicU32 {
            AtomicU32::new(0)
        }
        const fn half() -> AtomicU16 {
            AtomicU16::new(0)
        }
        Self {
            descriptors: [const {
                Descriptor { address: [word(), word()], length: word(), flags: half(), next: half() }
            }; ENTRIES],
            available: Available {
                flags: half(),
                index: half(),
                ring: [const { half() }; ENTRIES],
                used_event: half(),
            },
            used: Used {
                flags: half(),
                index: half(),
                ring: [const { [word(), word()] }; ENTRIES],
                available_event: half(),
            },
            buffers: [const { Buffer(UnsafeCell::new([0; BUFFER])) }; ENTRIES],
        }
    }

    /// Returns the addresses of descriptors, available ring and used ring.
    pub(crate) fn addresses(&self) -> [u32; 3] {
        [address(&self.descriptors), address(&self.available), address(&self.used)]
    }
}

/// The driver's end of a queue.
pub(crate) struct Queue {
    shared: &'static Shared,
    /// Buffers offered and taken back so far, modulo 2^16.
    offered: u16,
    taken: u16,
    /// The buffers that the device does not own, one bit each.
    free: u8,
}

impl Queue {
    /// Creates the queue whose buffers the device fills, and offers them all. To be called once for each `shared`.
    pub(crate) fn of_received(shared: &'static Shared) -> Self {
        let mut queue = Self::with(shared, DEVICE_WRITES);
        while let Some(buffer) = queue.next_free() {
            queue.offer(buffer, BUFFER);
        }
        queue
    }

    /// Creates the queue whose buffers the driver fills. To be called once for each `shared`.
    pub(crate) fn of_sent(shared: &'static Shared) -> Self {
        let queue = Self::with(shared, 0);
        queue.interrupt_when_used(false);
        queue
    }

    /// Has an interrupt raised for each buffer that the device uses from now on, or none.
    pub(crate) fn interrupt_when_used(&self, wanted: bool) {
        let flags = if wanted { 0 } else { NO_INTERRUPT };
        self.shared.available.flags.store(flags, Ordering::SeqCst);
    }

    fn with(shared: &'static Shared, flags: u16) -> Self {
        for (descriptor, buffer) in shared.descriptors.iter().zip(&shared.buffers) {
            descriptor.address[0].store(address(buffer), Ordering::Relaxed);
            descriptor.flags.store(flags, Ordering::Relaxed);
        }
        Self { shared, offered: 0, taken: 0, free: (1 << ENTRIES) - 1 }
    }

    /// Returns a buffer that the device does not own.
    pub(crate) fn next_free(&self) -> Option<usize> {
        (0..ENTRIES).find(|buffer| self.is_free(*buffer))
    }

    /// Offers a free buffer with this many bytes, header included, to the device.
    pub(crate) fn offer(&mut self, buffer: usize, length: usize) {
        let (Some(descriptor), true) = (self.shared.descriptors.get(buffer), self.is_free(buffer)) else {
            return;
        };
        self.free &= !(1 << buffer);
        descriptor.length.store(u32::try_from(length).unwrap_or_default(), Ordering::Relaxed);
        let available = &self.shared.available;
        let entry = &available.ring[usize::from(self.offered % COUNT)];
        entry.store(u16::try_from(buffer).unwrap_or_default(), Ordering::Relaxed);
        self.offered = self.offered.wrapping_add(1);
        available.index.store(self.offered, Ordering::Release);
    }

    /// Takes back the next buffer that the device has used; returns it and how many bytes the device has written.
    pub(crate) fn take(&mut self) -> Option<(usize, usize)> {
        let used = &self.shared.used;
        if used.index.load(Ordering::Acquire) == self.taken {
            return None;
        }
        let [buffer, length] = &used.ring[usize::from(self.taken % COUNT)];
        let (buffer, length) =
            (buffer.load(Ordering::Relaxed) as usize, length.load(Ordering::Relaxed) as usize);
        self.taken = self.taken.wrapping_add(1);
        self.free |= 1 << (buffer % ENTRIES);
        Some((buffer % ENTRIES, length))
    }

    /// Returns the content of a free buffer, header included; nothing of one that the device owns.
    pub(crate) fn buffer(&mut self, buffer: usize) -> &mut [u8] {
        let is_free = self.is_free(buffer);
        let Some(Buffer(bytes)) = self.shared.buffers.get(buffer).filter(|_| is_free) else { return &mut [] };
        // SAFETY: the device does not own this buffer and does not access it, and the result borrows the only queue that refers to it.
        unsafe { &mut *bytes.get() }
    }

    fn is_free(&self, buffer: usize) -> bool {
        buffer < ENTRIES && self.free & 1 << buffer != 0
    }
}

/// Returns the address that a device uses.
fn address<T>(object: &T) -> u32 {
    // All addresses have 32 bits.
    u32::try_from(core::ptr::from_ref(object).expose_provenance()).unwrap_or_default()
}
