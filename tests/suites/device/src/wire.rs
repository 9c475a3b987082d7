//! The cable, with faults.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Waker};

use embassy_net_driver::{Capabilities, Driver, HardwareAddress, LinkState, RxToken, TxToken};

/// What happens to packets, in both directions, in percent. Which packets it meets is fixed by `seed`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Faults {
    /// Packets that vanish.
    pub loss: u32,
    /// Packets that come twice.
    pub duplication: u32,
    /// Packets that are overtaken by the next one.
    pub reordering: u32,
    /// Where the choice begins.
    pub seed: u64,
}

/// A driver around another one. Clones of its [`Wire::control`] change what happens while it runs.
#[derive(Debug)]
pub struct Wire<D> {
    inner: D,
    control: Control,
    /// Received, and to be handed over again or later.
    received: VecDeque<Vec<u8>>,
    held_back: Option<Vec<u8>>,
}

/// A hand on the cable.
#[derive(Clone, Debug)]
pub struct Control(Arc<Mutex<State>>);

#[derive(Debug)]
struct State {
    faults: Faults,
    random: u64,
    dead: bool,
    unplugged: bool,
    /// To be told of a change of the link.
    waker: Option<Waker>,
    dropped: u64,
}

impl<D> Wire<D> {
    /// A cable with these faults.
    pub fn new(inner: D, faults: Faults) -> Self {
        let state =
            State { faults, random: faults.seed, dead: false, unplugged: false, waker: None, dropped: 0 };
        Self {
            inner,
            control: Control(Arc::new(Mutex::new(state))),
            received: VecDeque::new(),
            held_back: None,
        }
    }

    /// A hand on it.
    #[must_use]
    pub fn control(&self) -> Control {
        self.control.clone()
    }
}

impl Control {
    /// Nothing passes from now on, or everything again; the link looks up all the same.
    pub fn set_dead(&self, dead: bool) {
        self.lock().dead = dead;
    }

    /// The cable is pulled, which both ends see, or plugged in again.
    pub fn set_unplugged(&self, unplugged: bool) {
        let mut state = self.lock();
        state.unplugged = unplugged;
        if let Some(waker) = state.waker.take() {
            waker.wake();
        }
    }

    /// Other faults from now on.
    pub fn set_faults(&self, faults: Faults) {
        self.lock().faults = faults;
    }

    /// How many packets have vanished.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.lock().dropped
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Whether it happens this time. `SplitMix64`, for the same run every time.
    fn happens(&mut self, percent: u32) -> bool {
        self.random = self.random.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.random;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)) % 100 < u64::from(percent)
    }

    fn loses(&mut self) -> bool {
        let lost = self.dead || self.unplugged || self.happens(self.faults.loss);
        self.dropped += u64::from(lost);
        lost
    }
}

impl<D: Driver> Wire<D> {
    /// What the far side sends, as it arrives.
    fn take(&mut self, context: &mut Context<'_>) -> Option<Vec<u8>> {
        loop {
            if let Some(packet) = self.received.pop_front() {
                return Some(packet);
            }
            let Some((packet, _)) = self.inner.receive(context) else {
                // Nothing came that could overtake it.
                return self.held_back.take();
            };
            let packet = packet.consume(|bytes| bytes.to_vec());
            let mut state = self.control.lock();
            if state.loses() {
                continue;
            }
            let faults = state.faults;
            if state.happens(faults.duplication) {
                self.received.push_back(packet.clone());
            }
            if self.held_back.is_none() && state.happens(faults.reordering) {
                self.held_back = Some(packet);
            } else {
                self.received.push_back(packet);
                self.received.extend(self.held_back.take());
            }
        }
    }
}

impl<D: Driver> Driver for Wire<D> {
    type RxToken<'a>
        = Received
    where
        Self: 'a;
    type TxToken<'a>
        = Sent<'a, D>
    where
        Self: 'a;

    fn receive(&mut self, context: &mut Context<'_>) -> Option<(Received, Sent<'_, D>)> {
        let packet = self.take(context)?;
        Some((Received(packet), Sent { driver: &mut self.inner, control: &self.control }))
    }

    fn transmit(&mut self, _context: &mut Context<'_>) -> Option<Sent<'_, D>> {
        Some(Sent { driver: &mut self.inner, control: &self.control })
    }

    fn link_state(&mut self, context: &mut Context<'_>) -> LinkState {
        let mut state = self.control.lock();
        state.waker = Some(context.waker().clone());
        if state.unplugged { LinkState::Down } else { self.inner.link_state(context) }
    }

    fn capabilities(&self) -> Capabilities {
        self.inner.capabilities()
    }

    fn hardware_address(&self) -> HardwareAddress {
        self.inner.hardware_address()
    }
}

/// A packet that came.
#[derive(Debug)]
pub struct Received(Vec<u8>);

impl RxToken for Received {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(mut self, read: F) -> R {
        read(&mut self.0)
    }
}

/// A packet to be sent.
#[derive(Debug)]
pub struct Sent<'a, D> {
    driver: &'a mut D,
    control: &'a Control,
}

impl<D: Driver> TxToken for Sent<'_, D> {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, length: usize, write: F) -> R {
        let mut packet = vec![0; length];
        let result = write(&mut packet);
        let times = {
            let mut state = self.control.lock();
            let duplication = state.faults.duplication;
            if state.loses() { 0 } else { 1 + usize::from(state.happens(duplication)) }
        };
        for _ in 0..times {
            if let Some(token) = self.driver.transmit(&mut Context::from_waker(Waker::noop())) {
                token.consume(length, |bytes| bytes.copy_from_slice(&packet));
            }
        }
        result
    }
}
