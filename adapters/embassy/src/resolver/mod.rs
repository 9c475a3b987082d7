//! Name lookup: a stub resolver over UDP (RFC 1035, RFC 1123 section 6.1.3).
//!
//! smoltcp's own resolver asks one server, or with more of them spends 10 s on each and regards SERVFAIL as final; that is the whole
//! deadline of an exchange. This one:
//!
//! | Rule | Source |
//! |---|---|
//! | asks all servers of the network, beginning with the one that answered last; the next one after [`Attempt`]'s bound, or at once after a failure | RFC 1123 section 6.1.3.3 |
//! | repeats the query within the bound; bounds double in each round | RFC 1035 section 4.2.1 |
//! | random id and random port per attempt | RFC 5452 section 9.2 |
//! | accepts a response only from the server asked, with the id and the question of the query; names are compared case-insensitively | RFC 5452 section 9.1, RFC 4343 |
//! | follows aliases in any order, at most [`message::MAX_ALIASES`]; an alias without address is asked for | RFC 1034 section 3.6.2 |
//! | no EDNS(0) and no TCP: uses the complete records of a truncated response; one without an address is a failure of the server, so the next one is asked | our choice: no memory for more than [`message::MAX_RESPONSE`] bytes |
//! | queries A and AAAA at once; after addresses of one family it waits [`attempt::OTHER_FAMILY`] for the other | RFC 8305 section 3 |
//! | caches addresses for their TTL, at most [`cache::MAX_AGE`] | RFC 1035 section 3.2.1 |
//!
//! Responses are not authenticated: a forged one can only lead to a host that TLS rejects.

mod addresses;
mod attempt;
mod cache;
mod caching;
mod error;
#[cfg(feature = "_fuzzing")]
pub mod fuzzing;
mod message;
mod name;

use core::net::Ipv4Addr;
#[cfg(feature = "ipv6")]
use core::net::Ipv6Addr;

use embassy_time::{Duration, Timer};
use smoltcp::wire::IpAddress;

pub(crate) use addresses::Addresses;
use addresses::to_front;
use attempt::{Attempt, Buffers};
pub(crate) use caching::CachingResolver;
pub use error::NameLookupError;
use name::Name;

use crate::network::{Network, stack_address};

/// The bound of one server in the first round. It is longer than smoltcp's pause between two ARP requests (1 s): with a shorter one, a
/// dead server on the local network would delay the request for the address of the next one.
const FIRST_BOUND: Duration = Duration::from_millis(1100);

/// Rounds through all servers, after which the lookup fails.
const ROUNDS: u32 = 4;

/// Servers of both families, three of each.
const MAX_SERVERS: usize = if cfg!(feature = "ipv6") { 6 } else { 3 };

/// A resolver that looks up one name at a time, without a cache.
pub(crate) struct Resolver<N: Network> {
    /// The server that answered last.
    preferred: Option<IpAddress>,
    buffers: Buffers<N>,
}

impl<N: Network> Resolver<N> {
    /// Returns a resolver that begins with this server.
    pub(crate) fn beginning_with(preferred: Option<IpAddress>) -> Self {
        Self { preferred, buffers: Buffers::new() }
    }

    /// Returns the server that answered last.
    #[cfg(feature = "nal")]
    pub(crate) const fn preferred(&self) -> Option<IpAddress> {
        self.preferred
    }

    /// Looks a name up. Returns its addresses, and for how many seconds they are valid. Addresses of a family that the device does not have
    /// are not asked for. `random` returns uniformly distributed values.
    ///
    /// It ends after [`ROUNDS`]; the caller enforces a shorter deadline.
    pub(crate) async fn look_up(
        &mut self,
        network: &N,
        host: &str,
        mut random: impl FnMut() -> u32,
    ) -> Result<(Addresses, u32), NameLookupError> {
        let mut name = Name::of_host(host).ok_or(NameLookupError::InvalidName)?;
        let servers = self.servers(network);
        if servers.iter().flatten().next().is_none() {
            return Err(NameLookupError::NoServer);
        }
        let mut lookup = Attempt::new(network, &mut name);
        let mut bound = FIRST_BOUND;
        for _round in 0..ROUNDS {
            let mut answered = false;
            for server in servers.iter().flatten() {
                match lookup.ask(*server, bound, &mut self.buffers, &mut random).await {
                    Ok(true) => {
                        self.preferred = Some(*server);
                        return lookup.finish();
                    }
                    Ok(false) => {}
                    Err(_failure) => answered = true,
                }
            }
            // Servers that fail at once are not asked again at once.
            if answered {
                Timer::after(FIRST_BOUND).await;
            }
            bound *= 2;
        }
        Err(lookup.failure())
    }

    /// Returns the servers of the network, the preferred one first.
    fn servers(&self, network: &N) -> [Option<IpAddress>; MAX_SERVERS] {
        let mut servers = [None; MAX_SERVERS];
        let mut places = servers.iter_mut();
        network.dns_servers(&mut |server| {
            if let Some(server) = stack_address(server)
                && let Some(place) = places.next()
            {
                *place = Some(server);
            }
        });
        if let Some(preferred) = self.preferred {
            to_front(&mut servers, preferred);
        }
        servers
    }
}

/// Returns an address in text form.
pub(crate) fn literal(host: &str) -> Option<IpAddress> {
    if let Ok(address) = host.parse::<Ipv4Addr>() {
        return Some(IpAddress::Ipv4(address));
    }
    #[cfg(feature = "ipv6")]
    if let Ok(address) = host.parse::<Ipv6Addr>() {
        return Some(IpAddress::Ipv6(address));
    }
    None
}
