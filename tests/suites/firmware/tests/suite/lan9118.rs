//! The driver of the Ethernet controller, with simulated registers.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Wake, Waker};

// Linked for its implementation of critical sections on the host.
use critical_section as _;
use embassy_net_driver::{Driver as _, HardwareAddress, LinkState, RxToken as _, TxToken as _};
use lan9118::register as reg;
use lan9118::{Fault, Frames, Interrupt, Lan9118, Registers};

const ADDRESS: [u8; 6] = [0x52, 0x54, 0, 0x12, 0x34, 0x56];

/// A model of the controller after its data sheet, as far as the driver uses it.
#[derive(Default)]
struct Controller {
    absent: bool,
    stuck: Option<usize>,
    interrupts: u32,
    pending: u32,
    statuses: VecDeque<u32>,
    received: VecDeque<u32>,
    sent: Vec<u32>,
    sent_statuses: u32,
    full: bool,
    mac: [u32; 16],
    mac_data: u32,
    phy: [u32; 32],
    link_lost: bool,
}

#[derive(Clone, Default)]
struct Chip(Arc<Mutex<Controller>>);

impl Chip {
    fn working() -> Self {
        let chip = Self::default();
        chip.with(|it| {
            it.mac[reg::MAC_ADDRL as usize] = 0x1200_5452;
            it.mac[reg::MAC_ADDRH as usize] = 0x5634;
            it.phy[reg::PHY_STATUS as usize] = reg::LINK_UP;
        });
        chip
    }

    fn with<T>(&self, look: impl FnOnce(&mut Controller) -> T) -> T {
        look(&mut self.0.lock().unwrap())
    }

    /// Receives a frame, with two bytes of padding before it and its check sequence after it.
    fn receive(&self, frame: &[u8], error: bool) {
        self.with(|it| {
            let length = u32::try_from(frame.len() + 4).unwrap();
            it.statuses.push_back(length << 16 | if error { reg::RX_ERROR } else { 0 });
            let mut bytes = vec![0xaa, 0xbb];
            bytes.extend(frame);
            bytes.extend([0xf0, 0xf1, 0xf2, 0xf3]);
            bytes.resize(bytes.len().next_multiple_of(4), 0);
            it.received.extend(bytes.chunks(4).map(|word| u32::from_le_bytes(word.try_into().unwrap())));
            it.pending |= reg::RSFL;
        });
    }

    fn link(&self, up: bool) {
        self.with(|it| {
            it.phy[reg::PHY_STATUS as usize] = if up { reg::LINK_UP } else { 0 };
            it.link_lost |= !up;
            it.phy[reg::PHY_SOURCE as usize] = 0x10;
            it.pending |= reg::PHY;
        });
    }

    fn raises_interrupt(&self) -> bool {
        self.with(|it| it.pending & it.interrupts != 0)
    }
}

impl Registers for Chip {
    fn read(&mut self, offset: usize) -> u32 {
        self.with(|it| match offset {
            reg::BYTE_TEST if it.absent => u32::MAX,
            reg::BYTE_TEST => reg::BYTE_ORDER,
            reg::PMT_CTRL => u32::from(it.stuck != Some(reg::PMT_CTRL)),
            reg::HW_CFG => u32::from(it.stuck == Some(reg::HW_CFG)),
            reg::INT_STS => it.pending,
            reg::RX_FIFO_INF => u32::try_from(it.statuses.len()).unwrap() << 16,
            reg::RX_STATUS => it.statuses.pop_front().expect("a status is there"),
            reg::RX_DATA => it.received.pop_front().expect("a word is there"),
            reg::TX_FIFO_INF => it.sent_statuses << 16 | if it.full { 100 } else { 4608 },
            reg::TX_STATUS => {
                it.sent_statuses -= 1;
                0
            }
            reg::MAC_CSR_CMD => {
                if it.stuck == Some(reg::MAC_CSR_CMD) {
                    reg::MAC_BUSY
                } else {
                    0
                }
            }
            reg::MAC_CSR_DATA => it.mac_data,
            _ => panic!("unexpected read of {offset:#x}"),
        })
    }

