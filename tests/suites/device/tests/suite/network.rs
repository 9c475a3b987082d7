//! Faults of networks: lost, duplicated and reordered packets, unplugged cables, names with several addresses.

use embassy_time::{Duration, Timer};
use genesys_token_device::{Faults, Setup};
use genesys_token_embassy::{
    ApiError, ApiRequest, Method, Phase, Settings, StaticCredentials, TokenErrorKind, TransportErrorKind,
};
use genesys_token_sandbox::{Behaviour, DEMO_CLIENT_ID, DEMO_CLIENT_SECRET, Host};

fn demo() -> StaticCredentials<'static> {
    StaticCredentials::new(DEMO_CLIENT_ID, DEMO_CLIENT_SECRET)
}

/// Requests a token within one exchange, which has one deadline, and makes a call: whichever packets the fault affects.
fn survives(faults: Faults, seeds: u64) {
    let mut dropped = 0;
    for seed in 0..seeds {
        dropped += Setup { faults: Faults { seed, ..faults }, ..Setup::default() }.run(async |device| {
            let mut buffer = [0; 1024];
            device
                .client
                .token(&mut buffer)
                .await
                .unwrap_or_else(|error| panic!("{faults:?}, seed {seed}: {error}"));
            let mut body = [0; 2048];
            device
                .client
                .verify(&mut body)
                .await
                .unwrap_or_else(|error| panic!("{faults:?}, seed {seed}: {error}"));
            assert_eq!(device.sandbox.record().len(), 2, "nothing was sent twice");
            device.wire.dropped()
        });
    }
    assert!(faults.loss == 0 || dropped > 0, "no packet met the fault");
}

#[test]
fn survives_packet_loss() {
    survives(Faults { loss: 10, ..Faults::default() }, 6);
}

#[test]
fn survives_packet_duplication() {
    survives(Faults { duplication: 30, ..Faults::default() }, 2);
}

#[test]
fn survives_packet_reordering() {
    survives(Faults { reordering: 30, ..Faults::default() }, 2);
}

#[test]
fn survives_loss_duplication_and_reordering_together() {
    survives(Faults { loss: 5, duplication: 10, reordering: 10, seed: 0 }, 4);
}

#[test]
fn dead_link_error_names_the_phase_and_recovers() {
    let setup = Setup { timeout: Duration::from_secs(2), ..Setup::default() };
    setup.run(async |device| {
        device.stack.wait_config_up().await;
        device.wire.set_dead(true);
        let mut buffer = [0; 1024];
        let error = device.client.token(&mut buffer).await.expect_err("nothing passes");
        match error.kind() {
            TokenErrorKind::Transport(error) => {
                assert_eq!(error.kind(), &TransportErrorKind::TimedOut, "{error:?}");
                assert!(matches!(error.phase(), Phase::NameLookup | Phase::Connect), "{error:?}");
            }
            other => panic!("{other:?}"),
        }
        assert!(error.retry_in().is_some());
        device.wire.set_dead(false);
        while device.client.token(&mut buffer).await.is_err() {
            Timer::after_millis(20).await;
        }
    });
}

#[test]
fn unplugged_cable_is_reported_and_recovers() {
    let setup = Setup { timeout: Duration::from_secs(1), ..Setup::default() };
    setup.run(async |device| {
        device.wire.set_unplugged(true);
        let mut buffer = [0; 1024];
        let error = device.client.token(&mut buffer).await.expect_err("there is no network");
        assert!(error.to_string().contains("no network"), "{error}");
        device.wire.set_unplugged(false);
        while device.client.token(&mut buffer).await.is_err() {
            Timer::after_millis(20).await;
        }
    });
}

#[test]
fn call_over_dead_link_times_out_and_next_call_works() {
    let setup = Setup { timeout: Duration::from_secs(2), ..Setup::default() };
    setup.run(async |device| {
        let mut body = [0; 2048];
        device.client.verify(&mut body).await.expect("a response");
        device.wire.set_dead(true);
        device.client.verify(&mut body).await.expect_err("nothing passes");
        device.wire.set_dead(false);
        device.client.verify(&mut body).await.expect("a response");
        assert!(device.wire.dropped() > 0);
    });
}

#[test]
fn every_address_of_a_name_is_tried() {
    // The first two addresses do not answer; the name server returns them in any order.
    let names = [
        "--address=/login.sandbox.test/10.97.0.201",
        "--address=/login.sandbox.test/10.97.0.202",
        "--address=/login.sandbox.test/10.97.0.1",
        "--address=/api.sandbox.test/10.97.0.1",
    ];
    Setup::default().run_in(
        &names,
        |builder| builder,
        |_| {},
        demo(),
        async |device| {
            let mut buffer = [0; 1024];
            device.client.token(&mut buffer).await.expect("one of the addresses answers");
            assert_eq!(device.sandbox.record()[0].host, Host::Login);
        },
    );
}

