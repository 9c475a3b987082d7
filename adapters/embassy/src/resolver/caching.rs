//! The resolver with a cache in front.

use smoltcp::wire::IpAddress;

use super::addresses::Addresses;
use super::cache::Cache;
use super::error::NameLookupError;
use super::{Resolver, literal};
use crate::network::Network;

/// A resolver that looks up one name at a time, and keeps addresses for their TTL.
pub(crate) struct CachingResolver<'r> {
    cache: Cache<'r>,
    resolver: Resolver,
}

impl<'r> CachingResolver<'r> {
    pub(crate) fn new() -> Self {
        Self { cache: Cache::new(), resolver: Resolver::beginning_with(None) }
    }

    /// Looks a name up: in the cache, else by [`Resolver::look_up`]. An address in text form is returned as it is.
    pub(crate) async fn look_up<N: Network>(
        &mut self,
        network: &N,
        host: &'r str,
        random: impl FnMut() -> u32,
    ) -> Result<Addresses, NameLookupError> {
        if let Some(address) = literal(host) {
            return Ok(Addresses::one(address));
        }
        if let Some(addresses) = self.cache.find(host) {
            return Ok(addresses);
        }
        let (addresses, ttl) = self.resolver.look_up(network, host, random).await?;
        self.cache.insert(host, &addresses, ttl);
        Ok(addresses)
    }

    /// Records that an address of this host accepted a connection: while it is cached, it is tried first.
    pub(crate) fn prefer(&mut self, host: &str, address: IpAddress) {
        self.cache.prefer(host, address);
    }

    /// Discards the cached addresses of a host, after a connection to them failed.
    pub(crate) fn forget(&mut self, host: &str) {
        self.cache.remove(host);
    }
}
