//! The authorised call.

use std::time::Duration;

use genesys_token_sandbox::{
    Answer, Behaviour, CORRELATION_ID, Certificate, Close, ClosedPort, CutAt, Host, RateLimit, Response,
    Sandbox,
};
use genesys_token_tokio::core::wire::RefusalClass;
use genesys_token_tokio::http::{HeaderValue, Method, header};
use genesys_token_tokio::{ApiError, ApiRefusal, ApiRequest, SecretString, TokenClient, TransportErrorKind};

use crate::fixture::{builder, client, demo, endpoint, received, sandbox};

fn refused(outcome: Result<genesys_token_tokio::ApiResponse, ApiError>) -> Box<ApiRefusal> {
    match outcome {
        Err(ApiError::Refused(refusal)) => refusal,
        other => panic!("{other:?}"),
    }
}

fn echo(method: Method) -> ApiRequest {
    ApiRequest::new(method, "/api/v2/echo")
}

#[tokio::test]
async fn the_token_is_sent_and_the_connection_is_reused() {
    let sandbox = sandbox().await;
    let client = client(&sandbox);
    let token = client.token().await.unwrap();
    let request = echo(Method::POST)
        .json_bytes(r#"{"a":1}"#)
        .header(header::ACCEPT_LANGUAGE, HeaderValue::from_static("de"));
    let response = client.api(request).await.unwrap();
    assert_eq!((response.status().as_u16(), response.body()), (200, &br#"{"a":1}"#[..]));
    assert_eq!(response.headers()["content-type"], "application/json");
    assert!(!response.correlation_id().is_empty());
    client.api(ApiRequest::get("/api/v2/organizations/me?x=y%20z")).await.unwrap();

    let requests = received(&sandbox, Host::Api);
    let host = format!("localhost:{}", sandbox.api_addr().port());
    for request in &requests {
        assert_eq!(request.header("Authorization"), Some(format!("Bearer {}", token.expose()).as_str()));
        assert_eq!(request.header("Host"), Some(host.as_str()));
    }
    assert_eq!(requests[0].header("Accept-Language"), Some("de"));
    assert_eq!(requests[1].target, "/api/v2/organizations/me?x=y%20z");
    assert_eq!(requests[1].header("Content-Length"), None);
    assert_eq!(requests[0].connection, requests[1].connection);
}

#[tokio::test]
async fn verify_does_not_reset_the_inactivity_timer() {
    let sandbox = sandbox().await;
    let response = client(&sandbox).verify().await.unwrap();
    assert!(String::from_utf8_lossy(response.body()).contains("CLIENT-CREDENTIALS"));
    assert_eq!(received(&sandbox, Host::Api)[0].target, "/api/v2/tokens/me?preserveIdleTTL=true");
}

#[cfg(feature = "api-types")]
#[tokio::test]
async fn token_info_is_decoded() {
    let sandbox = Sandbox::builder().organization("Example").start().await.unwrap();
    let client = client(&sandbox);
    let info = client.token_info().await.unwrap();
    assert_eq!(info.organization.name, "Example");
    assert_eq!(info.oauth_client.id, genesys_token_sandbox::DEMO_CLIENT_ID);
    assert_eq!(info.oauth_client.authorized_grant_type, "CLIENT-CREDENTIALS");
    assert_eq!(info.oauth_client.role_divisions.len(), 1);

    let sparse = r#"{"organization":null,"authorizedScope":null,"OAuthClient":{"roleDivisions":null},"clonedUser":null}"#;
    sandbox.script(Host::Api, Response::new(200).json(sparse));
    assert_eq!(client.token_info().await.unwrap(), genesys_token_tokio::TokenInfo::default());
    sandbox.script(Host::Api, Response::new(200).json(r#"{"organization":"sentinel"}"#));
    let error = client.token_info().await.unwrap_err();
    assert!(
        matches!(error, ApiError::Body { line: 1, .. }) && !error.to_string().contains("sentinel"),
        "{error}"
    );
}

#[tokio::test]
async fn another_token_is_sent_once_and_does_not_affect_the_client_s_own() {
    let sandbox = sandbox().await;
    let token = SecretString::new(client(&sandbox).token().await.unwrap().expose());
    let client = client(&sandbox);
    let response = client.api_with(&token, ApiRequest::get("/api/v2/tokens/me")).await.unwrap();
    assert_eq!(response.status().as_u16(), 200);
    let asked = received(&sandbox, Host::Api);
    assert_eq!(asked[0].header("Authorization"), Some(format!("Bearer {}", token.expose()).as_str()));

    sandbox.kill_tokens();
    let refusal = refused(client.api_with(&token, ApiRequest::get("/api/v2/tokens/me")).await);
    assert_eq!(refusal.refusal().class(), RefusalClass::AccessToken);
    sandbox.script(Host::Api, Response::too_many_requests(60, CORRELATION_ID));
    let refusal = refused(client.api_with(&token, ApiRequest::get("/api/v2/tokens/me")).await);
    assert_eq!(refusal.refusal().class(), RefusalClass::RateLimited);
    for text in ["", "two words", "line\r\nEvil: 1", "ä"] {
        let error = client.api_with(&SecretString::new(text), echo(Method::GET)).await.unwrap_err();
        assert!(matches!(error, ApiError::AccessToken), "{error:?}");
    }
    assert_eq!(received(&sandbox, Host::Api).len(), 3);
    // The exchange of the first client is the only one.
    assert_eq!(received(&sandbox, Host::Login).len(), 1);
}

#[tokio::test]
async fn after_401_there_is_one_replay_with_a_new_token() {
    let sandbox = sandbox().await;
    let client = client(&sandbox);
    client.verify().await.unwrap();
    sandbox.kill_tokens();
    let response = client.api(echo(Method::POST).json_bytes("once more")).await.unwrap();
    assert_eq!(response.body(), b"once more");
    let statuses: Vec<_> = received(&sandbox, Host::Api).iter().map(|request| request.status).collect();
    assert_eq!(statuses, [Some(200), Some(401), Some(200)]);
    assert_eq!(received(&sandbox, Host::Login).len(), 2);
}

#[tokio::test]
async fn a_second_401_is_final() {
    let sandbox = sandbox().await;
    sandbox.always(Host::Api, Response::bad_credentials(CORRELATION_ID));
    let client = client(&sandbox);
    let refusal = refused(client.verify().await);
    assert_eq!(refusal.refusal().class(), RefusalClass::AccessToken);
    assert_eq!(refusal.refusal().correlation_id(), CORRELATION_ID);
    assert_eq!(received(&sandbox, Host::Api).len(), 2);
    // Core recorded that both tokens were fresh.
    let error = client.verify().await.unwrap_err();
    assert!(matches!(error, ApiError::Token(_)), "{error:?}");
    assert_eq!(received(&sandbox, Host::Api).len(), 2);
}

#[tokio::test]
async fn a_forbidden_address_does_not_invalidate_the_token() {
    let sandbox = sandbox().await;
    sandbox.script(Host::Api, Response::api_error(401, "ip.not.authorized", "no", CORRELATION_ID));
    let refusal = refused(client(&sandbox).verify().await);
    assert_eq!(refusal.refusal().class(), RefusalClass::ClientNotAllowed);
    assert_eq!(received(&sandbox, Host::Login).len(), 1, "no other token is requested");
}

#[tokio::test]
async fn a_rate_limit_is_waited_for_up_to_the_limit() {
    let limit = RateLimit { requests: 1, window: Duration::from_secs(2) };
    let sandbox = Sandbox::builder().api_rate_limit(limit).start().await.unwrap();
    let client = client(&sandbox);
    client.verify().await.unwrap();
    // With a limit of zero there is no wait.
    let now = echo(Method::GET).rate_limit_wait(Duration::ZERO);
    let refusal = refused(client.api(now).await);
    assert_eq!(refusal.refusal().class(), RefusalClass::RateLimited);
    assert_eq!(refusal.rate_limit().unwrap().allowed, 1);
    let at = std::time::Instant::now();
    let response = client.api(echo(Method::POST).json_bytes("later")).await.unwrap();
    assert_eq!(response.body(), b"later");
    assert!(at.elapsed() >= Duration::from_millis(900), "Retry-After is whole seconds");
    assert_eq!(response.rate_limit().unwrap().allowed, 1);
    // A wait of hours is left to the caller.
    sandbox.script(Host::Api, Response::too_many_requests(7200, CORRELATION_ID));
    let refusal = refused(client.api(echo(Method::GET)).await);
    assert_eq!(refusal.refusal().retry_after().unwrap().as_secs(), 7200);
}

#[tokio::test]
async fn retry_after_zero_still_waits_a_second() {
    let sandbox = sandbox().await;
    let client = client(&sandbox);
    client.verify().await.unwrap();
    sandbox.clear_record();
    sandbox.always(Host::Api, Response::too_many_requests(0, CORRELATION_ID));
    let refusal = refused(client.api(echo(Method::GET).rate_limit_wait(Duration::from_secs(2))).await);
    assert_eq!(refusal.refusal().class(), RefusalClass::RateLimited);
    let sent = received(&sandbox, Host::Api).len();
    assert!((2..=3).contains(&sent), "each wait is at least a second: {sent}");
}

#[tokio::test]
async fn a_deadline_ends_the_call_and_every_wait_that_would_reach_it() {
    let sandbox = sandbox().await;
    let client = client(&sandbox);
    client.verify().await.unwrap();
    sandbox.clear_record();
    let within = |span| echo(Method::GET).deadline(std::time::Instant::now() + span);
    // A wait beyond the deadline is not begun: the error is the rate limit, not the deadline.
    sandbox.script(Host::Api, Response::too_many_requests(60, CORRELATION_ID));
    let refusal = refused(client.api(within(Duration::from_secs(50))).await);
    assert_eq!(refusal.refusal().class(), RefusalClass::RateLimited);
    assert_eq!(received(&sandbox, Host::Api).len(), 1);
    // The deadline ends an attempt in flight.
    sandbox.script(Host::Api, Behaviour::NeverAnswer);
    let error = client.api(within(Duration::from_millis(200))).await.unwrap_err();
    assert!(matches!(error, ApiError::Deadline), "{error:?}");
    assert!(error.to_string().contains("unknown"), "{error}");
    // And the wait for a token.
    sandbox.script(Host::Login, Behaviour::NeverAnswer);
    assert!(client.token_refused(&client.token().await.unwrap()));
    let error = client.api(within(Duration::from_millis(200))).await.unwrap_err();
    assert!(matches!(error, ApiError::Deadline), "{error:?}");
    assert_eq!(received(&sandbox, Host::Api).len(), 2);
}

/// The builder's defaults hold for requests that set nothing else, those of `api_with` included.
#[tokio::test]
async fn the_builder_limits_calls_that_set_no_limits() {
    let sandbox = sandbox().await;
    let client = builder(&sandbox)
        .call_timeout(Duration::from_secs(2))
        .rate_limit_wait(Duration::ZERO)
        .build()
        .unwrap();
    client.token().await.unwrap();
    sandbox.script(Host::Api, Response::too_many_requests(1, CORRELATION_ID));
    let refusal = refused(client.api(echo(Method::GET)).await);
    assert_eq!(refusal.refusal().class(), RefusalClass::RateLimited);
    let token = SecretString::new(client.token().await.unwrap().expose());
    for with_token in [false, true] {
        sandbox.script(Host::Api, Behaviour::NeverAnswer);
        let error = if with_token {
            client.api_with(&token, echo(Method::GET)).await
        } else {
            client.api(echo(Method::GET)).await
        };
        assert!(matches!(error, Err(ApiError::Deadline)), "{error:?}");
    }
    // The request's own limits have priority.
    sandbox.script(Host::Api, Answer::service().delayed(Duration::from_millis(2500)));
    let deadline = std::time::Instant::now() + Duration::from_secs(20);
    client.api(echo(Method::GET).deadline(deadline)).await.unwrap();
}

async fn connected() -> (Sandbox, TokenClient) {
    let sandbox = sandbox().await;
    let client = client(&sandbox);
    client.verify().await.unwrap();
    sandbox.clear_record();
    (sandbox, client)
}

#[tokio::test]
async fn a_lost_post_is_not_sent_again_and_a_lost_get_is() {
    let (sandbox, client) = connected().await;
    sandbox.script(Host::Api, Behaviour::CloseUnanswered(Close::Notify));
    let error = client.api(echo(Method::POST).json_bytes("pay")).await.unwrap_err();
    assert!(matches!(error, ApiError::Transport(_)), "{error:?}");
    assert_eq!(received(&sandbox, Host::Api).len(), 1);

    for request in [
        echo(Method::GET),
        echo(Method::PUT).json_bytes("x"),
        echo(Method::POST).json_bytes("x").idempotent(),
    ] {
        let (sandbox, client) = connected().await;
        sandbox.script(Host::Api, Behaviour::CloseUnanswered(Close::Notify));
        client.api(request).await.unwrap();
        assert_eq!(received(&sandbox, Host::Api).len(), 2);
    }
}

#[tokio::test]
async fn an_error_says_whether_the_request_may_have_arrived() {
    let may_have_arrived = |outcome: Result<_, ApiError>| match outcome {
        Err(ApiError::Transport(error)) => error.may_have_arrived(),
        other => panic!("{other:?}"),
    };
    let (sandbox, client) = connected().await;
    let post = || echo(Method::POST).json_bytes("pay");
    let times: [Behaviour; 3] = [
        Behaviour::CloseUnanswered(Close::Notify),
        Behaviour::NeverAnswer,
        Answer::service().cut(CutAt::Body(1), Close::Notify).into(),
    ];
    for behaviour in times {
        sandbox.script(Host::Api, behaviour);
        let outcome = client.api(post().timeout(Duration::from_millis(500))).await;
        assert!(may_have_arrived(outcome));
    }
    // Nothing is sent before the handshake has succeeded.
    let distrusted = Sandbox::builder().certificate(Host::Api, Certificate::Expired).start().await.unwrap();
    assert!(!may_have_arrived(crate::fixture::client(&distrusted).api(post()).await));
    let closed = ClosedPort::new().unwrap();
    let endpoint = endpoint(&sandbox, "localhost").with_api("localhost", closed.port()).unwrap();
    let client = TokenClient::builder(endpoint).credentials(demo()).extra_roots_pem(sandbox.root_pem());
    assert!(!may_have_arrived(client.build().unwrap().api(post()).await));
}

#[tokio::test]
async fn a_post_while_the_connection_closes_is_sent_at_most_once() {
    for pause in [0, 1, 2, 5, 10, 50, 200] {
        let (sandbox, client) = connected().await;
        sandbox.close_idle_connections();
        tokio::time::sleep(Duration::from_millis(pause)).await;
        // Whether the client detects the end before it sends is a race: then the call succeeds, otherwise it fails.
        match client.api(echo(Method::POST).json_bytes("x")).await {
            Ok(_) => assert_eq!(received(&sandbox, Host::Api).len(), 1),
            Err(error) => {
                assert!(matches!(error, ApiError::Transport(_)), "{error:?}");
                assert!(received(&sandbox, Host::Api).len() <= 1);
            }
        }
    }
}

#[tokio::test]
async fn refusals_keep_body_and_correlation_id() {
    let sandbox = sandbox().await;
    let client = client(&sandbox);
    let refusal = refused(client.api(ApiRequest::get("/api/v2/authorization/roles")).await);
    assert_eq!(refusal.refusal().class(), RefusalClass::Scope);
    assert_eq!(refusal.refusal().code(), "missing.permissions");
    assert!(!refusal.refusal().correlation_id().is_empty());
    assert!(String::from_utf8_lossy(refusal.body()).contains("authorization:role:view"));
    let shown = ApiError::Refused(refusal).to_string();
    assert!(shown.contains("localhost:") && shown.contains("roles of the OAuth client"), "{shown}");

    sandbox.script(Host::Api, Response::html_bad_gateway());
    assert_eq!(refused(client.verify().await).refusal().status(), 502);
    let not_a_user = refused(client.api(ApiRequest::get("/api/v2/users/me")).await);
    assert_eq!(not_a_user.refusal().code(), "not.a.user");
}

#[tokio::test]
async fn bodies_are_bounded_and_an_incomplete_body_is_an_error() {
    let sandbox = sandbox().await;
    let client = client(&sandbox);
    let body = "x".repeat(100_000);
    let whole = client.api(echo(Method::POST).json_bytes(body.clone())).await.unwrap();
    assert_eq!(whole.into_body().len(), body.len());
    let error =
        client.api(echo(Method::POST).json_bytes(body.clone()).response_max(99_999)).await.unwrap_err();
    assert!(error.to_string().contains("99999 bytes"), "{error}");
    sandbox.script(Host::Api, Answer::service().chunked([1000]).cut(CutAt::Body(5000), Close::Notify));
    let error = client.api(echo(Method::POST).json_bytes(body)).await.unwrap_err();
    assert!(matches!(error, ApiError::Transport(_)), "{error:?}");
}

#[tokio::test]
async fn malformed_chunks_are_not_reported_as_a_lost_connection() {
    let sandbox = sandbox().await;
    let client = client(&sandbox);
    for chunks in ["zz\r\nx\r\n", "5 5\r\nhello\r\n", "1\r\nxx\r\n", "fffffffffffffffff\r\nx"] {
        let bytes = format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{chunks}");
        sandbox.script(Host::Api, Answer::raw(bytes));
        match client.api(ApiRequest::get("/api/v2/echo")).await {
            Err(ApiError::Transport(error)) => {
                assert!(
                    matches!(error.kind(), TransportErrorKind::ResponseMalformed(_)),
                    "{chunks:?}: {error}"
                );
            }
            other => panic!("{chunks:?}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn an_absurd_content_length_reserves_no_memory() {
    let sandbox = sandbox().await;
    let client = client(&sandbox);
    for length in ["4611686018427387904", "1099511627776"] {
        let response = Response::new(200).header("Content-Length", length).body("text/plain", "short");
        sandbox.script(Host::Api, response);
        let request = ApiRequest::get("/api/v2/echo").response_max(usize::MAX);
        let outcome = client.api(request.timeout(Duration::from_secs(2))).await;
        assert!(matches!(outcome, Err(ApiError::Transport(_))), "{outcome:?}");
    }
}

#[tokio::test]
async fn content_length_zero_is_sent_for_methods_with_content() {
    let sandbox = sandbox().await;
    let client = client(&sandbox);
    let methods = [Method::POST, Method::PUT, Method::PATCH, Method::GET, Method::DELETE, Method::HEAD];
    for method in methods {
        // The status is irrelevant here.
        let _ = client.api(ApiRequest::new(method, "/api/v2/echo")).await;
    }
    let requests = received(&sandbox, Host::Api);
    let lengths = requests.iter().map(|request| (request.method.as_str(), request.header("Content-Length")));
    let expected = [
        ("POST", Some("0")),
        ("PUT", Some("0")),
        ("PATCH", Some("0")),
        ("GET", None),
        ("DELETE", None),
        ("HEAD", None),
    ];
    assert_eq!(lengths.collect::<Vec<_>>(), expected);
}

#[tokio::test]
async fn a_dropped_call_affects_only_its_connection() {
    let (sandbox, client) = connected().await;
    let generation = client.token().await.unwrap().generation();
    for millis in 0..40 {
        sandbox.script(Host::Api, Answer::service().dripping(16, Duration::from_millis(1)));
        let dropped = client.api(echo(Method::POST).json_bytes(format!("{{\"dropped\":{millis}}}")));
        let finished = tokio::time::timeout(Duration::from_millis(millis), dropped).await.is_ok();
        sandbox.clear_script(Host::Api);
        // The response is this request's own, and not the rest of the previous one.
        let body = format!("{{\"whole\":{millis}}}");
        let response = client.api(echo(Method::POST).json_bytes(body.clone())).await.unwrap();
        assert_eq!(response.body(), body.as_bytes(), "after {millis} ms, finished: {finished}");
    }
    assert_eq!(client.token().await.unwrap().generation(), generation);
    assert!(received(&sandbox, Host::Login).is_empty(), "the token is unchanged");
}

#[tokio::test]
async fn an_invalid_path_is_an_error() {
    let sandbox = sandbox().await;
    let client = client(&sandbox);
    for path in ["", "api/v2/tokens/me", "https://elsewhere.test/", "/a b", "/\r\nX: y"] {
        let error = client.api(ApiRequest::get(path)).await.unwrap_err();
        assert!(matches!(error, ApiError::Path), "{path:?}: {error:?}");
    }
    assert!(sandbox.connections().is_empty());
}

#[tokio::test]
async fn concurrent_calls_do_not_wait_for_each_other() {
    let sandbox = sandbox().await;
    let client = client(&sandbox);
    client.token().await.unwrap();
    for _ in 0..8 {
        sandbox.script(Host::Api, Answer::service().delayed(Duration::from_millis(300)));
    }
    let calls: Vec<_> = (0..8)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(async move { client.verify().await.unwrap().status() })
        })
        .collect();
    // All are in flight before the first response.
    for call in calls {
        assert_eq!(call.await.unwrap(), 200);
    }
    let connections: std::collections::HashSet<_> =
        received(&sandbox, Host::Api).iter().map(|request| request.connection).collect();
    assert_eq!(connections.len(), 8);
}

#[tokio::test]
async fn revoke_invalidates_the_token_and_closes_the_client() {
    let sandbox = sandbox().await;
    let client = client(&sandbox);
    client.token().await.unwrap();
    assert_eq!(sandbox.live_tokens(), 1);
    client.revoke().await.unwrap();
    assert_eq!(sandbox.live_tokens(), 0);
    assert!(client.token().await.is_err());
    // Without a token nothing is sent.
    builder(&sandbox).build().unwrap().revoke().await.unwrap();
    assert_eq!(sandbox.record().len(), 2);
}