#[test]
fn nonexistent_name_is_reported() {
    let setup = Setup { login_host: "login.nowhere.test", ..Setup::default() };
    setup.run(async |device| {
        let mut buffer = [0; 1024];
        let error = device.client.token(&mut buffer).await.expect_err("there is no such name");
        assert!(error.to_string().contains("could not be looked up"), "{error}");
    });
}

/// embassy-net drops the address when the link goes down, and closes all sockets. A call with a distant deadline waits for the
/// address, as a token exchange does.
#[test]
fn call_after_a_short_link_loss_waits_for_the_address() {
    Setup::default().run(async |device| {
        let mut body = [0; 2048];
        device.client.verify(&mut body).await.expect("a response");
        device.wire.set_unplugged(true);
        Timer::after_millis(200).await;
        assert!(!device.stack.is_config_up(), "the address is gone");
        let client = device.client;
        let plug_in = async {
            Timer::after_millis(200).await;
            device.wire.set_unplugged(false);
        };
        let (response, ()) = embassy_futures::join::join(client.verify(&mut body), plug_in).await;
        response.expect("a response, once the address is there again");
    });
}

/// Sends a request that is not answered, and takes the link down for two seconds once it has arrived, as when a Wi-Fi association is lost and
/// regained. Returns the outcome, and how many requests arrived.
fn with_link_loss_in_call(request: ApiRequest<'static>) -> (Result<u16, ApiError>, usize) {
    Setup::default().run(async |device| {
        let mut body = [0; 2048];
        device.client.verify(&mut body).await.expect("a response");
        let before = device.sandbox.record().len();
        device.sandbox.script(Host::Api, Behaviour::NeverAnswer);
        let request = request.deadline(embassy_time::Instant::now() + Duration::from_secs(20));
        let lose = async {
            while device.sandbox.record().len() == before {
                Timer::after_millis(10).await;
            }
            device.wire.set_unplugged(true);
            Timer::after_secs(2).await;
            assert!(!device.stack.is_config_up(), "the address is gone");
            device.wire.set_unplugged(false);
        };
        let call = device.client.api(&request, &mut body);
        let (outcome, ()) = embassy_futures::join::join(call, lose).await;
        (outcome.map(|response| response.status()), device.sandbox.record().len() - before)
    })
}

/// The connection is lost with the address. The call goes on until its deadline, and sends the request again over a new one.
#[test]
fn link_loss_in_a_call_costs_no_call_that_may_be_repeated() {
    let (outcome, requests) = with_link_loss_in_call(ApiRequest::get("/api/v2/tokens/me"));
    assert!(matches!(outcome, Ok(200)), "{outcome:?}");
    assert_eq!(requests, 2);
}

/// RFC 9110 section 9.2.2: a POST may have been acted upon.
#[test]
fn link_loss_in_a_post_is_reported() {
    let (outcome, requests) =
        with_link_loss_in_call(ApiRequest::new(Method::Post, "/api/v2/echo").json(b"{}"));
    let Err(ApiError::Transport(error)) = outcome else { panic!("{outcome:?}") };
    assert!(error.may_have_arrived());
    assert_eq!(requests, 1);
}

/// Runs `work` after a NAT has forgotten the kept connection to the API host.
fn after_nat_forgot(work: impl AsyncFnOnce(&genesys_token_device::Device<'_>) + Send) {
    let adjust = |settings: &mut Settings<'_>| settings.reuse_timeout = Duration::from_secs(1);
    Setup::default().run_in(
        &[],
        |builder| builder,
        adjust,
        demo(),
        async |device| {
            device.client.verify(&mut [0; 2048]).await.expect("a response");
            device.wire.forget_connections();
            work(device).await;
        },
    );
}

/// RFC 9110 section 9.2.2: an idempotent request may be sent again.
#[test]
fn get_on_a_connection_that_a_nat_forgot_is_sent_on_a_new_one() {
    after_nat_forgot(async |device| {
        // Without the bound the call would wait for its whole timeout, and fail.
        let request = ApiRequest::get("/api/v2/tokens/me")
            .deadline(embassy_time::Instant::now() + Duration::from_secs(20));
        device.client.api(&request, &mut [0; 2048]).await.expect("a response over a new connection");
        let api =
            device.sandbox.connections().iter().filter(|connection| connection.host == Host::Api).count();
        assert_eq!(api, 2);
    });
}

/// A POST may have been acted upon: it is not sent again, and has its whole timeout.
#[test]
fn post_on_a_connection_that_a_nat_forgot_is_not_repeated() {
    after_nat_forgot(async |device| {
        let requests = device.sandbox.record().len();
        let post = ApiRequest::new(Method::Post, "/api/v2/echo").json(b"{}").timeout(Duration::from_secs(3));
        match device.client.api(&post, &mut [0; 2048]).await.expect_err("no packet arrives") {
            ApiError::Transport(error) => {
                assert_eq!(error.kind(), &TransportErrorKind::TimedOut);
                assert!(error.may_have_arrived());
            }
            other => panic!("{other:?}"),
        }
        assert_eq!(device.sandbox.record().len(), requests);
    });
}
