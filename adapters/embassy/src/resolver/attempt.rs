//! One lookup, in attempts: each asks one server, from a socket of its own.
//!
//! A new socket for each server, because smoltcp keeps a datagram in its socket until the hardware address of its destination is
//! known: a dead server on the local network would hold back the query to the next one.

use core::future::Future;
use core::net::SocketAddr;

use embassy_time::{Duration, Instant, with_deadline};
use smoltcp::wire::{DnsPacket, DnsQueryType, IpAddress};

use super::addresses::Addresses;
use super::error::NameLookupError;
use super::message::{Answer, MAX_RESPONSE, is_response_to, read};
use super::name::{AROUND_NAME, name_in, query_for_host, query_for_name, set_id_and_type};
use crate::copy::copy;
use crate::network::{Network, UdpSocket};

/// The wait for the addresses of the other family. RFC 8305 recommends 50 ms and continues to listen; here a late response is lost.
pub(super) const OTHER_FAMILY: Duration = Duration::from_millis(250);

/// The bound of one server in the first round. It is longer than smoltcp's pause between two ARP requests (1 s): with a shorter one, a
/// dead server on the local network would delay the request for the address of the next one.
pub(super) const FIRST_BOUND: Duration = Duration::from_millis(1100);

/// The port of DNS servers.
const PORT: u16 = 53;
/// The first of the dynamic ports (RFC 6335 section 6), of which there are 2¹⁴.
const FIRST_DYNAMIC_PORT: u16 = 0xc000;

/// Queries of one lookup: for A, and for AAAA.
const FAMILIES: usize = if cfg!(feature = "ipv6") { 2 } else { 1 };

/// The maximum length of a host name, and of the name of an alias that arrives alone.
pub(super) const MAX_HOST: usize = 130;
const MAX_QUERY: usize = AROUND_NAME + MAX_HOST + 2;

/// The length of a query up to which responses may have [`MAX_RESPONSE`] bytes: for a host name of 30 characters.
const SHORT_QUERY: usize = AROUND_NAME + 30 + 2;
const BYTES: usize = MAX_RESPONSE + 2 * SHORT_QUERY;

/// The memory of one lookup. The query is at the beginning of `bytes`, then the socket's send buffer for one query; the rest is
/// its receive buffer. So no part is as large as the longest name would need, which no host of the service has.
struct Memory<N: Network> {
    bytes: [u8; BYTES],
    socket: N::UdpMemory,
    /// The length of the query.
    length: usize,
}

/// A query for an alias.
struct AliasQuery {
    bytes: [u8; MAX_QUERY],
    length: usize,
}

/// A lookup.
pub(super) struct Attempt<'l, N: Network> {
    network: &'l N,
    memory: Memory<N>,
    found: Found,
}

/// What is known of a name.
struct Found {
    aliases: u8,
    addresses: Addresses,
    ttl: u32,
    queries: [Query; FAMILIES],
    /// Why there are no addresses.
    failure: NameLookupError,
}

#[derive(Clone, Copy)]
struct Query {
    id: u16,
    state: State,
}

/// The types of the queries, in their order.
const TYPES: [DnsQueryType; 2] = [DnsQueryType::A, DnsQueryType::Aaaa];

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
    /// There is another name to ask for. It is returned and not stored, because its place is between the buffers of the open socket.
    Alias(AliasQuery),
}

/// The server failed, and another one may not.
pub(super) struct ServerFailed;

impl<'l, N: Network> Attempt<'l, N> {
    /// Returns a lookup that asks for no host yet.
    pub(super) fn new(network: &'l N) -> Self {
        let memory = Memory { bytes: [0; BYTES], socket: N::UdpMemory::default(), length: 0 };
        Self { network, memory, found: Found::nothing(network) }
    }

    /// Asks for this host. `None` if it is no host name, or too long.
    pub(super) fn set_host(&mut self, host: &str) -> Option<()> {
        self.memory.length = query_for_host(self.memory.bytes.get_mut(..MAX_QUERY)?, host)?;
        Some(())
    }