    fn write(&mut self, offset: usize, value: u32) {
        self.with(|it| match offset {
            reg::INT_EN => it.interrupts = value,
            // The PHY's event is cleared by reading its source.
            reg::INT_STS => it.pending &= !(value & !reg::PHY),
            reg::TX_DATA => it.sent.push(value),
            reg::MAC_CSR_DATA => it.mac_data = value,
            reg::MAC_CSR_CMD => it.access(value),
            _ => {}
        });
    }
}

impl Controller {
    fn access(&mut self, command: u32) {
        let register = (command & 0xff) as usize;
        if command & reg::MAC_READ != 0 {
            self.mac_data = self.mac[register];
            return;
        }
        self.mac[register] = self.mac_data;
        if register == reg::MAC_MII_ACC as usize {
            let phy = (self.mac_data >> 6 & 31) as usize;
            self.mac[register] &= !reg::MII_BUSY;
            if self.mac_data & reg::MII_WRITE != 0 {
                self.phy[phy] = self.mac[reg::MAC_MII_DATA as usize];
                return;
            }
            let mut value = self.phy[phy];
            if phy == reg::PHY_STATUS as usize && std::mem::take(&mut self.link_lost) {
                value &= !reg::LINK_UP;
            }
            if phy == reg::PHY_SOURCE as usize {
                self.phy[phy] = 0;
                self.pending &= !reg::PHY;
            }
            self.mac[reg::MAC_MII_DATA as usize] = value;
        }
    }
}

#[derive(Default)]
struct WakeCounter(AtomicUsize);

impl Wake for WakeCounter {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

fn frames() -> &'static mut Frames {
    Box::leak(Box::new(Frames::new()))
}

fn started(chip: &Chip) -> (Lan9118<Chip>, &'static Interrupt) {
    let interrupt = Box::leak(Box::new(Interrupt::new()));
    (Lan9118::start(chip.clone(), interrupt, frames()).unwrap(), interrupt)
}

fn frame(driver: &mut Lan9118<Chip>) -> Option<Vec<u8>> {
    let (received, _) = driver.receive(&mut Context::from_waker(Waker::noop()))?;
    Some(received.consume(|frame| frame.to_vec()))
}

#[test]
fn the_mac_address_is_read_from_the_eeprom() {
    let (driver, _) = started(&Chip::working());
    assert!(driver.hardware_address() == HardwareAddress::Ethernet(ADDRESS));
    assert_eq!(driver.capabilities().max_transmission_unit, 1514);
}

#[test]
fn an_absent_or_stuck_controller_is_reported() {
    let fault = |prepare: fn(&mut Controller)| {
        let chip = Chip::working();
        chip.with(prepare);
        let interrupt = Box::leak(Box::new(Interrupt::new()));
        Lan9118::start(chip, interrupt, frames()).map(|_| ()).unwrap_err()
    };
    assert_eq!(fault(|it| it.absent = true), Fault::Absent { read: u32::MAX });
    assert_eq!(fault(|it| it.stuck = Some(reg::PMT_CTRL)), Fault::NotReady);
    assert_eq!(fault(|it| it.stuck = Some(reg::HW_CFG)), Fault::Reset);
    assert_eq!(fault(|it| it.stuck = Some(reg::MAC_CSR_CMD)), Fault::Busy);
    assert_eq!(fault(|it| it.mac = [0; 16]), Fault::NoAddress);
}

#[test]
fn frames_of_every_length_are_received() {
    let chip = Chip::working();
    let (mut driver, _) = started(&chip);
    for length in [1, 2, 3, 4, 59, 60, 61, 62, 1513, 1514] {
        let sent: Vec<u8> = (0..=250).cycle().take(length).collect();
        chip.receive(&sent, false);
        assert_eq!(frame(&mut driver), Some(sent));
    }
    assert_eq!(frame(&mut driver), None);
}

