//! Addresses that were looked up before.

use embassy_time::Instant;
use smoltcp::wire::IpAddress;

use super::addresses::Addresses;

/// The longest time that addresses are cached, in seconds, whatever their TTL: a device that runs for months must notice a move.
pub(super) const MAX_AGE: u32 = 60 * 60;

/// One entry for each host of the service.
const ENTRIES: usize = 2;

pub(super) struct Cache<'r> {
    entries: [Option<Entry<'r>>; ENTRIES],
}

#[derive(Clone, Copy)]
struct Entry<'r> {
    host: &'r str,
    addresses: Addresses,
    /// In seconds of the monotonic clock, which do not overflow in a century.
    expires_at: u32,
}

impl<'r> Cache<'r> {
    pub(super) const fn new() -> Self {
        Self { entries: [None; ENTRIES] }
    }

    pub(super) fn find(&self, host: &str) -> Option<Addresses> {
        let now = seconds();
        let mut entries = self.entries.iter().flatten();
        entries.find(|entry| entry.host == host && entry.expires_at > now).map(|entry| entry.addresses)
    }

    /// Replaces the entry of this host, a free one, or the one that expires first. `ttl` in seconds; zero is not cached.
    pub(super) fn insert(&mut self, host: &'r str, addresses: &Addresses, ttl: u32) {
        self.remove(host);
        let expires_at = seconds().saturating_add(ttl.min(MAX_AGE));
        let oldest = self.entries.iter_mut().min_by_key(|entry| entry.as_ref().map(|entry| entry.expires_at));
        if let Some(place) = oldest.filter(|_| ttl > 0) {
            *place = Some(Entry { host, addresses: *addresses, expires_at });
        }
    }

    /// Records that an address of this host accepted a connection.
    pub(super) fn prefer(&mut self, host: &str, address: IpAddress) {
        if let Some(entry) = self.entries.iter_mut().flatten().find(|entry| entry.host == host) {
            entry.addresses.prefer(address);
        }
    }

    pub(super) fn remove(&mut self, host: &str) {
        for entry in &mut self.entries {
            if entry.as_ref().is_some_and(|entry| entry.host == host) {
                *entry = None;
            }
        }
    }
}

/// Returns the monotonic clock in whole seconds.
fn seconds() -> u32 {
    u32::try_from(Instant::now().as_secs()).unwrap_or(u32::MAX)
}
