//! The layer around the HTTP clients that its users have.

use std::time::Duration;

use genesys_token_sandbox::{Answer, CORRELATION_ID, Host, RateLimit, Received, Response, Sandbox};
use genesys_token_tokio::TokenLayer;
use layer::{AnyError, echo, hyper_util, layered, post, token_client};
use tower::{Layer as _, ServiceBuilder, ServiceExt as _};

type Outcome = Result<(), AnyError>;

fn received(sandbox: &Sandbox, host: Host) -> Vec<Received> {
    sandbox.record().into_iter().filter(|request| request.host == host).collect()
}

fn statuses(sandbox: &Sandbox) -> Vec<Option<u16>> {
    received(sandbox, Host::Api).iter().map(|request| request.status).collect()
}

#[tokio::test]
async fn a_call_carries_the_token_and_an_invalid_one_is_replaced() -> Outcome {
    let sandbox = Sandbox::builder().start().await?;
    for (name, service) in layered(&sandbox, &TokenLayer::new(token_client(&sandbox)?))? {
        sandbox.clear_record();
        assert_eq!(post(&service, &echo(&sandbox), "one").await?, (200, "one".into()), "{name}");
        sandbox.kill_tokens();
        assert_eq!(post(&service, &echo(&sandbox), "two").await?, (200, "two".into()), "{name}");
        assert_eq!(statuses(&sandbox), [Some(200), Some(401), Some(200)], "{name}");
        let requests = received(&sandbox, Host::Api);
        assert_eq!(requests[1].body, requests[2].body, "{name}");
        assert_ne!(requests[1].header("Authorization"), requests[2].header("Authorization"), "{name}");
    }
    Ok(())
}

#[tokio::test]
async fn a_refusal_is_returned_with_its_body() -> Outcome {
    let sandbox = Sandbox::builder().start().await?;
    sandbox.always(Host::Api, Response::bad_credentials(CORRELATION_ID));
    let (name, service) = &layered(&sandbox, &TokenLayer::new(token_client(&sandbox)?))?[0];
    let (status, body) = post(service, &echo(&sandbox), "x").await?;
    assert_eq!(status, 401, "{name}");
    assert!(String::from_utf8_lossy(&body).contains("bad.credentials"), "{name}");
    assert_eq!(statuses(&sandbox), [Some(401), Some(401)], "{name}");
    Ok(())
}

#[tokio::test]
async fn the_rate_limit_is_waited_for() -> Outcome {
    let limit = RateLimit { requests: 1, window: Duration::from_secs(2) };
    for index in 0..2 {
        let sandbox = Sandbox::builder().api_rate_limit(limit).start().await?;
        let (name, service) = &layered(&sandbox, &TokenLayer::new(token_client(&sandbox)?))?[index];
        post(service, &echo(&sandbox), "one").await?;
        assert_eq!(post(service, &echo(&sandbox), "two").await?, (200, "two".into()), "{name}");
        assert_eq!(statuses(&sandbox)[..2], [Some(200), Some(429)], "{name}");
        assert_eq!(statuses(&sandbox).last(), Some(&Some(200)), "{name}");
    }
    Ok(())
}

#[tokio::test]
async fn another_host_does_not_receive_the_token() -> Outcome {
    let sandbox = Sandbox::builder().start().await?;
    let client = token_client(&sandbox)?;
    client.token().await?;
    sandbox.clear_record();
    let elsewhere = format!("https://localhost:{}/elsewhere", sandbox.login_addr().port());
    for (name, service) in layered(&sandbox, &TokenLayer::new(client))? {
        post(&service, &elsewhere, "x").await?;
        let requests = received(&sandbox, Host::Login);
        assert_eq!(requests.last().map(|request| request.header("Authorization")), Some(None), "{name}");
    }
    assert_eq!(sandbox.record().len(), 2);
    Ok(())
}

/// reqwest follows redirects itself, inside the layer: the layer's documentation says that it removes the token.
#[tokio::test]
async fn a_redirect_to_another_host_does_not_carry_the_token() -> Outcome {
    let sandbox = Sandbox::builder().start().await?;
    let elsewhere = format!("https://localhost:{}/elsewhere", sandbox.login_addr().port());
    let (_, service) = &layered(&sandbox, &TokenLayer::new(token_client(&sandbox)?))?[1];
    sandbox.script(Host::Api, Response::new(307).header("Location", &elsewhere));
    post(service, &echo(&sandbox), "x").await?;
    let requests = sandbox.record();
    let last = requests.last().ok_or("no request was received")?;
    assert_eq!((last.host, last.path(), last.header("Authorization")), (Host::Login, "/elsewhere", None));
    Ok(())
}

#[tokio::test]
async fn many_calls_between_other_layers_share_one_exchange() -> Outcome {
    let sandbox = Sandbox::builder().start().await?;
    sandbox.script(Host::Login, Answer::service().delayed(Duration::from_millis(100)));
    let layer = TokenLayer::new(token_client(&sandbox)?);
    // From the outside in: a timeout of whole calls, the token, a limit on concurrent attempts.
    let service = ServiceBuilder::new()
        .timeout(Duration::from_secs(30))
        .layer(layer)
        .concurrency_limit(4)
        .service(hyper_util(&sandbox));
    let calls: Vec<_> = (0..100)
        .map(|_| {
            let (service, uri) = (service.clone(), echo(&sandbox));
            tokio::spawn(async move {
                let request = genesys_token_tokio::http::Request::get(uri).body(Default::default())?;
                Ok::<_, AnyError>(service.oneshot(request).await?.status().as_u16())
            })
        })
        .collect();
    for call in calls {
        assert_eq!(call.await??, 200);
    }
    assert_eq!(received(&sandbox, Host::Login).len(), 1);
    assert_eq!(received(&sandbox, Host::Api).len(), 100);
    Ok(())
}

#[tokio::test]
async fn dropped_calls_release_their_permits() -> Outcome {
    let sandbox = Sandbox::builder().start().await?;
    let layer = TokenLayer::new(token_client(&sandbox)?);
    let below = ServiceBuilder::new().concurrency_limit(1).service(hyper_util(&sandbox));
    let service = layer.layer(below);
    let get = || genesys_token_tokio::http::Request::get(echo(&sandbox)).body(Default::default());
    for pause in [0, 1, 3, 10, 30, 100] {
        sandbox.script(Host::Api, Answer::service().delayed(Duration::from_millis(50)));
        let call = service.clone().oneshot(get()?);
        // Wherever it was dropped, the next call succeeds.
        let _ = tokio::time::timeout(Duration::from_millis(pause), call).await;
        sandbox.clear_script(Host::Api);
        assert_eq!(service.clone().oneshot(get()?).await?.status(), 200);
    }
    Ok(())
}
