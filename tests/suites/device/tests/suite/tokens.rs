//! A token over DHCP, DNS, TCP and verified TLS.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use embassy_time::{Duration, Timer};
use genesys_token_device::{Device, Setup};
use genesys_token_embassy::core::time::Duration as CoreDuration;
use genesys_token_embassy::{
    ApiRequest, CredentialError, Credentials, ResponseError, RoomyClient, RoomyMemory, Settings, SmallClient,
    SmallMemory, StaticCredentials, TokenErrorKind, TransportErrorKind,
};
use genesys_token_sandbox::{DEMO_CLIENT_ID, DEMO_CLIENT_SECRET, Host, Response};

#[test]
fn token_is_obtained_and_cached() {
    Setup::default().run(async |device| {
        let mut buffer = [0; 1024];
        let first = device.client.token(&mut buffer).await.expect("a token").expose().to_owned();
        let again = device.client.token(&mut buffer).await.expect("a token").expose().to_owned();
        assert_eq!(first, again);
        let requests = device.sandbox.record();
        assert_eq!(requests.len(), 1, "{requests:#?}");
        assert_eq!(device.sandbox.live_tokens(), 1);
    });
}

/// RFC 9110 section 12.5.3: the request accepts no coding. A body in one is not taken for a malformed one; the error names the coding, and
/// the status of a refusal is still valid.
#[test]
fn a_coding_that_was_not_accepted_is_named() {
    Setup::default().run(async |device| {
        let coded = |status| {
            Response::new(status)
                .header("Content-Encoding", "gzip")
                .body("application/json", vec![0x1f, 0x8b])
        };
        let mut buffer = [0; 1024];
        device.sandbox.script(Host::Login, coded(200));
        let error = device.client.token(&mut buffer).await.expect_err("a body in gzip");
        let TokenErrorKind::Transport(transport) = error.kind() else { panic!("{error:?}") };
        assert_eq!(transport.kind(), &TransportErrorKind::Response(ResponseError::ContentCoding("gzip")));
        assert!(error.to_string().contains("gzip"), "{error}");

        device.sandbox.script(Host::Login, coded(429));
        let refused = async {
            loop {
                match device.client.token(&mut buffer).await {
                    Err(error) => match error.kind() {
                        TokenErrorKind::Refused(refusal) => break refusal.status(),
                        _ => Timer::after_millis(20).await,
                    },
                    Ok(_) => panic!("the refusal was not noticed"),
                }
            }
        };
        assert_eq!(refused.await, 429);
        let header =
            |request: &genesys_token_sandbox::Received| request.header("accept-encoding").map(str::to_owned);
        let headers: Vec<_> = device.sandbox.record().iter().map(header).collect();
        assert!(headers.iter().all(|header| header.as_deref() == Some("identity")), "{headers:?}");
    });
}

#[test]
fn presets_have_documented_sizes() {
    let (small, roomy) = (size_of::<SmallMemory>(), size_of::<RoomyMemory>());
    println!("bytes of memory: {small} in the small preset, {roomy} in the roomy one");
    let run = Setup::default().run(async |device| device.run_bytes);
    println!("bytes of the future of `run`: {run}");
    assert!(small <= 22_500 && roomy <= 88_500 && run <= 12 * 1024);
}

/// A token with a lifetime of seconds, refreshed at three quarters of it while calls follow each other without a pause.
#[test]
fn refresh_is_on_time_under_continuous_calls() {
    let build =
        |builder: genesys_token_sandbox::Builder| builder.token_lifetime(std::time::Duration::from_secs(6));
    let demo = StaticCredentials::new(DEMO_CLIENT_ID, DEMO_CLIENT_SECRET);
    Setup::default().run_in(
        &[],
        build,
        |_| {},
        demo,
        async |device| {
            let call = async || {
                let mut body = [0; 1024];
                while logins(device) < 3 {
                    let request = ApiRequest::get("/api/v2/organizations/me");
                    device.client.api(&request, &mut body).await.expect("a response");
                }
            };
            embassy_futures::join::join3(call(), call(), call()).await;
            let calls = device.sandbox.record();
            let calls: Vec<_> = calls.iter().filter(|request| request.host == Host::Api).collect();
            assert!(calls.iter().all(|call| call.status == Some(200)), "no call used a token after its end");
        },
    );
}

