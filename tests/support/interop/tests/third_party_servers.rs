//! The host client with OAuth servers of other authors: every grant, every way of client authentication.

use core::error::Error;
use core::time::Duration;

use genesys_token_interop::{Client, REDIRECT_URI, ServerKind, TOKEN_PATH, ThirdPartyServer, registered};
use genesys_token_tokio::core::lifecycle::Policy;
use genesys_token_tokio::core::settings::{ClientAuth, ClientId, Endpoint};
use genesys_token_tokio::{
    Credentials, Grant, SecretString, StaticCredentials, TokenClient, TokenClientBuilder, TokenErrorKind,
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
    // Longer than a busy machine needs for any exchange of these tests.
    let mut policy = Policy::default();
    policy.exchange_timeout = Duration::from_secs(90).into();
    Ok(TokenClient::builder(Endpoint::explicit("localhost", server.https_port(), TOKEN_PATH)?)
        .policy(policy)
        .total_timeout(Duration::from_secs(60))
        .extra_roots_pem(server.root_pem()))
}

fn confidential(server: &ThirdPartyServer, client: &Client) -> Result<TokenClientBuilder, Box<dyn Error>> {
    Ok(builder(server)?.credentials(StaticCredentials::new(&client.id, &client.secret)?))
}

#[tokio::test]
async fn client_credentials_in_the_three_authentication_methods() -> Outcome {
    let methods = [
        ("gateway-basic", ClientAuth::Basic, false),
        ("gateway-basic", ClientAuth::BasicFormEncoded, false),
        ("gateway-post", ClientAuth::RequestBody, true),
    ];
    with_each(async |_, server| {
        for (id, method, _) in methods {
            let client = confidential(server, &registered(id)?)?.client_auth(method).build()?;
            client.token().await.map_err(|error| format!("{method:?}: {error}"))?;
            assert!(client.refresh_token().is_none(), "client credentials have no refresh token");
        }
        let seen = server.token_requests()?;
        let seen: Vec<_> = seen.iter().map(|it| (it.grant_type.as_str(), it.status, it.has_secret)).collect();
        assert_eq!(seen, methods.map(|(_, _, in_body)| ("client_credentials", 200, in_body)));
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
            match confidential(server, &client)?.client_auth(method).build()?.token().await {
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
            // Does not decode.
            ServerKind::NodeOauth2Server => (true, false),
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
        let refused = confidential(server, &wrong)?.build()?.token().await;
        match (kind, refused) {
            (ServerKind::MockServer, Ok(_)) => {}
            (_, Err(error)) => {
                let TokenErrorKind::Refused { refusal, .. } = error.kind() else { return Err(error.into()) };
                assert_eq!(refusal.code(), "invalid_client");
            }
            (_, Ok(_)) => return Err("a wrong secret was accepted".into()),
        }
        Ok(())
    })
    .await
}

/// Each refresh token is used once: the next exchange has the newest one.
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
        assert_eq!(refresh_tokens.len(), 3, "each response has a new refresh token");
        let seen: Vec<_> =
            server.token_requests()?.into_iter().map(|it| (it.grant_type, it.status)).collect();
        let expected = ["authorization_code", "refresh_token", "refresh_token", "refresh_token"];
        assert_eq!(seen, expected.map(|grant| (grant.to_owned(), 200)));

        if kind == ServerKind::MockServer {
            return Ok(()); // It accepts a code any number of times.
        }
        // The code is used up.
        let again = Grant::AuthorizationCode { code, redirect_uri: REDIRECT_URI.into() };
        let error =
            confidential(server, &app)?.grant(again).build()?.token().await.err().ok_or("used twice")?;
        let TokenErrorKind::Refused { refusal, .. } = error.kind() else { return Err(error.into()) };
        assert_eq!(refusal.code(), "invalid_grant");
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
