//! What one does with the registers: starting, frames in and out, the PHY behind the MAC.

use core::fmt;

use crate::{Registers, register as reg};

/// The longest Ethernet frame without its check sequence. Where one is received are whole words, with [`OFFSET`].
pub(crate) const MAX_FRAME: usize = 1514;
/// Where a received frame begins in its first word.
pub(crate) const OFFSET: usize = 2;
/// Bytes of the frame check sequence behind a received frame.
const CHECK_SEQUENCE: usize = 4;
/// What the controller adds to a frame in its transmit FIFO: two commands, and padding to whole words.
const TX_OVERHEAD: usize = 12;
/// How often a bit is looked at before it is given up. The slowest, negotiation with the PHY, takes some 60 µs.
const PATIENCE: u32 = 100_000;

/// Why the controller does not start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Fault {
    /// The byte order test shows something else: there is no controller, or the bus is wired in another order.
    Absent {
        /// What was read.
        read: u32,
    },
    /// It does not become ready.
    NotReady,
    /// Its reset does not end.
    Reset,
    /// Its MAC or PHY does not answer.
    Busy,
    /// It has no MAC address: its EEPROM is empty.
    NoAddress,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Absent { read } => {
                write!(f, "no LAN9118 answers: its byte order test reads {read:#010x}; check address and bus")
            }
            Self::NotReady => f.write_str("the LAN9118 does not become ready; check its clock"),
            Self::Reset => f.write_str("the LAN9118 does not come out of reset"),
            Self::Busy => f.write_str("the LAN9118's MAC or PHY does not answer"),
            Self::NoAddress => f.write_str("the LAN9118 has no MAC address; program its EEPROM"),
        }
    }
}

impl core::error::Error for Fault {}

/// Resets and configures the controller; gives its MAC address.
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

/// As the controller loaded it from its EEPROM.
fn address(registers: &mut impl Registers) -> Result<[u8; 6], Fault> {
    let low = mac_read(registers, reg::MAC_ADDRL)?;
    let high = mac_read(registers, reg::MAC_ADDRH)?;
    let mut address = [0; 6];
    for (byte, target) in low.to_le_bytes().iter().chain(&high.to_le_bytes()).zip(&mut address) {
        *target = *byte;
    }
    if address == [0; 6] || address == [0xff; 6] { Err(Fault::NoAddress) } else { Ok(address) }
}

/// Takes the next whole frame out of the controller; damaged ones are thrown away. Gives its length.
pub(crate) fn receive(registers: &mut impl Registers, frame: &mut [u8; OFFSET + MAX_FRAME]) -> Option<usize> {
    while frames_waiting(registers) {
        let status = registers.read(reg::RX_STATUS);
        let received = reg::length(status);
        let length = received.saturating_sub(CHECK_SEQUENCE);
        let whole = status & reg::RX_ERROR == 0 && length <= MAX_FRAME;
        let words = (received + OFFSET).div_ceil(4);
        let mut places = frame.as_chunks_mut().0.iter_mut();
        for _ in 0..words {
            // Read in any case: there is no other way to the next frame that both the data sheet and QEMU agree on.
            let bytes = registers.read(reg::RX_DATA).to_le_bytes();
            if let Some(place) = places.next() {
                *place = bytes;
            }
        }
        if whole && length > 0 {
            return Some(length);
        }
    }
    None
}

pub(crate) fn frames_waiting(registers: &mut impl Registers) -> bool {
    reg::statuses(registers.read(reg::RX_FIFO_INF)) != 0
}

/// Whether the longest frame can be sent now. Makes room for the statuses of frames sent before, which nobody needs.
pub(crate) fn can_send(registers: &mut impl Registers) -> bool {
    loop {
        let state = registers.read(reg::TX_FIFO_INF);
        if reg::statuses(state) == 0 {
            return reg::free(state) >= MAX_FRAME + TX_OVERHEAD;
        }
        registers.read(reg::TX_STATUS);
    }
}

/// Hands a frame over for sending. [`can_send`] must have said yes.
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

/// Lets the controller interrupt for frames and for the link. Says whether something has come meanwhile.
pub(crate) fn rearm(registers: &mut impl Registers) -> bool {
    registers.write(reg::INT_STS, reg::RSFL);
    registers.write(reg::INT_EN, reg::RSFL | reg::PHY);
    frames_waiting(registers)
}

/// Whether the link has come or gone since this was last asked.
pub(crate) fn link_event(registers: &mut impl Registers) -> bool {
    registers.read(reg::INT_STS) & reg::PHY != 0
        // Reading the source clears the event.
        && phy_read(registers, reg::PHY_SOURCE).is_ok()
}

pub(crate) fn link_up(registers: &mut impl Registers) -> bool {
    // The first read tells of a loss that is over.
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

fn phy_access(registers: &mut impl Registers, what: u32) -> Result<(), Fault> {
    mac_write(registers, reg::MAC_MII_ACC, reg::MII_ADDRESS | what | reg::MII_BUSY)?;
    for _ in 0..PATIENCE {
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

fn mac_access(registers: &mut impl Registers, what: u32) -> Result<(), Fault> {
    registers.write(reg::MAC_CSR_CMD, reg::MAC_BUSY | what);
    wait(registers, reg::MAC_CSR_CMD, reg::MAC_BUSY, 0).ok_or(Fault::Busy)
}

/// Waits until the bits of `mask` read `value`.
fn wait(registers: &mut impl Registers, offset: usize, mask: u32, value: u32) -> Option<()> {
    (0..PATIENCE).any(|_| registers.read(offset) & mask == value).then_some(())
}