/// A secret that is replaced at the source while the service refuses the old one is found without a report.
#[test]
fn new_credentials_are_found_and_unchanged_ones_not_sent() {
    let secret = Arc::new(Mutex::new("wrong"));
    let source = {
        let secret = Arc::clone(&secret);
        move || Ok(Credentials::new(DEMO_CLIENT_ID, *secret.lock().expect("no panic while locked"))?)
    };
    let adjust = |settings: &mut Settings<'_>| {
        settings.policy.exchange_spacing = CoreDuration::from_millis(100);
        settings.policy.credentials_check = CoreDuration::from_millis(100);
    };
    Setup::default().run_in(
        &[],
        |builder| builder,
        adjust,
        source,
        async |device| {
            let mut buffer = [0; 1024];
            let error = device.client.token(&mut buffer).await.expect_err("the secret is wrong");
            assert!(matches!(error.kind(), TokenErrorKind::Refused(_)), "{error:?}");
            Timer::after_millis(1000).await;
            assert_eq!(logins(device), 1, "equal ones were not sent");
            *secret.lock().expect("no panic while locked") = DEMO_CLIENT_SECRET;
            while device.client.token(&mut buffer).await.is_err() {
                Timer::after_millis(10).await;
            }
            assert_eq!(logins(device), 2);
        },
    );
}

#[test]
fn source_without_credentials_is_reported() {
    let source = || Err(CredentialError::Unavailable);
    Setup::default().run_in(
        &[],
        |builder| builder,
        |_| {},
        source,
        async |device| {
            let error = device.client.token(&mut [0; 1024]).await.expect_err("there are none");
            assert!(
                matches!(error.kind(), TokenErrorKind::Credentials(CredentialError::Unavailable)),
                "{error:?}"
            );
            assert!(device.sandbox.record().is_empty());
        },
    );
}

#[test]
fn too_small_token_buffer_states_size_needed() {
    Setup::default().run(async |device| {
        let error = device.client.token(&mut [0; 3]).await.expect_err("three bytes are not enough");
        assert!(error.to_string().contains("capacity is 3"), "{error}");
        let length =
            device.client.with_token(|token| token.access_token_bytes().len()).await.expect("a token");
        assert!(error.to_string().contains(&length.to_string()), "{error}");
    });
}

#[test]
fn token_and_errors_are_copied_into_heapless_strings() {
    use genesys_token_embassy::core::heapless::String;

    Setup::default().run(async |device| {
        let mut buffer = [0; 1024];
        let token = device.client.token(&mut buffer).await.expect("a token");
        let copy: String<1024> = token.expose_string().expect("it fits");
        assert_eq!(copy.as_str(), token.expose());
        let error = token.expose_string::<4>().expect_err("four bytes are not enough");
        assert_eq!((error.needed, error.capacity), (copy.len(), 4));
        let error = device.client.token(&mut [0; 3]).await.expect_err("three bytes are not enough");
        assert_eq!(String::<256>::try_from(&error).expect("it fits").as_str(), error.to_string());
    });
}

#[test]
fn token_copy_is_wiped_on_drop() {
    Setup::default().run(async |device| {
        let mut buffer = [0; 1024];
        drop(device.client.token(&mut buffer).await.expect("a token"));
        assert_eq!(buffer, [0; 1024]);
    });
}

fn logins(device: &Device<'_>) -> usize {
    device.sandbox.record().iter().filter(|request| request.host == Host::Login).count()
}

/// Tasks of other executors may hold a copy of the handle.
#[test]
fn client_is_send_and_sync() {
    fn any_thread<T: Send + Sync + Copy>() {}
    any_thread::<SmallClient<'_>>();
    any_thread::<RoomyClient<'_>>();
}

/// After a suspend during an exchange the device must not report the cause of an earlier failure, because an operator would look
/// for the fault in the wrong place.
#[test]
fn suspend_during_exchange_does_not_report_an_older_cause() {
    let has_credentials = AtomicBool::new(false);
    let source = || {
        if has_credentials.load(Ordering::Relaxed) {
            Ok(Credentials::new(DEMO_CLIENT_ID, DEMO_CLIENT_SECRET)?)
        } else {
            Err(CredentialError::Unavailable)
        }
    };
    let adjust = |settings: &mut Settings<'_>| {
        settings.policy.exchange_timeout = CoreDuration::ZERO;
        settings.policy.exchange_spacing = CoreDuration::ZERO;
    };
    // An exchange is presumed lost five seconds after its timeout, which is long enough for a loaded machine to begin it.
    let setup = Setup { timeout: Duration::from_secs(5), ..Setup::default() };
    setup.run_in(
        &[],
        |builder| builder,
        adjust,
        source,
        async |device| {
            device.stack.wait_config_up().await;
            let mut buffer = [0; 1024];
            let error = device.client.token(&mut buffer).await.expect_err("there are no credentials");
            assert!(matches!(error.kind(), TokenErrorKind::Credentials(_)), "{error:?}");

            has_credentials.store(true, Ordering::Relaxed);
            device.wire.set_dead(true);
            device.client.credentials_changed();
            // The exchange begins, and waits for a network that does not answer. This thread polls client, runner and network, so
            // a blocking sleep suspends the whole device.
            Timer::after_millis(300).await;
            std::thread::sleep(std::time::Duration::from_secs(11));
            let error = device.client.token(&mut buffer).await.expect_err("the exchange was lost");
            assert!(matches!(error.kind(), TokenErrorKind::PresumedLost), "{error:?}");
            assert!(error.to_string().contains("suspended"), "{error}");
        },
    );
}
