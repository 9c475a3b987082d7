//! The host client with OAuth servers of other authors: every grant, every way of client authentication.

use core::error::Error;
use core::time::Duration;

use genesys_token_interop::{
    Client, REDIRECT_URI, Relay, ServerKind, TOKEN_PATH, ThirdPartyServer, registered,
};
use genesys_token_tokio::core::lifecycle::Policy;
use genesys_token_tokio::core::settings::{ClientAuth, ClientId, Endpoint, Scope};
use genesys_token_tokio::{
    Credentials, Grant, SecretString, StaticCredentials, Token, TokenClient, TokenClientBuilder, TokenError,
    TokenErrorKind,
};

type Outcome = Result<(), Box<dyn Error>>;

/// The pair of RFC 7636, appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// Runs a test with each server, and names the server in an error.
async fn with_each(test: impl AsyncFn(ServerKind, &ThirdPartyServer) -> Outcome) -> Outcome {
    for kind in ServerKind::ALL {
        let server = ThirdPartyServer::start(kind)?;
        test(kind, &server).await.map_err(|error| format!("{kind:?}: {error}"))?;
    }
    Ok(())
}

fn builder(server: &ThirdPartyServer) -> Result<TokenClientBuilder, Box<dyn Error>> {
    builder_at(server.https_port(), server)
}

/// A client that connects to this port.
fn builder_at(port: u16, server: &ThirdPartyServer) -> Result<TokenClientBuilder, Box<dyn Error>> {
    // Longer than a busy machine needs for any exchange of these tests.
    let mut policy = Policy::default();
    policy.exchange_timeout = Duration::from_secs(90).into();
    Ok(TokenClient::builder(Endpoint::explicit("localhost", port, TOKEN_PATH)?)
        .policy(policy)
        .total_timeout(Duration::from_secs(60))
        .extra_roots_pem(server.root_pem()))
}

fn confidential(server: &ThirdPartyServer, client: &Client) -> Result<TokenClientBuilder, Box<dyn Error>> {
    Ok(builder(server)?.credentials(StaticCredentials::new(&client.id, &client.secret)?))
}

/// For client credentials, with the scope that one of the servers requires.
fn machine(
    kind: ServerKind,
    server: &ThirdPartyServer,
    client: &Client,
) -> Result<TokenClientBuilder, Box<dyn Error>> {
    let builder = confidential(server, client)?;
    Ok(match kind.required_scope() {
        Some(scope) => builder.scope(Scope::new(scope)?),
        None => builder,
    })
}

/// Returns status and error code of a refusal; anything else is an error.
fn refusal(result: Result<Token, TokenError>) -> Result<(u16, String), Box<dyn Error>> {
    let error = result.err().ok_or("a token was issued")?;
    match error.kind() {
        TokenErrorKind::Refused { refusal, .. } => Ok((refusal.status(), refusal.code().to_owned())),
        _ => Err(error.into()),
    }
}

#[tokio::test]
async fn client_credentials_in_the_three_authentication_methods() -> Outcome {
    let methods = [
        ("gateway-basic", ClientAuth::Basic, false),
        ("gateway-basic", ClientAuth::BasicFormEncoded, false),
        ("gateway-post", ClientAuth::RequestBody, true),
    ];
    with_each(async |kind, server| {
        for (id, method, in_body) in methods {
            let client = machine(kind, server, &registered(id)?)?.client_auth(method).build()?;
            let token = client.token().await;
            if kind == ServerKind::Glewlwyd && in_body {
                // It reads the secret from the header only, and says no more than 403.
                assert_eq!(refusal(token)?, (403, String::new()));
            } else {
                token.map_err(|error| format!("{method:?}: {error}"))?;
            }
            assert!(client.refresh_token().is_none(), "client credentials have no refresh token");
        }
        let seen: Vec<_> = server.token_requests()?.iter().map(|it| it.has_secret).collect();
        assert_eq!(seen, methods.map(|(_, _, in_body)| in_body));
        Ok(())
    })
    .await
}

