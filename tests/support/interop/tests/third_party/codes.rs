//! Authorization codes with and without PKCE, of confidential and public clients, and the refresh tokens that follow.

use core::error::Error;

use genesys_token_interop::{ServerKind, ThirdPartyServer, registered};
use genesys_token_tokio::{TokenClient, TokenErrorKind};

use crate::setup::{
    CHALLENGE, Outcome, PUBLIC, VERIFIER, code_grant, confidential, pkce_grant, public, refusal, seen,
    with_each,
};

/// Obtains a token for the grant and three more by refresh tokens, and returns the distinct refresh tokens.
async fn refresh_three_times(client: &TokenClient) -> Result<usize, Box<dyn Error>> {
    let mut refresh_tokens = Vec::new();
    for _ in 0..3 {
        let token = client.token().await?;
        client.token_used(&token);
        refresh_tokens.push(client.refresh_token().ok_or("no refresh token")?.expose().to_owned());
        assert!(client.token_refused(&token));
    }
    client.token().await?;
    refresh_tokens.dedup();
    Ok(refresh_tokens.len())
}

/// glewlwyd's "rolling" prolongs the same refresh token; the others issue a new one each time.
fn rotated(kind: ServerKind) -> usize {
    if kind == ServerKind::Glewlwyd { 1 } else { 3 }
}

fn assert_code_and_refreshes(server: &ThirdPartyServer) -> Outcome {
    let expected = ["authorization_code", "refresh_token", "refresh_token", "refresh_token"];
    assert_eq!(seen(server)?, expected.map(|grant| (grant.to_owned(), 200)));
    Ok(())
}

/// The next exchange has the newest refresh token, whether the server rotates it or not.
#[tokio::test]
async fn a_code_and_rotating_refresh_tokens() -> Outcome {
    with_each(async |kind, server| {
        let app = registered("app")?;
        let code = server.code(&app.id, None)?;
        let client = confidential(server, &app)?.grant(code_grant(&code)).build()?;
        assert_eq!(refresh_three_times(&client).await?, rotated(kind), "refresh tokens");
        assert_code_and_refreshes(server)?;

        if kind == ServerKind::MockServer {
            return Ok(()); // It accepts a code any number of times.
        }
        let again = confidential(server, &app)?.grant(code_grant(&code)).build()?.token().await;
        let expected =
            if kind == ServerKind::Glewlwyd { (403, "invalid_code") } else { (400, "invalid_grant") };
        assert_eq!(refusal(again)?, (expected.0, expected.1.to_owned()), "a code that is used up");
        Ok(())
    })
    .await
}

/// A client without a secret names itself in each request, those with a refresh token included (RFC 6749 section 3.2.1).
#[tokio::test]
async fn a_public_client_with_pkce_and_its_refresh_tokens() -> Outcome {
    with_each(async |kind, server| {
        let code = server.code(PUBLIC, Some(CHALLENGE))?;
        let client = public(server)?.grant(pkce_grant(&code, VERIFIER)).build()?;
        assert_eq!(refresh_three_times(&client).await?, rotated(kind), "refresh tokens");
        assert_code_and_refreshes(server)?;
        let requests = server.token_requests()?;
        assert!(requests.iter().all(|it| !it.has_secret), "{requests:?}");
        let verifiers: Vec<_> = requests.iter().map(|it| it.has_verifier).collect();
        assert_eq!(verifiers, [true, false, false, false]);

        let code = server.code(PUBLIC, Some(CHALLENGE))?;
        let wrong = public(server)?.grant(pkce_grant(&code, &"a".repeat(43))).build()?.token().await;
        let error = wrong.err().ok_or("a wrong verifier was accepted")?;
        assert!(matches!(error.kind(), TokenErrorKind::Refused { .. }), "{error}");

        // Some servers require PKCE of clients with a secret as well.
        let app = registered("app")?;
        let code = server.code(&app.id, Some(CHALLENGE))?;
        let client = confidential(server, &app)?.grant(pkce_grant(&code, VERIFIER)).build()?;
        client.token().await?;
        assert!(client.refresh_token().is_some(), "a confidential client with PKCE");
        Ok(())
    })
    .await
}
