//! Futures dropped at every await point: whatever was given up, everything goes on.

use embassy_time::{Duration, Timer};
use genesys_token_device::{Device, Setup, dropped_after};
use genesys_token_embassy::core::time::Duration as CoreDuration;
use genesys_token_embassy::{ApiRequest, Method, Settings, StaticCredentials};
use genesys_token_sandbox::{DEMO_CLIENT_ID, DEMO_CLIENT_SECRET, Host};

/// Exchanges may follow each other at once.
fn run(work: impl AsyncFnOnce(&Device<'_>) + Send) {
    let demo = StaticCredentials::new(DEMO_CLIENT_ID, DEMO_CLIENT_SECRET);
    let adjust = |settings: &mut Settings<'_>| settings.policy.exchange_spacing = CoreDuration::ZERO;
    Setup::default().run_in(&[], |builder| builder, adjust, demo, work);
}

fn logins(device: &Device<'_>) -> usize {
    device.sandbox.record().iter().filter(|request| request.host == Host::Login).count()
}

#[test]
fn a_dropped_request_for_a_token_cancels_nothing() {
    run(async |device| {
        let client = device.client;
        let mut polls = 0;
        while dropped_after(polls, client.token(&mut [0; 1024])).await.is_none() {
            polls += 1;
            Timer::after_millis(1).await;
        }
        assert!(polls > 0, "it was dropped at least once");
        assert_eq!(logins(device), 1);
    });
}

#[test]
fn a_dropped_call_costs_its_connection_at_most() {
    run(async |device| {
        let client = device.client;
        let mut body = [0; 2048];
        client.verify(&mut body).await.expect("a response");
        // With a connection that is there, and, after each call that was dropped, without one.
        let mut polls = 0;
        loop {
            let request = ApiRequest::new(Method::Post, "/api/v2/echo").json(&[b'7'; 1500]);
            let done = dropped_after(polls, client.api(&request, &mut body)).await;
            let done = done.map(|response| response.expect("a response").status());
            let response = client.verify(&mut body).await.expect("a response");
            assert!(response.body().starts_with(b"{"), "nothing of another response");
            if let Some(done) = done {
                assert_eq!(done, 200);
                break;
            }
            polls += 1;
        }
        assert!(polls > 5, "only {polls} polls");
        assert_eq!(logins(device), 1);
    });
}

#[test]
fn a_runner_that_is_dropped_anywhere_and_run_again_gets_its_token() {
    run(async |device| {
        let client = device.client;
        for polls in 1..60 {
            device.interrupt.after(polls);
            device.sandbox.kill_tokens();
            let mut body = [0; 2048];
            // It may be told that nobody answers, or that the connection is gone.
            // A call that counts as a use, so that the next refusal is not one in a row.
            while client.api(&ApiRequest::get("/api/v2/organizations/me"), &mut body).await.is_err() {
                Timer::after_millis(5).await;
            }
        }
        assert!(device.interrupt.is_over());
    });
}

#[test]
fn after_closing_nothing_is_asked_any_more() {
    run(async |device| {
        let client = device.client;
        client.token(&mut [0; 1024]).await.expect("a token");
        client.close();
        let error = client.token(&mut [0; 1024]).await.expect_err("closed");
        assert!(error.to_string().contains("closed"), "{error}");
        client.credentials_changed();
        Timer::after(Duration::from_millis(100)).await;
        assert_eq!(logins(device), 1);
    });
}

#[test]
fn whoever_waits_is_told_when_the_client_is_closed() {
    run(async |device| {
        let client = device.client;
        device.wire.set_dead(true);
        let close = async {
            Timer::after_millis(100).await;
            client.close();
        };
        let mut buffer = [0; 1024];
        let (token, ()) = embassy_futures::join::join(client.token(&mut buffer), close).await;
        assert!(token.expect_err("closed").to_string().contains("closed"));
    });
}
