//! A cable with faults.

use std::collections::{HashSet, VecDeque};
use std::future::Future as _;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Waker};

use embassy_net_driver::{Capabilities, Driver, HardwareAddress, LinkState, RxToken, TxToken};
use embassy_time::{Duration, Instant, Timer};

/// Faults of packets in both directions, in percent. `seed` determines which packets are affected.
#[derive(Clone, Copy, Debug, Default)]
pub struct Faults {
    /// Lost packets.
    pub loss: u32,
    /// Duplicated packets.
    pub duplication: u32,
    /// Packets delivered after the next one.
    pub reordering: u32,
    /// The seed of the random choice.
    pub seed: u64,
}

/// A driver that adds faults to another one. Clones of its [`Wire::control`] change them at run time.
#[derive(Debug)]
pub struct Wire<D> {
    inner: D,
    control: Control,
    /// Received packets that are delivered later.
    received: VecDeque<Vec<u8>>,
    held_back: Option<Vec<u8>>,
    /// Received TCP segments of a slow network, and when they arrive.
    slow: VecDeque<(Instant, Vec<u8>)>,
    arrival: Option<Timer>,
}

/// Controls a cable.
#[derive(Clone, Debug)]
pub struct Control(Arc<Mutex<State>>);

#[derive(Debug)]
struct State {
    faults: Faults,
    random: u64,
    dead: bool,
    unplugged: bool,
    /// How much later TCP segments arrive at the device.
    round_trip: Duration,
    /// Ports of the device whose TCP connections a NAT still knows; `None`: there is no NAT.
    connections: Option<HashSet<u16>>,
    /// Woken when the link changes.
    waker: Option<Waker>,
    dropped: u64,
    /// The destinations of the device's TCP connections, in order, and the device's ports.
    attempts: Vec<IpAddr>,
    ports: HashSet<u16>,
}

impl<D> Wire<D> {
    /// Returns a cable with these faults.
    pub fn new(inner: D, faults: Faults) -> Self {
        let state = State {
            faults,
            random: faults.seed,
            dead: false,
            unplugged: false,
            round_trip: Duration::from_ticks(0),
            connections: None,
            waker: None,
            dropped: 0,
            attempts: Vec::new(),
            ports: HashSet::new(),
        };
        Self {
            inner,
            control: Control(Arc::new(Mutex::new(state))),
            received: VecDeque::new(),
            held_back: None,
            slow: VecDeque::new(),
            arrival: None,
        }
    }

    /// Returns the control of this cable.
    #[must_use]
    pub fn control(&self) -> Control {
        self.control.clone()
    }
}

impl Control {
    /// Drops all packets, or none. The link stays up.
    pub fn set_dead(&self, dead: bool) {
        self.lock().dead = dead;
    }

    /// Unplugs the cable, which takes the link down, or plugs it in again.
    pub fn set_unplugged(&self, unplugged: bool) {
        let mut state = self.lock();
        state.unplugged = unplugged;
        if let Some(waker) = state.waker.take() {
            waker.wake();
        }
    }

    /// Delays the TCP segments that the device receives, as a network with this round trip. Names and hardware addresses are found at once.
    pub fn set_round_trip(&self, round_trip: Duration) {
        self.lock().round_trip = round_trip;
    }

    /// Behaves as a NAT that forgets all TCP connections of the device, and drops their packets silently. New ones pass.
    pub fn forget_connections(&self) {
        self.lock().connections = Some(HashSet::new());
    }

    /// Replaces the faults.
    pub fn set_faults(&self, faults: Faults) {
        self.lock().faults = faults;
    }