    /// Asks one server, for [`FIRST_BOUND`] at most, which doubles in each round. `true`: the lookup is complete.
    ///
    /// Written for a small future: an async function would keep its arguments twice.
    pub(super) fn ask(
        &mut self,
        server: IpAddress,
        round: u32,
        random: &mut impl FnMut() -> u32,
    ) -> impl Future<Output = Result<bool, ServerFailed>> {
        for query in self.found.queries.iter_mut().filter(|query| query.state == State::Failed) {
            query.state = State::Pending;
        }
        let mut end = Instant::now() + bound(round);
        async move {
            loop {
                let (query, buffers) =
                    self.memory.bytes.split_at_mut_checked(self.memory.length).unwrap_or_default();
                let (tx, rx) = buffers.split_at_mut_checked(query.len()).unwrap_or_default();
                let [port, ..] = halves(random());
                let opened = self.network.udp(
                    FIRST_DYNAMIC_PORT | port,
                    SocketAddr::new(server.into(), PORT),
                    &mut self.memory.socket,
                    rx,
                    tx,
                );
                let Ok(mut socket) = opened.await else { return Ok(false) };
                for query in &mut self.found.queries {
                    [query.id, ..] = halves(random());
                }
                let alias = 'send: loop {
                    let mut until = repeated_at(end, round);
                    for index in 0..FAMILIES {
                        if self.found.set_pending(index, query)
                            && let Ok(Err(_no_route)) = with_deadline(until, socket.send(query)).await
                        {
                            return Err(ServerFailed);
                        }
                    }
                    loop {
                        if !self.found.has(State::Pending) {
                            let complete = self.found.has_addresses() || !self.found.has(State::Failed);
                            return if complete { Ok(true) } else { Err(ServerFailed) };
                        }
                        let mut read = |bytes: &[u8]| self.found.receive(bytes, name_in(query));
                        match with_deadline(until, socket.receive(&mut read)).await {
                            Ok(Ok(Received::Alias(alias))) => break 'send alias,
                            Ok(Ok(Received::Answer)) if self.found.has_addresses() => {
                                end = end.min(Instant::now() + OTHER_FAMILY);
                                until = end;
                            }
                            Ok(Ok(_)) => {}
                            Ok(Err(_)) => return Err(ServerFailed),
                            Err(_) if until == end => return Ok(self.found.has_addresses()),
                            Err(_) => continue 'send,
                        }
                    }
                };
                drop(socket);
                let alias = alias.bytes.get(..alias.length).unwrap_or_default();
                self.memory.length = copy(alias, &mut self.memory.bytes);
            }
        }
    }

    /// Returns the addresses, and for how many seconds they are valid.
    pub(super) fn finish(self) -> Result<(Addresses, u32), NameLookupError> {
        let Found { addresses, ttl, failure, .. } = self.found;
        if addresses.len() == 0 { Err(failure) } else { Ok((addresses, ttl)) }
    }
}

impl Found {
    fn nothing(network: &impl Network) -> Self {
        let a = Query { id: 0, state: State::initial(!cfg!(feature = "ipv6") || network.has_ipv4()) };
        #[cfg(feature = "ipv6")]
        let queries = [a, Query { id: 0, state: State::initial(network.has_ipv6()) }];
        #[cfg(not(feature = "ipv6"))]
        let queries = [a];
        Self {
            aliases: 0,
            addresses: Addresses::NONE,
            ttl: u32::MAX,
            queries,
            failure: NameLookupError::NoAnswer,
        }
    }

    fn has(&self, state: State) -> bool {
        self.queries.iter().any(|query| query.state == state)
    }

    fn has_addresses(&self) -> bool {
        self.addresses.len() > 0
    }

    /// Turns `bytes` into this query. `false`: it is not pending.
    fn set_pending(&self, index: usize, bytes: &mut [u8]) -> bool {
        let (Some(query), Some(kind)) = (self.queries.get(index), TYPES.get(index)) else { return false };
        set_id_and_type(bytes, query.id, *kind);
        query.state == State::Pending
    }

    fn receive(&mut self, bytes: &[u8], name: &[u8]) -> Received {
        let Ok(packet) = DnsPacket::new_checked(bytes) else { return Received::Nothing };
        let mut queries = self.queries.iter_mut().zip(TYPES);
        let answered = queries.find(|(query, kind)| {
            query.state == State::Pending && is_response_to(&packet, query.id, name, *kind)
        });
        let Some((query, _)) = answered else { return Received::Nothing };
        let answer = read(&packet, self.aliases, &mut self.addresses);
        query.state = match answer {
            Answer::Alias { target, followed } => {
                let mut bytes = [0; MAX_QUERY];
                if let Some(length) = query_for_name(&mut bytes, &packet, target) {
                    self.aliases = followed;
                    return Received::Alias(AliasQuery { bytes, length });
                }
                State::Failed
            }
            // Another server may have a shorter response. One that limits its rate sends every other response empty.
            Answer::Failure | Answer::Truncated => State::Failed,
            _ => State::Answered,
        };
        match answer {
            Answer::Addresses { ttl } => self.ttl = self.ttl.min(ttl),
            Answer::NotFound => {
                // The name has no other type either, RFC 8020.
                self.queries.iter_mut().for_each(|query| query.state = State::Answered);
                self.failure = NameLookupError::NotFound;
            }
            Answer::NoData => self.failure = NameLookupError::NoAddress,
            Answer::TooManyAliases => self.failure = NameLookupError::TooManyAliases,
            Answer::Truncated => self.failure = NameLookupError::Truncated,
            Answer::Failure | Answer::Alias { .. } => self.failure = NameLookupError::ServerFailure,
        }
        Received::Answer
    }
}

fn bound(round: u32) -> Duration {
    FIRST_BOUND * (1 << round)
}

/// When a query is repeated: once within the bound.
fn repeated_at(end: Instant, round: u32) -> Instant {
    let half = end - bound(round) / 2;
    if Instant::now() < half { half } else { end }
}

/// Two values of 16 bits.
fn halves(random: u32) -> [u16; 2] {
    let [a, b, c, d] = random.to_be_bytes();
    [u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d])]
}
