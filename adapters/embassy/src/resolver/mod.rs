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
//! | follows aliases in any order, at most [`message::MAX_ALIASES`]; an alias without address is asked for, unless its name is longer than [`attempt::MAX_HOST`] | RFC 1034 section 3.6.2 |
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

use core::future::Future;
use core::net::Ipv4Addr;
#[cfg(feature = "ipv6")]
use core::net::Ipv6Addr;

use embassy_time::Timer;
use smoltcp::wire::IpAddress;

pub(crate) use addresses::Addresses;
use attempt::{Attempt, FIRST_BOUND};
pub(crate) use caching::CachingResolver;
pub use error::NameLookupError;

use crate::network::{Network, stack_address};

/// Rounds through all servers, after which the lookup fails.
const ROUNDS: u32 = 4;

/// A resolver that looks up one name at a time, without a cache.
pub(crate) struct Resolver {
    /// The server that answered last.
    preferred: Option<IpAddress>,
}

impl Resolver {
    /// Returns a resolver that begins with this server.
    pub(crate) const fn beginning_with(preferred: Option<IpAddress>) -> Self {
        Self { preferred }
    }

    /// Returns the server that answered last.
    #[cfg(feature = "nal")]
    pub(crate) const fn preferred(&self) -> Option<IpAddress> {
        self.preferred
    }

    /// Looks a name up. Returns its addresses, and for how many seconds they are valid. Addresses of a family that the device does not have
    /// are not asked for. `random` returns uniformly distributed values.
    ///
    /// It ends after [`ROUNDS`]; the caller enforces a shorter deadline. Its memory is in the future: that of a connection has space for it,
    /// since it is larger in the TLS handshake.
    #[allow(clippy::manual_async_fn, reason = "an async function would keep its arguments twice")]
    pub(crate) fn look_up<N: Network>(
        &mut self,
        network: &N,
        host: &str,
        mut random: impl FnMut() -> u32,
    ) -> impl Future<Output = Result<(Addresses, u32), NameLookupError>> {
        async move {
            let mut lookup = Attempt::new(network);
            lookup.set_host(host).ok_or(NameLookupError::InvalidName)?;
            if self.server(network, 0).is_none() {
                return Err(NameLookupError::NoServer);
            }
            let mut round = 0;
            while round < ROUNDS {
                let (mut index, mut answered) = (0, false);
                while let Some(server) = self.server(network, index) {
                    match lookup.ask(server, round, &mut random).await {
                        Ok(true) => {
                            self.preferred = Some(server);
                            return lookup.finish();
                        }
                        Ok(false) => {}
                        Err(_failure) => answered = true,
                    }
                    index += 1;
                }
                // Servers that fail at once are not asked again at once.
                if answered {
                    Timer::after(FIRST_BOUND).await;
                }
                round += 1;
            }
            lookup.finish()
        }
    }

    /// Returns a server of the network: the preferred one first.
    fn server(&self, network: &impl Network, index: usize) -> Option<IpAddress> {
        let mut servers = Addresses::NONE;
        network.dns_servers(&mut |server| {
            if let Some(server) = stack_address(server) {
                servers.add(server);
            }
        });
        if let Some(preferred) = self.preferred {
            servers.prefer(preferred);
        }
        servers.as_slice().get(index).copied()
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
