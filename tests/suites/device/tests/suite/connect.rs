//! The order of connection attempts when a name has several addresses.

use std::net::{IpAddr, Ipv4Addr};

use embassy_time::{Duration, Timer};
use genesys_token_device::{DNS_SERVERS, Device, DnsServer, Setup};
use genesys_token_embassy::StaticCredentials;
use genesys_token_sandbox::{DEMO_CLIENT_ID, DEMO_CLIENT_SECRET};

/// Addresses behind the router that no host has (RFC 5737). The router drops what is sent there.
const DEAD: [Ipv4Addr; 2] = [Ipv4Addr::new(198, 51, 100, 1), Ipv4Addr::new(198, 51, 100, 2)];
/// Router, DNS server and service. The device learns its hardware address by the DNS query: smoltcp sends one ARP request a second.
const ALIVE: Ipv4Addr = DNS_SERVERS[0];

/// Runs a device for which every name has these addresses, in this order.
fn with_addresses(
    timeout: Duration,
    addresses: &'static [Ipv4Addr],
    work: impl AsyncFnOnce(&Device<'_>) + Send,
) {
    let options = [3, 6].map(|option| format!("--dhcp-option={option},{ALIVE}"));
    Setup { timeout, ..Setup::default() }.run_in(
        &options.each_ref().map(String::as_str),
        |builder| builder,
        |_| {},
        StaticCredentials::new(DEMO_CLIENT_ID, DEMO_CLIENT_SECRET),
        async |device| {
            let _server = DnsServer::with_addresses(ALIVE, addresses);
            work(device).await;
        },
    );
}

/// An attempt may be given up before a distant host has answered, so each address is tried a second time, for longer.
#[test]
fn addresses_that_did_not_answer_are_tried_again() {
    with_addresses(Duration::from_secs(4), &DEAD, async |device| {
        device.client.token(&mut [0; 1024]).await.expect_err("no address answers");
        let attempts = device.wire.attempts();
        assert_eq!(attempts.get(..2), Some(&DEAD.map(IpAddr::from)[..]), "{attempts:?}");
        for dead in DEAD {
            assert!(attempts.iter().filter(|address| **address == dead).count() > 1, "{attempts:?}");
        }
    });
}

/// Runs a device whose network has a round trip of two seconds, as over a satellite or NB-IoT, and requests a token within one exchange.
fn token_over_slow_network(addresses: &'static [Ipv4Addr]) {
    with_addresses(Duration::from_secs(20), addresses, async |device| {
        device.wire.set_round_trip(Duration::from_secs(2));
        device.client.token(&mut [0; 1024]).await.expect("a token");
        assert_eq!(device.sandbox.record().len(), 1, "within the first exchange");
    });
}

/// Seven dead addresses after it take no time that it needs.
#[test]
fn address_is_tried_for_as_long_as_a_slow_network_needs() {
    const fn dead(last: u8) -> Ipv4Addr {
        Ipv4Addr::new(198, 51, 100, last)
    }
    const ADDRESSES: [Ipv4Addr; 8] = [ALIVE, dead(1), dead(2), dead(3), dead(4), dead(5), dead(6), dead(7)];
    token_over_slow_network(&ADDRESSES);
}

#[test]
fn second_address_is_found_over_a_slow_network() {
    token_over_slow_network(&[DEAD[0], ALIVE]);
}

/// A dead address costs the first connection some time, and later ones none while the addresses are cached.
#[test]
fn address_that_accepted_last_is_tried_first() {
    with_addresses(Duration::from_secs(20), &[DEAD[0], ALIVE], async |device| {
        let mut body = [0; 2048];
        device.client.verify(&mut body).await.expect("a response");
        let first = device.wire.attempts();
        assert_eq!(first.first(), Some(&DEAD[0].into()), "{first:?}");
        device.sandbox.close_idle_connections();
        Timer::after_millis(200).await;
        device.client.verify(&mut body).await.expect("a response");
        let attempts = device.wire.attempts();
        assert_eq!(attempts.get(first.len()..), Some(&[ALIVE.into()][..]), "{attempts:?}");
    });
}
