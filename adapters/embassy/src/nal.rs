//! The traits of embedded-nal-async, with the feature `nal`: this package's resolver as [`Dns`], and verified TLS over any TCP stack as
//! `TcpConnect` (from genesys-token-tls).
//!
//! Clients that are built on these traits, for HTTP or MQTT for example, so get verified TLS 1.3 and a lookup that asks all DNS servers
//! of the network. `embassy_net::tcp::client::TcpClient` is the TCP stack; without an IPv6 stack it panics for an IPv6 address, which
//! [`NameLookup`] does not return then.

use core::cell::{Cell, RefCell};
use core::fmt;
use core::future::Future;
use core::net::IpAddr;

use embedded_nal_async::{AddrType, Dns};
pub use genesys_token_tls::nal::{NalError, TlsConnection, TlsConnector};

use smoltcp::wire::IpAddress;

use crate::network::Network;
use crate::random::Random;
use crate::resolver::{Addresses, NameLookupError, Resolver, literal};

/// A resolver that asks all DNS servers of the network, beginning with the one that answered last.
///
/// Addresses are not cached. A lookup takes as long as the servers do, at most about half a minute: drop the future at the deadline.
/// Each lookup needs one socket of the stack's `StackResources`, and less than 1 KB in its future on a device with IPv4. Responses are not
/// authenticated, so connect with TLS.
pub struct NameLookup<N> {
    network: N,
    /// The server that answered last.
    preferred: Cell<Option<IpAddress>>,
    random: RefCell<Random>,
}

impl<N: Network> NameLookup<N> {
    /// Creates a resolver for this network. `random`: a uniformly distributed value from the device's generator, for ids and ports
    /// of queries (RFC 5452 section 9.2).
    #[must_use]
    pub const fn new(network: N, random: u32) -> Self {
        Self { network, preferred: Cell::new(None), random: RefCell::new(Random::new(random)) }
    }
}

impl<N> fmt::Debug for NameLookup<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NameLookup").finish_non_exhaustive()
    }
}

impl<N: Network> Dns for NameLookup<N> {
    type Error = NameLookupError;

    /// Returns the first address of the family. Of either family: one of IPv4 if there is one, because the caller makes a single attempt, and
    /// an IPv6 address from router advertisements promises less than a DHCP lease that there is a route behind the router.
    ///
    /// # Errors
    /// [`NameLookupError`]; [`NoAddress`](NameLookupError::NoAddress) too if there are addresses of the other family only.
    ///
    /// # Cancel safety
    /// Dropping the future ends the lookup, and changes nothing else.
    #[allow(clippy::manual_async_fn, reason = "an async function would keep its arguments twice")]
    fn get_host_by_name(
        &self,
        host: &str,
        family: AddrType,
    ) -> impl Future<Output = Result<IpAddr, NameLookupError>> {
        async move {
            let addresses = if let Some(address) = literal(host) {
                Addresses::one(address)
            } else {
                let random = || self.random.try_borrow_mut().map_or(0, |mut random| random.next());
                let mut resolver = Resolver::beginning_with(self.preferred.get());
                let found = resolver.look_up(&self.network, host, random).await;
                self.preferred.set(resolver.preferred());
                found?.0
            };
            let first = |is_wanted: fn(&IpAddr) -> bool| addresses.iter().map(ip).find(is_wanted);
            let address = match family {
                AddrType::IPv4 => first(IpAddr::is_ipv4),
                AddrType::IPv6 => first(IpAddr::is_ipv6),
                AddrType::Either => first(IpAddr::is_ipv4).or_else(|| first(IpAddr::is_ipv6)),
            };
            address.ok_or(NameLookupError::NoAddress)
        }
    }

    /// Not supported: nothing here needs the name of an address.
    ///
    /// # Errors
    /// [`NameLookupError::InvalidName`] always.
    async fn get_host_by_address(
        &self,
        _address: IpAddr,
        _name: &mut [u8],
    ) -> Result<usize, NameLookupError> {
        Err(NameLookupError::InvalidName)
    }
}

fn ip(address: IpAddress) -> IpAddr {
    match address {
        IpAddress::Ipv4(address) => IpAddr::V4(address),
        #[cfg(feature = "ipv6")]
        IpAddress::Ipv6(address) => IpAddr::V6(address),
    }
}
