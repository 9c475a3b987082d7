//! One lookup, in attempts: each asks one server, from a socket of its own.
//!
//! A new socket for each server, because smoltcp keeps a datagram in its socket until the hardware address of its destination is
//! known: a dead server on the local network would hold back the query to the next one.

use core::net::SocketAddr;

use embassy_time::{Duration, Instant, with_deadline};
use smoltcp::wire::{DnsPacket, DnsQueryType, IpAddress};

use super::addresses::Addresses;
use super::error::NameLookupError;
use super::message::{Answer, MAX_RESPONSE, is_response_to, read};
use super::name::{MAX_QUERY, Name};
use crate::network::{Network, UdpSocket};

/// The wait for the addresses of the other family. RFC 8305 recommends 50 ms and continues to listen; here a late response is lost.
pub(super) const OTHER_FAMILY: Duration = Duration::from_millis(250);

/// The port of DNS servers.
const PORT: u16 = 53;
/// The first of the dynamic ports (RFC 6335 section 6), of which there are 2¹⁴.
const FIRST_DYNAMIC_PORT: u16 = 0xc000;

/// Queries of one lookup: for A, and for AAAA.
const FAMILIES: usize = if cfg!(feature = "ipv6") { 2 } else { 1 };

/// Memory for one socket.
pub(super) struct Buffers<N: Network> {
    rx: [u8; MAX_RESPONSE],
    tx: [u8; MAX_QUERY],
    memory: N::UdpMemory,
}

impl<N: Network> Buffers<N> {
    pub(super) fn new() -> Self {
        Self { rx: [0; MAX_RESPONSE], tx: [0; MAX_QUERY], memory: N::UdpMemory::default() }
    }
}

/// A lookup.
pub(super) struct Attempt<'l, N> {
    network: &'l N,
    /// The name to ask for: the host's, or that of its alias.
    name: &'l mut Name,
    aliases: u8,
    addresses: Addresses,
    ttl: u32,
    queries: [Query; FAMILIES],
    /// Why there are no addresses.
    failure: NameLookupError,
    /// When the first addresses were received.
    found_at: Option<Instant>,
}

#[derive(Clone, Copy)]
struct Query {
    kind: DnsQueryType,
    id: u16,
    state: State,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// The device has no address of this family.
    Unused,
    Pending,
    /// The server that is asked has failed. Another one may answer.
    Failed,
    Answered,
}

impl State {
    const fn initial(is_used: bool) -> Self {
        if is_used { Self::Pending } else { Self::Unused }
    }
}

/// What a datagram changed.
enum Received {
    /// It is not a response to a pending query.
    Nothing,
    Answer,
    /// The name to ask for has changed.
    Alias,
}

/// The server failed, and another one may not.
pub(super) struct ServerFailed;

impl<'l, N: Network> Attempt<'l, N> {
    pub(super) fn new(network: &'l N, name: &'l mut Name) -> Self {
        let a = Query {
            kind: DnsQueryType::A,
            id: 0,
            state: State::initial(!cfg!(feature = "ipv6") || network.has_ipv4()),
        };
        #[cfg(feature = "ipv6")]
        let queries =
            [a, Query { kind: DnsQueryType::Aaaa, id: 0, state: State::initial(network.has_ipv6()) }];
        #[cfg(not(feature = "ipv6"))]
        let queries = [a];
        Self {
            network,
            name,
            aliases: 0,
            addresses: Addresses::NONE,
            ttl: u32::MAX,
            queries,
            failure: NameLookupError::NoAnswer,
            found_at: None,
        }
    }