    /// Returns the number of dropped packets.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.lock().dropped
    }

    /// Returns the addresses that the device has tried to connect to, in order; repeated packets of one attempt count once.
    #[must_use]
    pub fn attempts(&self) -> Vec<IpAddr> {
        self.lock().attempts.clone()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Returns a random choice of this probability. `SplitMix64`, for reproducible runs.
    fn happens(&mut self, percent: u32) -> bool {
        self.random = self.random.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.random;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)) % 100 < u64::from(percent)
    }

    fn loses(&mut self, packet: &[u8], outgoing: bool) -> bool {
        let unknown = self.is_of_forgotten_connection(packet, outgoing);
        let lost = unknown || self.dead || self.unplugged || self.happens(self.faults.loss);
        self.dropped += u64::from(lost);
        lost
    }
}

impl State {
    /// Returns whether a NAT drops this Ethernet frame. Notes the connections that the device opens.
    fn is_of_forgotten_connection(&mut self, packet: &[u8], outgoing: bool) -> bool {
        const SYN: u8 = 2;
        let Some((destination, tcp)) = tcp(packet) else { return false };
        let port = if outgoing { [tcp[0], tcp[1]] } else { [tcp[2], tcp[3]] };
        let port = u16::from_be_bytes(port);
        let opens = outgoing && tcp[13] == SYN;
        if opens && self.ports.insert(port) {
            self.attempts.push(destination);
        }
        let Some(connections) = &mut self.connections else { return false };
        if opens {
            connections.insert(port);
        }
        !connections.contains(&port)
    }
}

/// Returns the destination of an Ethernet frame with a TCP segment, and the segment's header.
fn tcp(packet: &[u8]) -> Option<(IpAddr, &[u8])> {
    const TCP: u8 = 6;
    let (destination, protocol, segment) = match packet.get(12..14)? {
        [0x08, 0x00] => {
            let address: [u8; 4] = packet.get(30..34)?.try_into().ok()?;
            (Ipv4Addr::from(address).into(), packet[23], 14 + usize::from(packet[14] & 15) * 4)
        }
        [0x86, 0xdd] => {
            let address: [u8; 16] = packet.get(38..54)?.try_into().ok()?;
            (Ipv6Addr::from(address).into(), packet[20], 54)
        }
        _ => return None,
    };
    (protocol == TCP).then_some((destination, packet.get(segment..segment + 14)?))
}

impl<D: Driver> Wire<D> {
    /// Returns the next segment of a slow network if it has arrived; if not, the context is woken then.
    fn arrived(&mut self, context: &mut Context<'_>) -> Option<Vec<u8>> {
        let (at, _) = self.slow.front()?;
        if Instant::now() < *at {
            let _ = pin!(self.arrival.insert(Timer::at(*at))).poll(context);
            return None;
        }
        self.slow.pop_front().map(|(_, packet)| packet)
    }

    /// Receives the next packet from the far side.
    fn take(&mut self, context: &mut Context<'_>) -> Option<Vec<u8>> {
        if let Some(packet) = self.arrived(context) {
            return Some(packet);
        }
        loop {
            if let Some(packet) = self.received.pop_front() {
                return Some(packet);
            }
            let Some((packet, _)) = self.inner.receive(context) else {
                // No packet arrived that could be delivered before it.
                return self.held_back.take();
            };
            let packet = packet.consume(|bytes| bytes.to_vec());
            let mut state = self.control.lock();
            if state.loses(&packet, false) {
                continue;
            }
            let round_trip = state.round_trip;
            if round_trip.as_ticks() > 0 && tcp(&packet).is_some() {
                drop(state);
                self.slow.push_back((Instant::now() + round_trip, packet));
                // Has the context woken: none has arrived yet.
                if let Some(packet) = self.arrived(context) {
                    return Some(packet);
                }
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

/// A received packet.
#[derive(Debug)]
pub struct Received(Vec<u8>);

impl RxToken for Received {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(mut self, read: F) -> R {
        read(&mut self.0)
    }
}

/// A packet to send.
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
            if state.loses(&packet, true) { 0 } else { 1 + usize::from(state.happens(duplication)) }
        };
        for _ in 0..times {
            if let Some(token) = self.driver.transmit(&mut Context::from_waker(Waker::noop())) {
                token.consume(length, |bytes| bytes.copy_from_slice(&packet));
            }
        }
        result
    }
}
