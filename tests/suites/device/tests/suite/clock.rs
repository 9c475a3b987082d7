//! The wall clock: no TLS without it, and the servers whose time is accepted.

use embassy_time::{Duration, Timer};
use genesys_token_device::{Chrony, Device, NEIGHBOURS, Setup, TIME_PORT, TimeServer, unix_time};
use genesys_token_embassy::{BUILT_AT, ClockError, StaticCredentials, TokenErrorKind, TransportErrorKind};
use genesys_token_sandbox::{DEMO_CLIENT_ID, DEMO_CLIENT_SECRET};

const ALL: [&str; 3] = ["10.97.0.2", "10.97.0.3", "10.97.0.4"];

/// Starts a device that uses these servers.
fn with_servers<T: Send>(
    servers: &'static [&'static str],
    timeout: Duration,
    work: impl AsyncFnOnce(&Device<'_>) -> T + Send,
) -> T {
    let adjust = move |settings: &mut genesys_token_embassy::Settings<'_>| {
        settings.time_servers = servers;
        settings.time_port = TIME_PORT;
    };
    let demo = StaticCredentials::new(DEMO_CLIENT_ID, DEMO_CLIENT_SECRET);
    Setup { clock: false, timeout, ..Setup::default() }.run_in(&[], |builder| builder, adjust, demo, work)
}

