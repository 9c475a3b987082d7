//! What networks do: packets get lost, doubled and overtaken, cables are pulled, names have several addresses.

use embassy_time::{Duration, Timer};
use genesys_token_device::{Faults, Setup};
use genesys_token_embassy::{Phase, StaticCredentials, TokenErrorKind, TransportErrorKind};
use genesys_token_sandbox::{DEMO_CLIENT_ID, DEMO_CLIENT_SECRET, Host};

fn demo() -> StaticCredentials<'static> {
    StaticCredentials::new(DEMO_CLIENT_ID, DEMO_CLIENT_SECRET)
}

/// A token within one exchange, which is one deadline, and a call: whatever packets are met by the fault.
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
    // Nobody is at the first two; the name server gives them in any order.
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
