//! Host names to addresses.

use embassy_net::dns::{self, DnsQueryType};
use embassy_net::{IpAddress, Stack};

use super::error::TransportErrorKind;

/// Addresses used of one name and family.
const ADDRESSES: usize = smoltcp::config::DNS_MAX_RESULT_COUNT;

/// The addresses of one name.
pub(crate) struct Addresses {
    all: [Option<IpAddress>; 2 * ADDRESSES],
    count: usize,
}

impl Addresses {
    fn add(&mut self, address: IpAddress) {
        if let Some(place) = self.all.get_mut(self.count) {
            *place = Some(address);
            self.count += 1;
        }
    }

    pub(crate) const fn len(&self) -> usize {
        self.count
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = IpAddress> {
        self.all.iter().flatten().copied()
    }
}

/// Looks a name up; an address in text form is returned as it is. Addresses of a family that the device does not have are not
/// looked up.
pub(crate) async fn look_up(stack: Stack<'_>, host: &str) -> Result<Addresses, TransportErrorKind> {
    let mut addresses = Addresses { all: [None; 2 * ADDRESSES], count: 0 };
    let mut failure: Option<dns::Error> = None;
    if !cfg!(feature = "ipv6") || stack.config_v4().is_some() {
        match stack.dns_query(host, DnsQueryType::A).await {
            Ok(found) => found.iter().for_each(|address| addresses.add(*address)),
            Err(error) => failure = Some(error),
        }
    }
    #[cfg(feature = "ipv6")]
    if stack.config_v6().is_some() {
        match stack.dns_query(host, DnsQueryType::Aaaa).await {
            Ok(found) => found.iter().for_each(|address| addresses.add(*address)),
            Err(error) => failure = failure.or(Some(error)),
        }
    }
    match failure {
        Some(error) if addresses.count == 0 => Err(TransportErrorKind::NameLookup(error)),
        _ if addresses.count == 0 => Err(TransportErrorKind::NoAddress),
        _ => Ok(addresses),
    }
}