async fn has_no_clock(device: &Device<'_>) {
    loop {
        let error = device.client.token(&mut [0; 1024]).await.expect_err("there is no clock");
        match error.kind() {
            TokenErrorKind::Transport(error) if *error.kind() == TransportErrorKind::NoClock => break,
            // Before DHCP has completed on a loaded machine.
            TokenErrorKind::Transport(error) if *error.kind() == TransportErrorKind::NoNetwork => {
                Timer::after_millis(50).await;
            }
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(device.client.unix_time(), None);
    assert!(device.sandbox.connections().is_empty(), "not even a connection was made");
}

fn is_about(time: Option<u64>, expected: u64) {
    let time = time.expect("the clock is set");
    assert!(time.abs_diff(expected) <= 20, "{time} is not about {expected}");
}

#[test]
fn time_server_is_sufficient_for_a_token() {
    with_servers(&ALL[..1], Duration::from_secs(20), async |device| {
        let _server = TimeServer::ahead(NEIGHBOURS[0], 0);
        device.client.token(&mut [0; 1024]).await.expect("a token");
        is_about(device.client.unix_time(), unix_time());
    });
}

#[test]
fn time_from_chrony_is_accepted() {
    with_servers(&ALL[..1], Duration::from_secs(20), async |device| {
        let _server = Chrony::start(NEIGHBOURS[0]);
        device.client.token(&mut [0; 1024]).await.expect("a token");
        is_about(device.client.unix_time(), unix_time());
    });
}

#[test]
fn nothing_is_sent_before_the_clock_is_set() {
    with_servers(&ALL, Duration::from_secs(2), async |device| has_no_clock(device).await);
}

#[test]
fn time_before_the_build_is_rejected() {
    with_servers(&ALL[..1], Duration::from_secs(2), async |device| {
        let years = i64::try_from(unix_time() - BUILT_AT).unwrap() + 3600;
        let _server = TimeServer::ahead(NEIGHBOURS[0], -years);
        has_no_clock(device).await;
    });
}

#[test]
fn two_agreeing_servers_outvote_a_third() {
    with_servers(&ALL, Duration::from_secs(20), async |device| {
        let _servers = [
            TimeServer::ahead(NEIGHBOURS[0], 86_400 * 300),
            TimeServer::ahead(NEIGHBOURS[1], 0),
            TimeServer::ahead(NEIGHBOURS[2], 1),
        ];
        device.client.token(&mut [0; 1024]).await.expect("a token");
        is_about(device.client.unix_time(), unix_time());
    });
}

#[test]
fn disagreeing_servers_are_rejected() {
    with_servers(&ALL[..2], Duration::from_secs(2), async |device| {
        let _servers = [TimeServer::ahead(NEIGHBOURS[0], 3600), TimeServer::ahead(NEIGHBOURS[1], 0)];
        has_no_clock(device).await;
    });
}

#[test]
fn invalid_ntp_responses_are_rejected() {
    let spoils: [fn(&mut [u8; 48]); 5] = [
        // Not the response to this request.
        |packet| packet[30] ^= 1,
        // A kiss-o'-death packet, RFC 5905 section 7.4.
        |packet| packet[1] = 0,
        // The server's own clock is not set.
        |packet| packet[0] |= 0b1100_0000,
        // The mode of a client.
        |packet| packet[0] = 0b00_100_011,
        // No time at all.
        |packet| packet[40..48].fill(0),
    ];
    for spoil in spoils {
        with_servers(&ALL[..1], Duration::from_secs(1), async |device| {
            let _server = TimeServer::spoilt(NEIGHBOURS[0], spoil);
            has_no_clock(device).await;
        });
    }
}

#[test]
fn program_can_set_plausible_times_only() {
    with_servers(&[], Duration::from_secs(20), async |device| {
        assert_eq!(device.client.set_unix_time(BUILT_AT - 1), Err(ClockError));
        assert_eq!(device.client.unix_time(), None);
        let client = device.client;
        let set = async {
            Timer::after_millis(300).await;
            client.set_unix_time(unix_time()).expect("this host's clock is right");
        };
        let mut buffer = [0; 1024];
        let (token, ()) = embassy_futures::join::join(client.token(&mut buffer), set).await;
        token.expect("a token, as soon as there is a time");
    });
}

#[test]
fn certificate_expired_by_device_clock_is_rejected() {
    with_servers(&[], Duration::from_secs(20), async |device| {
        // The sandbox's leaf certificates are valid for 198 days.
        device.client.set_unix_time(unix_time() + 250 * 86_400).expect("it may be so late");
        let error = device.client.token(&mut [0; 1024]).await.expect_err("the certificate has expired");
        assert!(error.to_string().contains("expired"), "{error}");
        assert!(device.sandbox.record().is_empty());
    });
}

/// The first answer of the only server is accepted, because there is nothing to compare it with. The sandbox's certificates are
/// valid for 198 days, so every call fails; the server's next answers must be accepted, or the device stays offline until it is
/// restarted.
#[test]
fn wrong_first_answer_of_the_only_server_is_corrected() {
    with_servers(&ALL[..1], Duration::from_secs(20), async |device| {
        let _server = TimeServer::wrong_at_first(NEIGHBOURS[0], &[300 * 86_400]);
        let error = device.client.token(&mut [0; 1024]).await.expect_err("the certificate has expired");
        assert!(error.to_string().contains("expired"), "{error}");
        while device.client.token(&mut [0; 1024]).await.is_err() {
            Timer::after_millis(20).await;
        }
        is_about(device.client.unix_time(), unix_time());
    });
}

/// RFC 5905 section 11.2.1 requires a majority of servers. A server with two names has one clock.
#[test]
fn one_server_under_two_names_is_one_opinion() {
    let adjust = |settings: &mut genesys_token_embassy::Settings<'_>| {
        settings.time_servers = &["one.sandbox.test", "two.sandbox.test", "10.97.0.3"];
        settings.time_port = TIME_PORT;
    };
    let names = [
        "--address=/one.sandbox.test/10.97.0.2",
        "--address=/two.sandbox.test/10.97.0.2",
        "--address=/sandbox.test/10.97.0.1",
    ];
    let demo = StaticCredentials::new(DEMO_CLIENT_ID, DEMO_CLIENT_SECRET);
    let setup = Setup { clock: false, timeout: Duration::from_secs(2), ..Setup::default() };
    setup.run_in(
        &names,
        |builder| builder,
        adjust,
        demo,
        async |device| {
            let _servers = [TimeServer::ahead(NEIGHBOURS[0], 3600), TimeServer::ahead(NEIGHBOURS[1], 0)];
            has_no_clock(device).await;
        },
    );
}

#[test]
fn server_that_was_not_synchronised_is_asked_again() {
    with_servers(&ALL[..1], Duration::from_secs(20), async |device| {
        let _server = TimeServer::unsynchronised_at_first(NEIGHBOURS[0], 2);
        while device.client.token(&mut [0; 1024]).await.is_err() {
            Timer::after_millis(20).await;
        }
        is_about(device.client.unix_time(), unix_time());
    });
}
