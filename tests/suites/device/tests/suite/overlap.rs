//! Attempts to connect that overlap, on a device with both families (RFC 8305 section 5). What is asserted is which attempts there are, in
//! their order; never how long they take.

use std::net::IpAddr;

use embassy_net::IpAddress;
use embassy_net::udp::{PacketMetadata, UdpSocket};
use embassy_time::{Duration, Timer};
use genesys_token_device::{Device, Families, ROUTER, ROUTER_V6, Setup, unix_time};
use genesys_token_embassy::{Phase, StaticCredentials, TokenErrorKind, TransportErrorKind};
use genesys_token_sandbox::{Builder, DEMO_CLIENT_ID, DEMO_CLIENT_SECRET};

/// Router, DNS server and service.
const ALIVE: [&str; 2] = ["fd97::1", "10.97.0.1"];
/// Addresses behind the router that no host has (RFC 3849, RFC 5737). The router drops what is sent there.
const DEAD: [&str; 3] = ["2001:db8::1", "198.51.100.1", "2001:db8::2"];

/// Runs a device with both families, whose hosts have these addresses. IPv6 is tried first.
fn with_addresses<T: Send>(
    addresses: &[&str],
    timeout: u64,
    build: impl FnOnce(Builder) -> Builder + Send,
    work: impl AsyncFnOnce(&Device<'_>) -> T + Send,
) -> T {
    let names: Vec<_> =
        addresses.iter().map(|address| format!("--address=/login.sandbox.test/{address}")).collect();
    let setup = Setup {
        families: Families::Both,
        timeout: Duration::from_secs(timeout),
        clock: false,
        ..Setup::default()
    };
    setup.run_in(
        &names.iter().map(String::as_str).collect::<Vec<_>>(),
        build,
        |_| {},
        StaticCredentials::new(DEMO_CLIENT_ID, DEMO_CLIENT_SECRET),
        async |device| {
            // No exchange begins before the time is known, and both families are available by then.
            while device.stack.config_v4().is_none() {
                Timer::after_millis(10).await;
            }
            for router in [ROUTER_V6.into(), ROUTER.into()] {
                find_neighbour(device, router).await;
            }
            device.client.set_unix_time(unix_time()).expect("this host's clock is right");
            work(device).await
        },
    )
}

/// Has the device find the router's hardware address: smoltcp asks for one a second, which would delay some attempts.
async fn find_neighbour(device: &Device<'_>, router: IpAddress) {
    // A query for the A record of "x.", RFC 1035 section 4.
    const QUERY: &[u8] = b"\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x01x\x00\x00\x01\x00\x01";
    let (mut rx_meta, mut tx_meta) = ([PacketMetadata::EMPTY; 1], [PacketMetadata::EMPTY; 1]);
    let (mut rx, mut tx) = ([0; 512], [0; 512]);
    let mut socket = UdpSocket::new(device.stack, &mut rx_meta, &mut rx, &mut tx_meta, &mut tx);
    socket.bind(9).expect("the port is free");
    socket.send_to(QUERY, (router, 53)).await.expect("there is a route");
    socket.recv_from(&mut [0; 512]).await.expect("an answer");
}

/// Obtains a token within the first exchange. Returns the attempts.
async fn attempts_for_a_token(device: &Device<'_>) -> Vec<String> {
    device.client.token(&mut [0; 1024]).await.expect("a token");
    assert_eq!(device.sandbox.record().len(), 1, "within the first exchange");
    attempts(device)
}

fn attempts(device: &Device<'_>) -> Vec<String> {
    device.wire.attempts().iter().map(IpAddr::to_string).collect()
}

/// The other family is tried once the delay is over, while the first attempt goes on: there is no second one for the dead address. The
/// small socket finds the address, and the connection's own socket connects to it.
#[test]
fn black_hole_of_the_first_family_costs_one_delay() {
    with_addresses(
        &[DEAD[0], ALIVE[1]],
        20,
        |builder| builder,
        async |device| {
            assert_eq!(attempts_for_a_token(device).await, [DEAD[0], ALIVE[1], ALIVE[1]]);
        },
    );
}

/// A round trip of 500 ms: the second attempt begins before the first is answered, and is given up when it is.
#[test]
fn overtaken_attempt_wins_if_it_is_answered_first() {
    with_addresses(
        &ALIVE,
        20,
        |builder| builder,
        async |device| {
            device.wire.set_round_trip(Duration::from_millis(500));
            assert_eq!(attempts_for_a_token(device).await, ALIVE);
            let connections = device.sandbox.connections();
            let peers: Vec<_> = connections.iter().map(|it| it.peer.ip().to_canonical()).collect();
            assert!(matches!(peers[..], [IpAddr::V6(_)]), "{peers:?}");
        },
    );
}

/// The next attempt needs no delay, and no small socket.
#[test]
fn refused_attempt_starts_the_next_at_once() {
    with_addresses(
        &ALIVE,
        20,
        |builder| builder.address(ROUTER),
        async |device| {
            assert_eq!(attempts_for_a_token(device).await, ALIVE);
        },
    );
}

#[test]
fn dead_addresses_are_tried_until_the_deadline() {
    with_addresses(
        &DEAD,
        4,
        |builder| builder,
        async |device| {
            let error = device.client.token(&mut [0; 1024]).await.expect_err("no address answers");
            let TokenErrorKind::Transport(error) = error.kind() else { panic!("{error:?}") };
            assert_eq!(
                (error.phase(), error.kind()),
                (Phase::Connect, &TransportErrorKind::TimedOut),
                "{error:?}"
            );
            // The name server returns those of a family in any order.
            let attempts = attempts(device);
            let mut first: Vec<_> = attempts.iter().take(3).map(String::as_str).collect();
            assert_eq!(first.get(1), Some(&DEAD[1]), "the families in turn: {attempts:?}");
            first.sort_unstable();
            assert_eq!(first, [DEAD[1], DEAD[0], DEAD[2]], "{attempts:?}");
        },
    );
}

/// smoltcp asks for one hardware address a second, whichever socket needs it: a neighbour that does not exist must not take that from one
/// that does.
#[test]
fn dead_neighbour_does_not_block_the_search_for_another() {
    with_addresses(
        &["fd97::201", "10.97.0.2"],
        20,
        |builder| builder,
        async |device| {
            attempts_for_a_token(device).await;
        },
    );
}