#[test]
fn damaged_and_oversized_frames_are_discarded() {
    let chip = Chip::working();
    let (mut driver, _) = started(&chip);
    chip.receive(&[1; 60], true);
    chip.receive(&[2; 1515], false);
    chip.receive(&[3; 4000], false);
    chip.receive(&[], false);
    chip.receive(&[4; 60], false);
    assert_eq!(frame(&mut driver), Some(vec![4; 60]));
    assert_eq!(frame(&mut driver), None);
    assert!(chip.with(|it| it.received.is_empty()));
}

#[test]
fn frames_of_every_length_are_sent() {
    let chip = Chip::working();
    let (mut driver, _) = started(&chip);
    for length in [14, 15, 16, 17, 1514] {
        chip.with(|it| {
            it.sent.clear();
            it.sent_statuses = 3;
        });
        let frame: Vec<u8> = (0..=250).cycle().take(length).collect();
        let token = driver.transmit(&mut Context::from_waker(Waker::noop())).unwrap();
        token.consume(length, |target| target.copy_from_slice(&frame));
        let sent = chip.with(|it| it.sent.clone());
        let length = u32::try_from(length).unwrap();
        assert_eq!(sent[..2], [reg::FIRST_AND_LAST | length, length << 16 | length]);
        let bytes: Vec<u8> = sent[2..].iter().flat_map(|word| word.to_le_bytes()).collect();
        assert_eq!(bytes.len(), frame.len().next_multiple_of(4));
        assert_eq!(bytes[..frame.len()], frame);
        assert_eq!(chip.with(|it| it.sent_statuses), 0, "old statuses are discarded");
    }
}

#[test]
fn a_full_transmit_fifo_wakes_the_task_again() {
    let chip = Chip::working();
    let (mut driver, _) = started(&chip);
    chip.receive(&[1; 60], false);
    chip.with(|it| it.full = true);
    let counter = Arc::new(WakeCounter::default());
    let waker = Waker::from(Arc::clone(&counter));
    assert!(driver.transmit(&mut Context::from_waker(&waker)).is_none());
    assert!(driver.receive(&mut Context::from_waker(&waker)).is_none());
    assert_eq!(counter.0.load(Ordering::Relaxed), 2);
    chip.with(|it| it.full = false);
    assert_eq!(frame(&mut driver), Some(vec![1; 60]));
}

#[test]
fn the_interrupt_is_enabled_again_after_all_frames_are_read() {
    let chip = Chip::working();
    let (mut driver, interrupt) = started(&chip);
    let counter = Arc::new(WakeCounter::default());
    let waker = Waker::from(Arc::clone(&counter));
    assert!(driver.receive(&mut Context::from_waker(&waker)).is_none());
    chip.receive(&[1; 60], false);
    assert!(chip.raises_interrupt());
    interrupt.handle(chip.clone());
    assert!(!chip.raises_interrupt(), "it is masked until the frame is read");
    assert_eq!(counter.0.load(Ordering::Relaxed), 1);
    assert!(frame(&mut driver).is_some());
    assert_eq!(frame(&mut driver), None);
    chip.receive(&[2; 60], false);
    assert!(chip.raises_interrupt());
}

#[test]
fn the_link_state_is_followed() {
    let chip = Chip::working();
    let (mut driver, interrupt) = started(&chip);
    let mut state = || driver.link_state(&mut Context::from_waker(Waker::noop()));
    assert!(state() == LinkState::Up);
    chip.link(false);
    assert!(chip.raises_interrupt());
    interrupt.handle(chip.clone());
    assert!(state() == LinkState::Down);
    chip.link(true);
    assert!(state() == LinkState::Up, "a past loss of the link is reported once");
}
