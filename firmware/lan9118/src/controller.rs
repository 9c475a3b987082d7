//! Operations on the registers: start, receive and send frames, access the PHY through the MAC.

use core::fmt;

use crate::{Registers, register as reg};

/// The longest Ethernet frame without its check sequence. With [`OFFSET`] it fills whole words.
pub(crate) const MAX_FRAME: usize = 1514;
/// Offset of a received frame in its first word.
pub(crate) const OFFSET: usize = 2;
/// Bytes of the frame check sequence after a received frame.
const CHECK_SEQUENCE: usize = 4;
/// Overhead of a frame in the transmit FIFO: two command words, and padding to whole words.
const TX_OVERHEAD: usize = 12;
/// How often a bit is polled before giving up. The slowest access, to the PHY, takes some 60 µs.
const POLL_LIMIT: u32 = 100_000;

/// The reason why the controller does not start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Fault {
    /// The byte order test register has another value: there is no controller, or the bus is wired in another byte order.
    Absent {
        /// The value read.
        read: u32,
    },
    /// The controller does not become ready.
    NotReady,
    /// The reset does not complete.
    Reset,
    /// The MAC or PHY does not respond.
    Busy,
    /// There is no MAC address: the EEPROM is empty.
    NoAddress,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Absent { read } => {
                write!(
                    f,
                    "no LAN9118 found: the byte order test register reads {read:#010x}; check the base address and the bus wiring"
                )
            }
            Self::NotReady => {
                f.write_str("the LAN9118 does not become ready; check its clock and power supply")
            }
            Self::Reset => {
                f.write_str("the LAN9118 does not complete its reset; check its clock and reset line")
            }
            Self::Busy => {
                f.write_str("the MAC or PHY of the LAN9118 does not respond; power cycle the board")
            }
            Self::NoAddress => f.write_str("the LAN9118 has no MAC address; program its EEPROM"),
        }
    }
}

impl core::error::Error for Fault {}

/// Resets and configures the controller; returns its MAC address.
pub(crate) fn start(registers: &mut impl Registers) -> Result<[u8; 6], Fault> {
    let read = registers.read(reg::BYTE_TEST);
    if read != reg::BYTE_ORDER {
        return Err(Fault::Absent { read });
    }
    wait(registers, reg::PMT_CTRL, reg::READY, reg::READY).ok_or(Fault::NotReady)?;
    registers.write(reg::HW_CFG, reg::SOFT_RESET);
    wait(registers, reg::HW_CFG, reg::SOFT_RESET, 0).ok_or(Fault::Reset)?;
    wait(registers, reg::PMT_CTRL, reg::READY, reg::READY).ok_or(Fault::NotReady)?;
    registers.write(reg::HW_CFG, reg::FIFO_DIVISION);
    registers.write(reg::AFC_CFG, reg::FLOW_CONTROL);
    registers.write(reg::INT_EN, 0);
    registers.write(reg::INT_STS, u32::MAX);
    registers.write(reg::IRQ_CFG, reg::IRQ_LINE);
    registers.write(reg::FIFO_INT, reg::FIFO_LEVELS);
    phy_write(registers, reg::PHY_ADVERTISE, reg::OFFER)?;
    phy_write(registers, reg::PHY_CONTROL, reg::NEGOTIATE)?;
    phy_write(registers, reg::PHY_MASK, reg::LINK_EVENTS)?;
    registers.write(reg::RX_CFG, reg::RX_OFFSET);
    registers.write(reg::TX_CFG, reg::TX_DUMP);
    registers.write(reg::TX_CFG, reg::TX_ON);
    let address = address(registers)?;
    mac_write(registers, reg::MAC_CR, reg::MAC_ON)?;
    Ok(address)
}

/// Returns the MAC address that the controller loaded from its EEPROM.
fn address(registers: &mut impl Registers) -> Result<[u8; 6], Fault> {
    let low = mac_read(registers, reg::MAC_ADDRL)?;
    let high = mac_read(registers, reg::MAC_ADDRH)?;
    let mut address = [0; 6];
    for (byte, target) in low.to_le_bytes().iter().chain(&high.to_le_bytes()).zip(&mut address) {
        *target = *byte;
    }
    if address == [0; 6] || address == [0xff; 6] { Err(Fault::NoAddress) } else { Ok(address) }
}