/// RFC 6749 section 2.3.1 asks for form encoding before Base64, and servers differ. The secret has every character that matters.
#[tokio::test]
async fn a_secret_with_reserved_characters() -> Outcome {
    with_each(async |kind, server| {
        let client = registered("gateway-reserved")?;
        let accepted = async |method| -> Result<bool, Box<dyn Error>> {
            match machine(kind, server, &client)?.client_auth(method).build()?.token().await {
                Ok(_) => Ok(true),
                Err(error) if matches!(error.kind(), TokenErrorKind::Refused { .. }) => Ok(false),
                Err(error) => Err(error.into()),
            }
        };
        let (literal, encoded) =
            (accepted(ClientAuth::Basic).await?, accepted(ClientAuth::BasicFormEncoded).await?);
        let expected = match kind {
            // Percent-decodes what can be decoded and keeps the rest.
            ServerKind::Authlib | ServerKind::MockServer => (true, true),
            // Form-decodes: the plus sign of the literal secret becomes a space.
            ServerKind::DjangoOauthToolkit => (false, true),
            // Do not decode.
            ServerKind::NodeOauth2Server | ServerKind::Glewlwyd => (true, false),
        };
        assert_eq!((literal, encoded), expected, "literal, form-encoded");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn wrong_credentials_are_refused_as_such() -> Outcome {
    with_each(async |kind, server| {
        let wrong = Client { secret: "wrong".into(), ..registered("gateway-basic")? };
        let refused = machine(kind, server, &wrong)?.build()?.token().await;
        match kind {
            ServerKind::MockServer => drop(refused?),
            ServerKind::Glewlwyd => assert_eq!(refusal(refused)?, (403, String::new())),
            _ => assert_eq!(refusal(refused)?, (401, "invalid_client".to_owned())),
        }
        Ok(())
    })
    .await
}

/// The next exchange has the newest refresh token, whether the server rotates it or not.
#[tokio::test]
async fn a_code_and_rotating_refresh_tokens() -> Outcome {
    with_each(async |kind, server| {
        let app = registered("app")?;
        let code = SecretString::new(&server.code(&app.id, None)?);
        let grant = Grant::AuthorizationCode { code: code.clone(), redirect_uri: REDIRECT_URI.into() };
        let client = confidential(server, &app)?.grant(grant).build()?;
        let mut refresh_tokens = Vec::new();
        for _ in 0..3 {
            let token = client.token().await?;
            client.token_used(&token);
            refresh_tokens.push(client.refresh_token().ok_or("no refresh token")?.expose().to_owned());
            assert!(client.token_refused(&token));
        }
        client.token().await?;
        refresh_tokens.dedup();
        // glewlwyd's "rolling" prolongs the same refresh token.
        let different = if kind == ServerKind::Glewlwyd { 1 } else { 3 };
        assert_eq!(refresh_tokens.len(), different, "refresh tokens");
        let seen: Vec<_> =
            server.token_requests()?.into_iter().map(|it| (it.grant_type, it.status)).collect();
        let expected = ["authorization_code", "refresh_token", "refresh_token", "refresh_token"];
        assert_eq!(seen, expected.map(|grant| (grant.to_owned(), 200)));

        if kind == ServerKind::MockServer {
            return Ok(()); // It accepts a code any number of times.
        }
        // The code is used up.
        let again = Grant::AuthorizationCode { code, redirect_uri: REDIRECT_URI.into() };
        let again = confidential(server, &app)?.grant(again).build()?.token().await;
        let expected =
            if kind == ServerKind::Glewlwyd { (403, "invalid_code") } else { (400, "invalid_grant") };
        assert_eq!(refusal(again)?, (expected.0, expected.1.to_owned()));
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_public_client_with_pkce() -> Outcome {
    with_each(async |kind, server| {
        if kind == ServerKind::MockServer {
            return Ok(()); // It accepts only codes of its own authorization endpoint together with PKCE.
        }
        let pkce = |code: String, verifier: &str| Grant::AuthorizationCodePkce {
            code: SecretString::new(&code),
            redirect_uri: REDIRECT_URI.into(),
            code_verifier: SecretString::new(verifier),
        };
        let public = || -> Result<TokenClientBuilder, Box<dyn Error>> {
            let credentials = Credentials::public(ClientId::new("public-app")?);
            Ok(builder(server)?.credentials(StaticCredentials::from(credentials)))
        };
        let code = server.code("public-app", Some(CHALLENGE))?;
        public()?.grant(pkce(code, VERIFIER)).build()?.token().await?;
        let code = server.code("public-app", Some(CHALLENGE))?;
        let wrong = public()?.grant(pkce(code, &"a".repeat(43))).build()?.token().await;
        let error = wrong.err().ok_or("a wrong verifier was accepted")?;
        assert!(matches!(error.kind(), TokenErrorKind::Refused { .. }), "{error}");
        let seen = server.token_requests()?;
        assert!(seen.iter().all(|it| it.has_verifier && !it.has_secret), "{seen:?}");
        Ok(())
    })
    .await
}

/// Asks for a token while responses are lost, and cuts the connection when the server has answered `expected` requests.
async fn lose(
    server: &ThirdPartyServer,
    relay: &Relay,
    client: &TokenClient,
    expected: usize,
) -> Result<Result<Token, TokenError>, Box<dyn Error>> {
    relay.lose_responses();
    let (token, answered) = tokio::join!(client.token(), async {
        for _ in 0..3_000 {
            if server.token_requests().is_ok_and(|requests| requests.len() >= expected) {
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        relay.cut();
        server.token_requests().map(|requests| requests.len())
    });
    assert_eq!(answered?, expected);
    Ok(token)
}

/// The server has used the code up and issued tokens that nobody has. Sent again, the code would be refused for the wrong reason, and
/// a server with reuse detection would revoke those tokens (RFC 6749 section 4.1.2).
#[tokio::test]
async fn a_code_whose_response_is_lost_is_not_sent_again() -> Outcome {
    for kind in [ServerKind::DjangoOauthToolkit, ServerKind::NodeOauth2Server] {
        let server = ThirdPartyServer::start(kind)?;
        let relay = Relay::start(server.https_port())?;
        let app = registered("app")?;
        let code = SecretString::new(&server.code(&app.id, None)?);
        let grant = Grant::AuthorizationCode { code, redirect_uri: REDIRECT_URI.into() };
        let credentials = StaticCredentials::new(&app.id, &app.secret)?;
        let client = builder_at(relay.port(), &server)?.credentials(credentials).grant(grant).build()?;
        let lost = lose(&server, &relay, &client, 1).await?.err().ok_or("the response was not lost")?;
        assert!(matches!(lost.kind(), TokenErrorKind::Transport(_)), "{kind:?}: {lost:?}");
        // Longer than the first retries of a grant that can be repeated.
        tokio::time::sleep(Duration::from_secs(4)).await;
        let later = client.token().await.err().ok_or("a second token")?.to_string();
        assert_eq!(server.token_requests()?.len(), 1, "{kind:?}: {later}");
        // What to do, and the first cause.
        assert!(
            later.contains("log in again") && later.contains("closed the connection"),
            "{kind:?}: {later}"
        );
    }
    Ok(())
}

#[tokio::test]
async fn client_credentials_whose_response_is_lost_are_sent_again() -> Outcome {
    let server = ThirdPartyServer::start(ServerKind::NodeOauth2Server)?;
    let relay = Relay::start(server.https_port())?;
    let client = registered("gateway-basic")?;
    let credentials = StaticCredentials::new(&client.id, &client.secret)?;
    let client = builder_at(relay.port(), &server)?.credentials(credentials).build()?;
    let lost = lose(&server, &relay, &client, 1).await?.err().ok_or("the response was not lost")?;
    assert!(matches!(lost.kind(), TokenErrorKind::Transport(_)), "{lost:?}");
    for _ in 0..600 {
        if client.token().await.is_ok() {
            assert_eq!(server.token_requests()?.len(), 2);
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    Err("no token after the connection was restored".into())
}
