//! The registers of the machine's devices.

/// The registers of a device, at their address.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Registers(usize);

/// The device that ends or resets the machine.
pub(crate) const POWER: Registers = Registers(0x0010_0000);
/// The timer: `mtimecmp` and `mtime` (CLINT).
pub(crate) const TIMER: Registers = Registers(0x0200_0000);
/// The second serial line: at the first port of the PCI bus's I/O window that [`PCI_SLOT_1`] gives it.
pub(crate) const SECOND_UART: Registers = Registers(0x0300_0000 + PORTS as usize);
/// The interrupt controller (PLIC).
pub(crate) const INTERRUPTS: Registers = Registers(0x0c00_0000);
/// The first serial line.
pub(crate) const FIRST_UART: Registers = Registers(0x1000_0000);
/// The first place for a virtio device, and the second one, which is empty.
pub(crate) const VIRTIO: Registers = Registers(0x1000_1000);
pub(crate) const EMPTY_VIRTIO: Registers = Registers(0x1000_2000);
/// The configurations of the devices in slots 1 and 2 of the PCI bus.
pub(crate) const PCI_SLOT_1: Registers = Registers(0x3000_8000);
pub(crate) const PCI_SLOT_2: Registers = Registers(0x3001_0000);
/// The watchdog: where [`PCI_SLOT_2`] puts it, in the PCI bus's memory window.
pub(crate) const WATCHDOG: Registers = Registers(WATCHDOG_ADDRESS as usize);

pub(crate) const WATCHDOG_ADDRESS: u32 = 0x4000_0000;
/// Where the second serial line is put in the PCI bus's I/O window.
pub(crate) const PORTS: u32 = 0x1000;

impl Registers {
    pub(crate) fn read(self, offset: usize) -> u32 {
        // SAFETY: the constants above are the only values, and all callers pass offsets of registers of their device, aligned, which
        // always exist on this machine and overlap no Rust object.
        unsafe { ((self.0 + offset) as *const u32).read_volatile() }
    }

    pub(crate) fn write(self, offset: usize, value: u32) {
        // SAFETY: as in `read`. Of these devices only virtio-net accesses memory, and only the queues and buffers whose addresses
        // it is given: statics that allow it (`virtio_queue`).
        unsafe { ((self.0 + offset) as *mut u32).write_volatile(value) }
    }

    /// Reads a register of two bytes.
    pub(crate) fn read_half(self, offset: usize) -> u16 {
        // SAFETY: as in `read`.
        unsafe { ((self.0 + offset) as *const u16).read_volatile() }
    }

    /// Writes a register of two bytes.
    pub(crate) fn write_half(self, offset: usize, value: u16) {
        // SAFETY: as in `write`.
        unsafe { ((self.0 + offset) as *mut u16).write_volatile(value) }
    }

    /// Reads a register of one byte.
    pub(crate) fn read_byte(self, offset: usize) -> u8 {
        // SAFETY: as in `read`.
        unsafe { ((self.0 + offset) as *const u8).read_volatile() }
    }

    /// Writes a register of one byte.
    pub(crate) fn write_byte(self, offset: usize, value: u8) {
        // SAFETY: as in `write`.
        unsafe { ((self.0 + offset) as *mut u8).write_volatile(value) }
    }
}
