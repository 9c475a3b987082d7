//! The scenes, in order. Each clears the service's record first and checks it at the end.

use std::error::Error;
use std::time::Duration;

use genesys_token_core::wire::RefusalClass;
use genesys_token_sandbox::{Beginning, DEMO_CLIENT_ID, Host, Response, Sandbox};
use genesys_token_tokio::{
    ApiRequest, TlsErrorKind, TokenClient, TokenError, TokenErrorKind, TransportErrorKind,
};
use tokio::time::{sleep, timeout};

use crate::stage::{answers, between, builder, client, service};
use crate::transcript::{Transcript, scene};

type Outcome = Result<(), Box<dyn Error>>;

/// Longer than any scene.
const TIMEOUT: Duration = Duration::from_secs(10);

pub(crate) async fn play(transcript: &mut Transcript) -> Outcome {
    let service = service().organization("Example Ltd").start().await?;
    a_service_that_is_not_trusted(transcript, &service).await?;
    let client = client(&service)?;
    a_token_over_verified_tls(transcript, &service, &client).await?;
    a_call_of_the_platform_api(transcript, &service, &client).await?;
    a_revoked_token(transcript, &service, &client).await?;
    a_rate_limit_of_the_api(transcript, &service, &client).await?;
    a_rate_limit_of_the_token_endpoint(transcript, &service).await?;
    an_early_refresh(transcript).await
}

async fn a_service_that_is_not_trusted(transcript: &mut Transcript, service: &Sandbox) -> Outcome {
    scene("A service with an untrusted certificate gets no secret");
    service.clear_record();
    let client = builder(service)?.build()?;
    let error = client.token().await.err();
    let tls = error.as_ref().and_then(|error| match error.kind() {
        TokenErrorKind::Transport(error) => match error.kind() {
            TransportErrorKind::Tls(error) => Some(error.kind()),
            _ => None,
        },
        _ => None,
    });
    transcript.check(
        "a client without the service's trust anchor refuses its certificate",
        tls == Some(TlsErrorKind::UnknownIssuer),
    );
    let connections = service.wait_for_connections(1).await;
    let aborted =
        matches!(connections.first().map(|one| &one.beginning), Some(Beginning::HandshakeFailed(_)));
    transcript.check(
        "the service saw an aborted handshake, and no request",
        aborted && service.record().is_empty(),
    );
    Ok(())
}

async fn a_token_over_verified_tls(
    transcript: &mut Transcript,
    service: &Sandbox,
    client: &TokenClient,
) -> Outcome {
    scene("An access token over verified TLS");
    service.clear_record();
    let callers: Vec<_> = (0..1000)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(async move { client.token().await.map(|token| token.generation()) })
        })
        .collect();
    let token = client.token().await?;
    let mut same = 0;
    for caller in callers {
        same += u32::from(caller.await?.ok() == Some(token.generation()));
    }
    let record = service.record();
    transcript.check(
        "1000 callers at once got the same token from one exchange",
        same == 1000 && record.len() == 1,
    );
    let request = record.first().ok_or("no request")?;
    transcript.check(
        "it was POST /oauth/token over TLS 1.3, grant_type=client_credentials, the secret in the Authorization header",
        (request.method.as_str(), request.target.as_str()) == ("POST", "/oauth/token")
            && request.tls.as_ref().is_some_and(|tls| tls.version == "TLSv1.3")
            && request.form() == [("grant_type".to_owned(), "client_credentials".to_owned())]
            && request.header("Authorization").is_some_and(|value| value.starts_with("Basic ")),
    );
    let day = Duration::from_secs(86_399);
    transcript.check("it is valid for a day", token.expires_in() <= day && token.expires_in() > day / 2);
    Ok(())
}

async fn a_call_of_the_platform_api(
    transcript: &mut Transcript,
    service: &Sandbox,
    client: &TokenClient,
) -> Outcome {
    scene("Calls of the Platform API with it");
    service.clear_record();
    let token = client.token().await?;
    let info = client.token_info().await?;
    transcript.check(
        "the service says that the token is the demo client's, of Example Ltd",
        info.oauth_client.id == DEMO_CLIENT_ID && info.organization.name == "Example Ltd",
    );
    client.api(ApiRequest::get("/api/v2/organizations/me")).await?;
    let record = service.record();
    transcript.check("two calls, no further token", answers(&record) == [(Host::Api, 200), (Host::Api, 200)]);
    let bearer = format!("Bearer {}", token.expose());
    let bears = record.iter().all(|request| request.header("Authorization") == Some(&bearer));
    transcript.check("both carried the token", bears);
    let [first, second] = &record[..] else { return Err("not two requests".into()) };
    transcript.check("both went over one connection", first.connection == second.connection);
    Ok(())
}

