//! The addresses of one name.

use core::net::Ipv4Addr;

use smoltcp::wire::IpAddress;

/// Addresses used of each family. Those of IPv6 are four times as large.
const MAX_V4: usize = 8;
const MAX_V6: usize = if cfg!(feature = "ipv6") { 4 } else { 0 };
const CAPACITY: usize = MAX_V4 + MAX_V6;

/// The addresses of one name, at most eight of IPv4 and four of IPv6. Further ones are dropped.
#[derive(Clone, Copy)]
pub(crate) struct Addresses {
    all: [IpAddress; CAPACITY],
    count: u8,
    /// An address of IPv4 accepted a connection last.
    #[cfg(feature = "ipv6")]
    v4_first: bool,
}

impl Addresses {
    pub(super) const NONE: Self = Self {
        all: [IpAddress::Ipv4(Ipv4Addr::UNSPECIFIED); CAPACITY],
        count: 0,
        #[cfg(feature = "ipv6")]
        v4_first: false,
    };

    pub(crate) fn one(address: IpAddress) -> Self {
        let mut addresses = Self::NONE;
        addresses.add(address);
        addresses
    }

    pub(super) fn add(&mut self, address: IpAddress) {
        let known = self.as_slice().contains(&address);
        let same_family = self.as_slice().iter().filter(|other| is_v4(**other) == is_v4(address)).count();
        if !known
            && same_family < if is_v4(address) { MAX_V4 } else { MAX_V6 }
            && let Some(place) = self.all.get_mut(usize::from(self.count))
        {
            *place = address;
            self.count += 1;
        }
    }

    pub(crate) fn len(&self) -> usize {
        usize::from(self.count)
    }

    /// Returns the addresses in the order in which they were added, or preferred.
    pub(super) fn as_slice(&self) -> &[IpAddress] {
        self.all.get(..usize::from(self.count)).unwrap_or_default()
    }

    /// Puts this address and its family first, if it is one of them.
    pub(super) fn prefer(&mut self, address: IpAddress) {
        if let Some(at) = self.as_slice().iter().position(|other| *other == address) {
            self.all.get_mut(..=at).unwrap_or_default().rotate_right(1);
            #[cfg(feature = "ipv6")]
            {
                self.v4_first = is_v4(address);
            }
        }
    }

    /// Returns the addresses in the order in which to try them: the families in turn, so that a family without a route costs one attempt
    /// (RFC 8305 section 4). IPv6 is first (RFC 6724 section 2.1, for addresses with global scope) until an address of IPv4 has accepted a
    /// connection.
    pub(crate) fn iter(&self) -> impl Iterator<Item = IpAddress> {
        (0..CAPACITY).map_while(|index| self.in_turn(index))
    }

    #[cfg(feature = "ipv6")]
    fn in_turn(&self, index: usize) -> Option<IpAddress> {
        let of_family = |v4| self.as_slice().iter().filter(move |other| is_v4(**other) == v4);
        let counts = [of_family(true).count(), of_family(false).count()];
        let pairs = 2 * counts[0].min(counts[1]);
        let (v4, nth) = if index < pairs {
            (index.is_multiple_of(2) == self.v4_first, index / 2)
        } else {
            (counts[0] > counts[1], index - pairs / 2)
        };
        of_family(v4).nth(nth).copied()
    }

    // Inlined, it would be in the image several times.
    #[cfg(not(feature = "ipv6"))]
    #[inline(never)]
    fn in_turn(&self, index: usize) -> Option<IpAddress> {
        self.as_slice().get(index).copied()
    }
}

const fn is_v4(address: IpAddress) -> bool {
    match address {
        IpAddress::Ipv4(_) => true,
        #[cfg(feature = "ipv6")]
        IpAddress::Ipv6(_) => false,
    }
}
