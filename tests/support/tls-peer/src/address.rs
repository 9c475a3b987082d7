//! Addresses for servers that cannot be given a socket.

use core::net::{Ipv4Addr, SocketAddr};
use core::sync::atomic::{AtomicU16, Ordering};

/// Below the ports that the system assigns to sockets without one.
const PORTS: core::ops::Range<u16> = 20_000..30_000;

static NEXT: AtomicU16 = AtomicU16::new(0);

/// Returns an address of the loopback interface that no other test uses.
///
/// A port that was found to be free can be taken by another test before the server listens on it, and then the client connects to
/// that test's server. All of 127.0.0.0/8 is loopback (RFC 1122 section 3.2.1.3), so each process has a host address of its own, derived
/// from its id, and each call returns another port.
pub fn own() -> SocketAddr {
    let [_, high, middle, low] = std::process::id().to_be_bytes();
    let port = PORTS.start + NEXT.fetch_add(1, Ordering::Relaxed) % (PORTS.end - PORTS.start);
    // Process ids have 22 bits on Linux.
    SocketAddr::from((Ipv4Addr::new(127, 64 | high & 63, middle, low), port))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_can_listen_on_distinct_addresses() {
        let addresses = [own(), own()];
        assert_ne!(addresses[0], addresses[1]);
        for address in addresses {
            assert!(address.ip().is_loopback());
            assert_eq!(std::net::TcpListener::bind(address).unwrap().local_addr().unwrap(), address);
        }
    }
}
