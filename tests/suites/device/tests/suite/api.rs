//! Calls of the Platform API over the connection that the runner keeps.

use embassy_time::Duration;
use genesys_token_device::Setup;
use genesys_token_embassy::core::wire::RefusalClass;
use genesys_token_embassy::{ApiError, ApiRequest, Method, TokenErrorKind};
use genesys_token_sandbox::{Answer, Behaviour, Close, Host, Response};

#[test]
fn sequential_calls_share_a_connection() {
    Setup::default().run(async |device| {
        let mut body = [0; 2048];
        for _ in 0..3 {
            let response = device.client.verify(&mut body).await.expect("a response");
            assert_eq!(response.status(), 200);
            assert!(!response.correlation_id().is_empty());
            let text = std::str::from_utf8(response.body()).expect("JSON is UTF-8");
            assert!(text.contains("organization"), "{text}");
        }
        assert_eq!(device.sandbox.connections().len(), 2, "one to each host");
    });
}

#[test]
fn bodies_are_sent_and_received_completely() {
    Setup::default().run(async |device| {
        let sent: Vec<u8> = (0..6000_u32).map(|index| b'a' + (index % 23) as u8).collect();
        let mut body = vec![0; 8192];
        let request = ApiRequest::new(Method::Post, "/api/v2/echo").body("text/plain", &sent);
        let response = device.client.api(&request, &mut body).await.expect("a response");
        assert!(response.body() == sent, "{} bytes came back of {}", response.body().len(), sent.len());
    });
}

#[test]
fn revoked_token_is_replaced_and_call_repeated_once() {
    Setup::default().run(async |device| {
        let mut body = [0; 2048];
        device.client.verify(&mut body).await.expect("a response");
        device.sandbox.kill_tokens();
        // The refusal is parsed even if the buffer for the body is too small.
        device
            .client
            .api(&ApiRequest::new(Method::Head, "/api/v2/tokens/me"), &mut [])
            .await
            .expect("a response");
        let hosts: Vec<_> = device.sandbox.record().iter().map(|request| request.host).collect();
        assert_eq!(hosts, [Host::Login, Host::Api, Host::Api, Host::Login, Host::Api]);
    });
}

#[test]
fn rate_limit_is_obeyed_or_returned() {
    Setup::default().run(async |device| {
        let mut body = [0; 2048];
        let limited = || Response::too_many_requests(1, "an-id");
        device.sandbox.script(Host::Api, limited());
        device.client.verify(&mut body).await.expect("a response");
        let limit = |response: Response| {
            let response =
                response.header("inin-ratelimit-count", "301").header("inin-ratelimit-allowed", "300");
            response.header("inin-ratelimit-reset", "1")
        };
        device.sandbox.script(Host::Api, limit(limited()));
        let request = ApiRequest::get("/api/v2/tokens/me").rate_limit_wait(Duration::from_secs(0));
        match device.client.api(&request, &mut body).await {
            Err(ApiError::Refused(refused)) => {
                assert_eq!(refused.refusal().class(), RefusalClass::RateLimited);
                assert_eq!(refused.refusal().correlation_id(), "an-id");
                assert!(refused.rate_limit().is_some_and(|limit| (limit.count, limit.allowed) == (301, 300)));
                assert!(refused.body_len() > 0);
            }
            other => panic!("{other:?}"),
        }
    });
}

#[test]
fn connection_closed_by_server_is_reopened_for_post() {
    Setup::default().run(async |device| {
        let mut body = [0; 2048];
        let post = ApiRequest::new(Method::Post, "/api/v2/echo").json(b"{}");
        device.client.api(&post, &mut body).await.expect("a response");
        device.sandbox.close_idle_connections();
        embassy_time::Timer::after_millis(200).await;
        device.client.api(&post, &mut body).await.expect("a response");
        assert_eq!(device.sandbox.connections().len(), 3);
    });
}

#[test]
fn lost_post_is_not_repeated_and_lost_get_is() {
    Setup::default().run(async |device| {
        let mut body = [0; 2048];
        device.client.verify(&mut body).await.expect("a response");
        device.sandbox.script(Host::Api, Behaviour::CloseUnanswered(Close::Notify));
        device.client.verify(&mut body).await.expect("the GET is sent again");
        device.sandbox.clear_record();
        device.sandbox.script(Host::Api, Behaviour::CloseUnanswered(Close::Notify));
        let post = ApiRequest::new(Method::Post, "/api/v2/echo").json(b"{}");
        let error = device.client.api(&post, &mut body).await.expect_err("the outcome is unknown");
        assert!(matches!(error, ApiError::Transport(_)), "{error:?}");
        assert_eq!(device.sandbox.record().len(), 1);
    });
}

#[test]
fn dropped_caller_closes_only_its_connection() {
    Setup::default().run(async |device| {
        let mut body = [0; 2048];
        device.client.verify(&mut body).await.expect("a response");
        device.sandbox.script(Host::Api, Behaviour::NeverAnswer);
        let request = ApiRequest::get("/api/v2/tokens/me")
            .deadline(embassy_time::Instant::now() + Duration::from_millis(300));
        let error = device.client.api(&request, &mut body).await.expect_err("it is never answered");
        assert!(matches!(error, ApiError::Deadline), "{error:?}");
        device.client.verify(&mut body).await.expect("a response");
        assert_eq!(device.sandbox.record().iter().filter(|request| request.host == Host::Login).count(), 1);
    });
}

#[test]
fn timeout_error_names_the_phase() {
    Setup::default().run(async |device| {
        let mut body = [0; 2048];
        device.client.verify(&mut body).await.expect("a response");
        device.sandbox.script(Host::Api, Answer::service().delayed(std::time::Duration::from_secs(60)));
        let request = ApiRequest::get("/api/v2/tokens/me").timeout(Duration::from_millis(300));
        let error = device.client.api(&request, &mut body).await.expect_err("it comes too late");
        assert!(error.to_string().contains("before the response"), "{error}");
    });
}

#[test]
fn too_large_response_states_size_needed() {
    Setup::default().run(async |device| {
        let mut body = [0; 64];
        let error = device.client.verify(&mut body).await.expect_err("64 bytes are not enough");
        assert!(error.to_string().contains("limit is 64"), "{error}");
    });
}

#[test]
fn revoke_ends_token_and_closes_client() {
    Setup::default().run(async |device| {
        let mut body = [0; 2048];
        device.client.verify(&mut body).await.expect("a response");
        assert_eq!(device.sandbox.live_tokens(), 1);
        device.client.revoke().await.expect("it is revoked");
        assert_eq!(device.sandbox.live_tokens(), 0);
        let error = device.client.verify(&mut body).await.expect_err("closed");
        assert!(
            matches!(&error, ApiError::Token(error) if matches!(error.kind(), TokenErrorKind::Closed)),
            "{error:?}"
        );
    });
}

#[test]
fn concurrent_calls_from_many_tasks() {
    Setup::default().run(async |device| {
        let call = async || {
            let mut body = [0; 2048];
            for _ in 0..4 {
                device.client.verify(&mut body).await.expect("a response");
            }
        };
        Box::pin(embassy_futures::join::join5(call(), call(), call(), call(), call())).await;
        let logins = device.sandbox.record().iter().filter(|request| request.host == Host::Login).count();
        assert_eq!((logins, device.sandbox.record().len()), (1, 21));
    });
}
