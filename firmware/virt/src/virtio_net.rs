//! Start and registers of the virtio network device (VIRTIO 1.1 sections 4.2 and 5.1).

use crate::registers::{Registers, VIRTIO};
use crate::virtio_queue::{COUNT, Shared};

const MAGIC: usize = 0x00;
const VERSION: usize = 0x04;
const DEVICE: usize = 0x08;
const OFFERED: usize = 0x10;
const OFFERED_WORD: usize = 0x14;
const ACCEPTED: usize = 0x20;
const ACCEPTED_WORD: usize = 0x24;
const QUEUE: usize = 0x30;
const QUEUE_MAX: usize = 0x34;
const QUEUE_SIZE: usize = 0x38;
const QUEUE_READY: usize = 0x44;
const NOTIFY: usize = 0x50;
const INTERRUPT_STATUS: usize = 0x60;
const INTERRUPT_ACKNOWLEDGE: usize = 0x64;
const STATUS: usize = 0x70;
/// Lower words of the addresses of descriptors, available ring and used ring.
const ADDRESSES: [usize; 3] = [0x80, 0x90, 0xa0];
const MAC: usize = 0x100;
const LINK: usize = 0x106;

/// "virt", version 2, and the number of network devices.
const IDENTITY: [(usize, u32); 3] = [(MAGIC, 0x7472_6976), (VERSION, 2), (DEVICE, 1)];

/// Device status (section 2.1).
const ACKNOWLEDGED: u32 = 1;
const DRIVER: u32 = 2;
const DRIVER_OK: u32 = 4;
const FEATURES_OK: u32 = 8;

/// Features in word 0: the device has a MAC address, and reports its link. In word 1: version 1 of the standard.
const FEATURES: [u32; 2] = [1 << 5 | 1 << 16, 1];

/// The queues, by number.
pub(crate) const RECEIVED: u32 = 0;
pub(crate) const SENT: u32 = 1;

/// The reason why the device cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, defmt::Format)]
pub enum Fault {
    /// No virtio network device of version 2 is in the machine's first place.
    Absent,
    /// It lacks a MAC address, the state of its link, or version 1 of the standard.
    Features,
    /// A queue is too short.
    Queues,
}

/// Checks that a network device is in this place.
pub(crate) fn find(place: Registers) -> Result<(), Fault> {
    let is_present = IDENTITY.iter().all(|(register, value)| place.read(*register) == *value);
    if is_present { Ok(()) } else { Err(Fault::Absent) }
}

/// Resets the device and starts it with these queues, which it owns from now on. Frames are received after [`notify`].
pub(crate) fn start(received: &'static Shared, sent: &'static Shared) -> Result<(), Fault> {
    VIRTIO.write(STATUS, 0);
    while VIRTIO.read(STATUS) != 0 {}
    VIRTIO.write(STATUS, ACKNOWLEDGED | DRIVER);
    for (word, features) in (0..).zip(FEATURES) {
        VIRTIO.write(OFFERED_WORD, word);
        if VIRTIO.read(OFFERED) & features != features {
            return Err(Fault::Features);
        }
        VIRTIO.write(ACCEPTED_WORD, word);
        VIRTIO.write(ACCEPTED, features);
    }
    VIRTIO.write(STATUS, ACKNOWLEDGED | DRIVER | FEATURES_OK);
    if VIRTIO.read(STATUS) & FEATURES_OK == 0 {
        return Err(Fault::Features);
    }
    for (number, shared) in [(RECEIVED, received), (SENT, sent)] {
        VIRTIO.write(QUEUE, number);
        if VIRTIO.read(QUEUE_MAX) < u32::from(COUNT) {
            return Err(Fault::Queues);
        }
        VIRTIO.write(QUEUE_SIZE, COUNT.into());
        for (register, address) in ADDRESSES.into_iter().zip(shared.addresses()) {
            VIRTIO.write(register, address);
            VIRTIO.write(register + 4, 0);
        }
        VIRTIO.write(QUEUE_READY, 1);
    }
    VIRTIO.write(STATUS, ACKNOWLEDGED | DRIVER | FEATURES_OK | DRIVER_OK);
    Ok(())
}

/// Notifies the device of buffers that were offered in a queue.
pub(crate) fn notify(queue: u32) {
    // Memory before the device's register.
    riscv::asm::fence();
    VIRTIO.write(NOTIFY, queue);
}

/// Acknowledges the device's interrupts.
pub(crate) fn acknowledge() {
    VIRTIO.write(INTERRUPT_ACKNOWLEDGE, VIRTIO.read(INTERRUPT_STATUS));
}

/// Returns the MAC address.
pub(crate) fn address() -> [u8; 6] {
    core::array::from_fn(|index| VIRTIO.read_byte(MAC + index))
}

/// Returns whether the cable is connected.
pub(crate) fn link_up() -> bool {
    VIRTIO.read_byte(LINK) & 1 != 0
}