async fn a_revoked_token(transcript: &mut Transcript, service: &Sandbox, client: &TokenClient) -> Outcome {
    scene("A token that is revoked early: one replay");
    service.clear_record();
    let before = client.token().await?.generation();
    service.kill_tokens();
    let response = client.api(ApiRequest::get("/api/v2/organizations/me")).await?;
    transcript.check("the caller saw the response 200 only", response.status() == 200);
    let order = [(Host::Api, 401), (Host::Login, 200), (Host::Api, 200)];
    transcript
        .check("the requests were: 401, a new token, the call again", answers(&service.record()) == order);
    transcript.check("the revoked token is gone", client.token().await?.generation() != before);
    Ok(())
}

async fn a_rate_limit_of_the_api(
    transcript: &mut Transcript,
    service: &Sandbox,
    client: &TokenClient,
) -> Outcome {
    scene("The Platform API limits the rate: wait a second");
    service.clear_record();
    service.script(Host::Api, Response::too_many_requests(1, "5f0c7a3e-demo"));
    client.api(ApiRequest::get("/api/v2/organizations/me")).await?;
    let record = service.record();
    transcript.check("the call was made twice", answers(&record) == [(Host::Api, 429), (Host::Api, 200)]);
    transcript.check("and not before the wait was over", between(&record, 0, 1) >= Duration::from_secs(1));
    Ok(())
}

async fn a_rate_limit_of_the_token_endpoint(transcript: &mut Transcript, service: &Sandbox) -> Outcome {
    scene("The token endpoint limits the rate: wait two seconds");
    service.clear_record();
    service.script(Host::Login, Response::too_many_requests(2, "5f0c7a3e-demo"));
    let another = client(service)?;
    let mut refused = 0;
    let token = loop {
        match another.token().await {
            Ok(token) => break token,
            Err(error) if is_rate_limit(&error) => refused += 1,
            Err(error) => return Err(error.into()),
        }
        if refused > 1000 {
            return Err("the rate limit does not end".into());
        }
        sleep(Duration::from_millis(20)).await;
    };
    transcript.check(
        &format!("callers in between failed at once, {refused} times, and then got a token"),
        refused > 1 && !token.expires_in().is_zero(),
    );
    let record = service.record();
    transcript.check(
        "the service received two requests only",
        answers(&record) == [(Host::Login, 429), (Host::Login, 200)],
    );
    transcript.check("and not before the wait was over", between(&record, 0, 1) >= Duration::from_secs(2));
    Ok(())
}

fn is_rate_limit(error: &TokenError) -> bool {
    matches!(error.kind(), TokenErrorKind::Refused { refusal, .. } if refusal.class() == RefusalClass::RateLimited)
}

async fn an_early_refresh(transcript: &mut Transcript) -> Outcome {
    scene("Early refresh, with tokens that are valid for 5 seconds");
    let service = service().token_lifetime(Duration::from_secs(5)).start().await?;
    let client = client(&service)?;
    let first = client.token().await?;
    let mut asked = 0;
    let refreshed = timeout(TIMEOUT, async {
        loop {
            // Each request obtains a token that has not expired.
            let token = client.token().await?;
            asked += 1;
            if token.expires_in().is_zero() {
                return Err("an expired token was handed out".into());
            }
            if token.generation() != first.generation() {
                return Ok::<_, Box<dyn Error>>(token);
            }
            sleep(Duration::from_millis(10)).await;
        }
    });
    let second = refreshed.await??;
    transcript
        .check(&format!("callers asked {asked} times meanwhile and always got a valid token"), asked > 1);
    let record = service.record();
    transcript.check("two exchanges", answers(&record) == [(Host::Login, 200), (Host::Login, 200)]);
    let gap = between(&record, 0, 1);
    transcript.check(
        &format!("the second began {:.1} s after the first: late, but before the end", gap.as_secs_f32()),
        // The margin is a quarter of the lifetime, and up to a tenth of the lifetime is random.
        gap >= Duration::from_millis(2600) && gap < Duration::from_secs(4),
    );
    let accepted = client.api(ApiRequest::get("/api/v2/organizations/me")).await?.status() == 200;
    transcript.check("the new token is accepted", accepted && second.expires_in() > first.expires_in());
    Ok(())
}
