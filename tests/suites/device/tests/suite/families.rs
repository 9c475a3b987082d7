//! IPv6, alone and together with IPv4: names, TCP, TLS, time, and addresses that do not answer.

use embassy_time::{Duration, Timer};
use genesys_token_device::{
    Device, Families, NEIGHBOURS, ROUTER_V6, Setup, TIME_PORT, TimeServer, unix_time,
};
use genesys_token_embassy::{Settings, StaticCredentials, TokenErrorKind};
use genesys_token_sandbox::{Beginning, DEMO_CLIENT_ID, DEMO_CLIENT_SECRET};

const SERVICE: &str = "--address=/sandbox.test/fd97::1";

fn run(families: Families, names: &[&str], work: impl AsyncFnOnce(&Device<'_>) + Send) {
    let demo = StaticCredentials::new(DEMO_CLIENT_ID, DEMO_CLIENT_SECRET);
    let setup = Setup { families, ..Setup::default() };
    setup.run_in(names, |builder| builder, |_| {}, demo, work);
}

async fn serves(device: &Device<'_>, families: &[u8]) {
    device.client.token(&mut [0; 1024]).await.expect("a token");
    let mut body = [0; 2048];
    device.client.verify(&mut body).await.expect("a response");
    // Without those of small sockets, which only find out which address accepts.
    let connections = device.sandbox.connections();
    let used = connections.iter().filter(|connection| matches!(connection.beginning, Beginning::Tls(_)));
    let peers: Vec<_> = used.map(|connection| connection.peer.ip()).collect();
    let found: Vec<_> = peers.iter().map(|peer| if peer.to_canonical().is_ipv4() { 4 } else { 6 }).collect();
    assert_eq!(found, families, "{peers:?}");
}

#[test]
fn ipv6_alone_is_sufficient() {
    run(Families::V6, &[SERVICE], async |device| {
        assert!(device.stack.config_v4().is_none());
        serves(device, &[6, 6]).await;
    });
}

#[test]
fn unresponsive_ipv6_addresses_are_skipped() {
    let names = [
        "--address=/login.sandbox.test/fd97::201",
        "--address=/login.sandbox.test/fd97::202",
        "--address=/login.sandbox.test/fd97::1",
        // Unusable without IPv4, and not tried.
        "--address=/login.sandbox.test/10.97.0.1",
        "--address=/api.sandbox.test/fd97::1",
    ];
    run(Families::V6, &names, async |device| {
        serves(device, &[6, 6]).await;
    });
}

/// With both families the first address is one of IPv6.
#[test]
fn dead_address_of_one_family_falls_back_to_the_other() {
    let names = [
        "--address=/login.sandbox.test/10.97.0.201",
        "--address=/login.sandbox.test/fd97::1",
        "--address=/api.sandbox.test/10.97.0.1",
        "--address=/api.sandbox.test/fd97::201",
    ];
    let setup = Setup { families: Families::Both, clock: false, ..Setup::default() };
    let demo = StaticCredentials::new(DEMO_CLIENT_ID, DEMO_CLIENT_SECRET);
    setup.run_in(
        &names,
        |builder| builder,
        |_| {},
        demo,
        async |device| {
            // No exchange begins before the time is known, and both families are available by then.
            while device.stack.config_v4().is_none() {
                Timer::after_millis(10).await;
            }
            device.client.set_unix_time(unix_time()).expect("this host's clock is right");
            serves(device, &[6, 4]).await;
        },
    );
}

/// IPv6 is available at once, and IPv4 only after DHCP.
#[test]
fn dual_stack_device_reaches_service_of_either_family() {
    for (name, families) in [("--address=/sandbox.test/10.97.0.1", [4, 4]), (SERVICE, [6, 6])] {
        run(Families::Both, &[name], async |device| {
            while device.client.token(&mut [0; 1024]).await.is_err() {
                Timer::after_millis(20).await;
            }
            serves(device, &families).await;
        });
    }
}

#[test]
fn service_without_ipv6_is_reported_on_ipv6_only_device() {
    run(Families::V6, &["--address=/sandbox.test/10.97.0.1"], async |device| {
        let error = device.client.token(&mut [0; 1024]).await.expect_err("there is no way");
        assert!(matches!(error.kind(), TokenErrorKind::Transport(_)), "{error:?}");
        assert!(error.to_string().contains("could not be looked up"), "{error}");
    });
}

fn with_time_from(server: &'static [&'static str], names: &[&str]) {
    let adjust = move |settings: &mut Settings<'_>| {
        settings.time_servers = server;
        settings.time_port = TIME_PORT;
    };
    let demo = StaticCredentials::new(DEMO_CLIENT_ID, DEMO_CLIENT_SECRET);
    let setup = Setup {
        families: Families::Both,
        clock: false,
        timeout: Duration::from_secs(30),
        ..Setup::default()
    };
    setup.run_in(
        names,
        |builder| builder,
        adjust,
        demo,
        async |device| {
            let _server = TimeServer::ahead(ROUTER_V6, 0);
            device.client.token(&mut [0; 1024]).await.expect("a token");
            assert!(device.client.unix_time().is_some());
        },
    );
}

#[test]
fn time_server_over_ipv6() {
    with_time_from(&["fd97::1"], &[SERVICE]);
}

#[test]
fn every_address_of_a_time_server_is_asked() {
    assert_eq!(NEIGHBOURS[0].to_string(), "10.97.0.2", "an address without a time server");
    with_time_from(
        &["time.sandbox.test"],
        &[
            "--address=/time.sandbox.test/10.97.0.2",
            "--address=/time.sandbox.test/fd97::1",
            "--address=/login.sandbox.test/fd97::1",
        ],
    );
}