/// Reads the next frame from the controller and returns its length; damaged frames are discarded.
pub(crate) fn receive(registers: &mut impl Registers, frame: &mut [u8; OFFSET + MAX_FRAME]) -> Option<usize> {
    while frames_waiting(registers) {
        let status = registers.read(reg::RX_STATUS);
        let received = reg::length(status);
        let length = received.saturating_sub(CHECK_SEQUENCE);
        let valid = status & reg::RX_ERROR == 0 && length <= MAX_FRAME;
        let words = (received + OFFSET).div_ceil(4);
        let mut targets = frame.as_chunks_mut().0.iter_mut();
        for _ in 0..words {
            // Damaged frames are read as well: it is the only way to the next frame that works by the data sheet and in QEMU.
            let bytes = registers.read(reg::RX_DATA).to_le_bytes();
            if let Some(target) = targets.next() {
                *target = bytes;
            }
        }
        if valid && length > 0 {
            return Some(length);
        }
    }
    None
}

pub(crate) fn frames_waiting(registers: &mut impl Registers) -> bool {
    reg::statuses(registers.read(reg::RX_FIFO_INF)) != 0
}

/// Returns whether the longest frame can be sent now. Discards the statuses of frames sent before, which are not used.
pub(crate) fn can_send(registers: &mut impl Registers) -> bool {
    loop {
        let state = registers.read(reg::TX_FIFO_INF);
        if reg::statuses(state) == 0 {
            return reg::free(state) >= MAX_FRAME + TX_OVERHEAD;
        }
        registers.read(reg::TX_STATUS);
    }
}

/// Passes a frame to the controller for sending. [`can_send`] must have returned `true`.
pub(crate) fn send(registers: &mut impl Registers, frame: &[u8]) {
    // At most `MAX_FRAME`, which fits.
    let length = u32::try_from(frame.len()).unwrap_or(0);
    registers.write(reg::TX_DATA, reg::FIRST_AND_LAST | length);
    registers.write(reg::TX_DATA, length << 16 | length);
    let (words, rest) = frame.as_chunks();
    for word in words {
        registers.write(reg::TX_DATA, u32::from_le_bytes(*word));
    }
    if !rest.is_empty() {
        let mut word = [0; 4];
        for (byte, target) in rest.iter().zip(&mut word) {
            *target = *byte;
        }
        registers.write(reg::TX_DATA, u32::from_le_bytes(word));
    }
}

/// Enables the interrupts for received frames and for the link. Returns whether a frame arrived in the meantime.
pub(crate) fn rearm(registers: &mut impl Registers) -> bool {
    registers.write(reg::INT_STS, reg::RSFL);
    registers.write(reg::INT_EN, reg::RSFL | reg::PHY);
    frames_waiting(registers)
}

/// Returns whether the link state has changed since the last call.
pub(crate) fn link_event(registers: &mut impl Registers) -> bool {
    registers.read(reg::INT_STS) & reg::PHY != 0
        // Reading the source clears the event.
        && phy_read(registers, reg::PHY_SOURCE).is_ok()
}

pub(crate) fn link_up(registers: &mut impl Registers) -> bool {
    // The first read returns the latched state, which includes a past loss of the link.
    let _ = phy_read(registers, reg::PHY_STATUS);
    phy_read(registers, reg::PHY_STATUS).is_ok_and(|status| status & reg::LINK_UP != 0)
}

fn phy_read(registers: &mut impl Registers, register: u32) -> Result<u32, Fault> {
    phy_access(registers, register << 6)?;
    mac_read(registers, reg::MAC_MII_DATA)
}

fn phy_write(registers: &mut impl Registers, register: u32, value: u32) -> Result<(), Fault> {
    mac_write(registers, reg::MAC_MII_DATA, value)?;
    phy_access(registers, register << 6 | reg::MII_WRITE)
}

fn phy_access(registers: &mut impl Registers, access: u32) -> Result<(), Fault> {
    mac_write(registers, reg::MAC_MII_ACC, reg::MII_ADDRESS | access | reg::MII_BUSY)?;
    for _ in 0..POLL_LIMIT {
        if mac_read(registers, reg::MAC_MII_ACC)? & reg::MII_BUSY == 0 {
            return Ok(());
        }
    }
    Err(Fault::Busy)
}

fn mac_read(registers: &mut impl Registers, register: u32) -> Result<u32, Fault> {
    mac_access(registers, reg::MAC_READ | register)?;
    Ok(registers.read(reg::MAC_CSR_DATA))
}

fn mac_write(registers: &mut impl Registers, register: u32, value: u32) -> Result<(), Fault> {
    registers.write(reg::MAC_CSR_DATA, value);
    mac_access(registers, register)
}

fn mac_access(registers: &mut impl Registers, access: u32) -> Result<(), Fault> {
    registers.write(reg::MAC_CSR_CMD, reg::MAC_BUSY | access);
    wait(registers, reg::MAC_CSR_CMD, reg::MAC_BUSY, 0).ok_or(Fault::Busy)
}

/// Waits until the bits of `mask` read `value`.
fn wait(registers: &mut impl Registers, offset: usize, mask: u32, value: u32) -> Option<()> {
    (0..POLL_LIMIT).any(|_| registers.read(offset) & mask == value).then_some(())
}
