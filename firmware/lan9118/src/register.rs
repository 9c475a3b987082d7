//! Offsets of the registers in bytes, and the bits of them that are used.

/// Words of received frames, in order.
pub const RX_DATA: usize = 0x00;
/// Commands and words of frames to send.
pub const TX_DATA: usize = 0x20;
/// Status of the next received frame; reading takes it from its FIFO.
pub const RX_STATUS: usize = 0x40;
/// Status of a frame that was sent; reading takes it from its FIFO.
pub const TX_STATUS: usize = 0x48;
/// Configuration of the interrupt line.
pub const IRQ_CFG: usize = 0x54;
/// Pending interrupts; writing a 1 clears one.
pub const INT_STS: usize = 0x58;
/// Enabled interrupts.
pub const INT_EN: usize = 0x5c;
/// Always [`BYTE_ORDER`]; the first access after power up wakes the controller.
pub const BYTE_TEST: usize = 0x64;
/// Fill levels at which the FIFOs interrupt.
pub const FIFO_INT: usize = 0x68;
/// Receive configuration.
pub const RX_CFG: usize = 0x6c;
/// Transmit configuration.
pub const TX_CFG: usize = 0x70;
/// Reset, and how the FIFO memory is divided.
pub const HW_CFG: usize = 0x74;
/// Fill levels of the receive FIFOs.
pub const RX_FIFO_INF: usize = 0x7c;
/// Fill levels of the transmit FIFOs.
pub const TX_FIFO_INF: usize = 0x80;
/// Power management.
pub const PMT_CTRL: usize = 0x84;
/// Commands to access the registers of the MAC.
pub const MAC_CSR_CMD: usize = 0xa4;
/// Data read from or written to the registers of the MAC.
pub const MAC_CSR_DATA: usize = 0xa8;
/// Automatic flow control.
pub const AFC_CFG: usize = 0xac;

/// Value of [`BYTE_TEST`] when the bus is wired in the right byte order.
pub const BYTE_ORDER: u32 = 0x8765_4321;

/// [`INT_STS`], [`INT_EN`]: a received frame is waiting.
pub const RSFL: u32 = 1 << 3;
/// [`INT_STS`], [`INT_EN`]: an event of the PHY: the link came up or went down.
pub const PHY: u32 = 1 << 18;

/// [`PMT_CTRL`]: the controller is awake.
pub const READY: u32 = 1;
/// [`HW_CFG`]: reset, until it reads 0.
pub const SOFT_RESET: u32 = 1;
/// [`HW_CFG`]: the bit that must be 1, and 5 KB of the FIFO memory for frames to send.
pub const FIFO_DIVISION: u32 = 1 << 20 | 5 << 16;
/// [`IRQ_CFG`]: the line is driven, and active high.
pub const IRQ_LINE: u32 = 0x111;
/// [`AFC_CFG`]: the thresholds recommended in the data sheet.
pub const FLOW_CONTROL: u32 = 0x006e_3740;
/// [`FIFO_INT`]: any received frame interrupts; free space to send never does.
pub const FIFO_LEVELS: u32 = 0xff00_0000;
/// [`RX_CFG`]: a frame begins at the third byte of its first word, so that the IP header after the Ethernet header is aligned.
pub const RX_OFFSET: u32 = 2 << 8;
/// [`TX_CFG`]: empties both transmit FIFOs.
pub const TX_DUMP: u32 = 0xc000;
/// [`TX_CFG`]: enables sending.
pub const TX_ON: u32 = 2;
/// [`RX_STATUS`]: the frame is damaged.
pub const RX_ERROR: u32 = 1 << 15;
/// The first command word of a frame in one piece.
pub const FIRST_AND_LAST: u32 = 1 << 13 | 1 << 12;

/// [`MAC_CSR_CMD`]: an access is in progress.
pub const MAC_BUSY: u32 = 1 << 31;
/// [`MAC_CSR_CMD`]: the access reads.
pub const MAC_READ: u32 = 1 << 30;

/// MAC: control.
pub const MAC_CR: u32 = 1;
/// MAC: the last two bytes of its address.
pub const MAC_ADDRH: u32 = 2;
/// MAC: the first four bytes of its address.
pub const MAC_ADDRL: u32 = 3;
/// MAC: access to the PHY.
pub const MAC_MII_ACC: u32 = 6;
/// MAC: data read from or written to the PHY.
pub const MAC_MII_DATA: u32 = 7;

/// [`MAC_CR`]: full duplex, receiver and transmitter enabled.
pub const MAC_ON: u32 = 1 << 20 | 1 << 3 | 1 << 2;
/// [`MAC_MII_ACC`]: the internal PHY's address.
pub const MII_ADDRESS: u32 = 1 << 11;
/// [`MAC_MII_ACC`]: the access writes.
pub const MII_WRITE: u32 = 1 << 1;
/// [`MAC_MII_ACC`]: an access is in progress.
pub const MII_BUSY: u32 = 1;

/// PHY: control.
pub const PHY_CONTROL: u32 = 0;
/// PHY: status.
pub const PHY_STATUS: u32 = 1;
/// PHY: modes advertised to the link partner.
pub const PHY_ADVERTISE: u32 = 4;
/// PHY: sources of its interrupt; reading clears them.
pub const PHY_SOURCE: u32 = 29;
/// PHY: mask of its interrupt.
pub const PHY_MASK: u32 = 30;

/// [`PHY_CONTROL`]: enable and restart auto-negotiation.
pub const NEGOTIATE: u32 = 0x1200;
/// [`PHY_ADVERTISE`]: 10 and 100 Mbit/s, half and full duplex.
pub const OFFER: u32 = 0x01e1;
/// [`PHY_MASK`]: auto-negotiation complete, and link down.
pub const LINK_EVENTS: u32 = 0x50;
/// [`PHY_STATUS`]: the link is up; a loss is latched until read.
pub const LINK_UP: u32 = 1 << 2;

/// [`RX_FIFO_INF`], [`TX_FIFO_INF`]: returns the number of statuses waiting to be read.
#[must_use]
pub const fn statuses(state: u32) -> u32 {
    (state >> 16) & 0xff
}

/// [`TX_FIFO_INF`]: returns the number of bytes that can be written.
#[must_use]
pub const fn free(state: u32) -> usize {
    (state & 0xffff) as usize
}

/// [`RX_STATUS`]: returns the length of the frame in bytes, check sequence included.
#[must_use]
pub const fn length(status: u32) -> usize {
    ((status >> 16) & 0x3fff) as usize
}