    /// Asks one server, for `bound` at most. `true`: the lookup is complete.
    pub(super) async fn ask(
        &mut self,
        server: IpAddress,
        bound: Duration,
        buffers: &mut Buffers<N>,
        random: &mut impl FnMut() -> u32,
    ) -> Result<bool, ServerFailed> {
        let Buffers { rx, tx, memory } = buffers;
        let [port, ..] = halves(random());
        let server = SocketAddr::new(server.into(), PORT);
        let Ok(mut socket) = self.network.udp(FIRST_DYNAMIC_PORT | port, server, memory, rx, tx).await else {
            return Ok(false);
        };
        for query in self.queries.iter_mut().filter(|query| query.state == State::Failed) {
            query.state = State::Pending;
        }
        let end = Instant::now() + bound;
        self.renew_ids(random);
        'send: loop {
            // The query is repeated once within the bound.
            let half = end - bound / 2;
            let repeat = if Instant::now() < half { half } else { end };
            if !matches!(with_deadline(repeat, self.send(&mut socket)).await, Ok(true) | Err(_)) {
                return Err(ServerFailed);
            }
            loop {
                if !self.has(State::Pending) {
                    let complete = self.found_at.is_some() || !self.has(State::Failed);
                    return if complete { Ok(true) } else { Err(ServerFailed) };
                }
                let other_family = self.found_at.map_or(Instant::MAX, |found| found + OTHER_FAMILY);
                let until = repeat.min(other_family);
                let mut received = Received::Nothing;
                let mut read = |bytes: &[u8]| received = self.receive(bytes);
                match with_deadline(until, socket.receive(&mut read)).await {
                    Ok(Ok(())) if matches!(received, Received::Alias) => {
                        self.renew_ids(random);
                        continue 'send;
                    }
                    Ok(Ok(())) => {}
                    Ok(Err(_)) => return Err(ServerFailed),
                    Err(_) if until == other_family => return Ok(true),
                    Err(_) if until == end => return Ok(self.found_at.is_some()),
                    Err(_) => continue 'send,
                }
            }
        }
    }

    /// Returns the addresses, and for how many seconds they are valid.
    pub(super) fn finish(self) -> Result<(Addresses, u32), NameLookupError> {
        if self.addresses.len() == 0 { Err(self.failure) } else { Ok((self.addresses, self.ttl)) }
    }

    /// Why no server has answered.
    pub(super) const fn failure(&self) -> NameLookupError {
        self.failure
    }

    fn has(&self, state: State) -> bool {
        self.queries.iter().any(|query| query.state == state)
    }

    fn renew_ids(&mut self, random: &mut impl FnMut() -> u32) {
        for query in &mut self.queries {
            [query.id, ..] = halves(random());
        }
    }

    /// Sends the pending queries. `false`: there is no route to the server.
    async fn send(&mut self, socket: &mut N::Udp<'_>) -> bool {
        for query in self.queries.iter().filter(|query| query.state == State::Pending) {
            if socket.send(self.name.query(query.id, query.kind)).await.is_err() {
                return false;
            }
        }
        true
    }

    fn receive(&mut self, bytes: &[u8]) -> Received {
        let Ok(packet) = DnsPacket::new_checked(bytes) else { return Received::Nothing };
        let Self { name, queries, .. } = self;
        let is_answered = |query: &&mut Query| {
            query.state == State::Pending && is_response_to(&packet, query.id, name, query.kind)
        };
        let Some(query) = queries.iter_mut().find(is_answered) else { return Received::Nothing };
        let answer = read(&packet, name, &mut self.aliases, &mut self.addresses);
        query.state = match answer {
            Answer::Alias => return Received::Alias,
            // Another server may have a shorter response. One that limits its rate sends every other response empty.
            Answer::Failure | Answer::Truncated => State::Failed,
            _ => State::Answered,
        };
        match answer {
            Answer::Addresses { ttl } => {
                self.ttl = self.ttl.min(ttl);
                self.found_at = self.found_at.or(Some(Instant::now()));
            }
            Answer::NotFound => {
                // The name has no other type either, RFC 8020.
                self.queries.iter_mut().for_each(|query| query.state = State::Answered);
                self.failure = NameLookupError::NotFound;
            }
            Answer::NoData => self.failure = NameLookupError::NoAddress,
            Answer::TooManyAliases => self.failure = NameLookupError::TooManyAliases,
            Answer::Truncated => self.failure = NameLookupError::Truncated,
            Answer::Failure => self.failure = NameLookupError::ServerFailure,
            Answer::Alias => {}
        }
        Received::Answer
    }
}

/// Two values of 16 bits.
fn halves(random: u32) -> [u16; 2] {
    let [a, b, c, d] = random.to_be_bytes();
    [u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d])]
}
