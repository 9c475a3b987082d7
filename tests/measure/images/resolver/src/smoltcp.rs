//! smoltcp's resolver.

use embassy_net::dns::DnsSocket;
use embedded_nal_async::{AddrType, Dns as _};

use crate::device::{NAME, reported, run};

/// A device with smoltcp's resolver.
pub fn smoltcp() {
    run(async |stack| {
        let resolver = DnsSocket::new(stack);
        reported(resolver.get_host_by_name(NAME, AddrType::IPv4)).await.is_ok()
    });
}
