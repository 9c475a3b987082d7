//! A network in memory: a host that answers ARP requests, DNS queries, and other datagrams with their own content.

use core::task::Context;

use embassy_net_driver::{
    Capabilities, Checksum, ChecksumCapabilities, Driver, HardwareAddress, LinkState, RxToken, TxToken,
};

const MTU: usize = 600;
const ETHERNET: usize = 14;
const IP: usize = 20;
const UDP: usize = 8;
const DNS: usize = ETHERNET + IP + UDP;
const DNS_PORT: [u8; 2] = [0, 53];
const DNS_PORT_AT: usize = ETHERNET + IP + 2;
/// A pointer to the name of the question; type A, class IN, TTL, length, address.
const ANSWER: [u8; 16] = [0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 10, 0, 0, 1];

/// One frame in each direction.
#[derive(Debug)]
pub(crate) struct Cable {
    sent: Frame,
    received: Frame,
}

#[derive(Debug)]
pub(crate) struct Frame {
    bytes: [u8; MTU],
    length: usize,
}

impl Cable {
    pub(crate) const fn new() -> Self {
        const EMPTY: Frame = Frame { bytes: [0; MTU], length: 0 };
        Self { sent: EMPTY, received: EMPTY }
    }
}

impl Driver for Cable {
    type RxToken<'a> = &'a mut Frame;
    type TxToken<'a> = &'a mut Frame;

    fn receive(&mut self, _context: &mut Context<'_>) -> Option<(&mut Frame, &mut Frame)> {
        if self.sent.length == 0 {
            return None;
        }
        self.received.bytes = self.sent.bytes;
        self.received.length = self.sent.length;
        self.sent.length = 0;
        self.received.answer();
        Some((&mut self.received, &mut self.sent))
    }

    fn transmit(&mut self, _context: &mut Context<'_>) -> Option<&mut Frame> {
        (self.sent.length == 0).then_some(&mut self.sent)
    }

    fn link_state(&mut self, _context: &mut Context<'_>) -> LinkState {
        LinkState::Up
    }

    fn capabilities(&self) -> Capabilities {
        let mut capabilities = Capabilities::default();
        capabilities.max_transmission_unit = MTU;
        capabilities.checksum = ChecksumCapabilities::default();
        capabilities.checksum.ipv4 = Checksum::None;
        capabilities.checksum.udp = Checksum::None;
        capabilities
    }

    fn hardware_address(&self) -> HardwareAddress {
        HardwareAddress::Ethernet([2, 0, 0, 0, 0, 2])
    }
}

impl Frame {
    /// Turns the frame into its answer. The host's hardware address is the device's with another first byte.
    fn answer(&mut self) {
        let bytes = &mut self.bytes;
        bytes.copy_within(6..12, 0);
        bytes[6] = 6;
        if bytes[12..14] == [8, 6] {
            // ARP: a reply. The sender becomes the target, and the address that was asked for the sender.
            bytes[21] = 2;
            let wanted = [bytes[38], bytes[39], bytes[40], bytes[41]];
            bytes.copy_within(22..32, 32);
            bytes.copy_within(6..12, 22);
            bytes[28..32].copy_from_slice(&wanted);
            return;
        }
        let is_dns = bytes[DNS_PORT_AT..DNS_PORT_AT + 2] == DNS_PORT;
        swap(bytes, ETHERNET + 12, 4);
        swap(bytes, ETHERNET + IP, 2);
        if is_dns {
            bytes[DNS + 2] = 0x81;
            bytes[DNS + 3] = 0x80;
            bytes[DNS + 7] = 1;
            let end = DNS + usize::from(bytes[ETHERNET + IP + 5]) - UDP;
            bytes[end..end + ANSWER.len()].copy_from_slice(&ANSWER);
            self.length = end + ANSWER.len();
            bytes[ETHERNET + 3] += ANSWER.len() as u8;
            bytes[ETHERNET + IP + 5] += ANSWER.len() as u8;
        }
    }
}

/// Swaps two fields of this length, of which the first begins here.
fn swap(bytes: &mut [u8], at: usize, length: usize) {
    let (first, second) = bytes[at..at + 2 * length].split_at_mut(length);
    first.swap_with_slice(second);
}

impl RxToken for &mut Frame {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, read: F) -> R {
        read(&mut self.bytes[..self.length])
    }
}

impl TxToken for &mut Frame {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, length: usize, write: F) -> R {
        self.length = length;
        write(&mut self.bytes[..length])
    }
}
