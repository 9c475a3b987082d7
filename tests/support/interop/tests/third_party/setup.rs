//! What the tests share: a server of each kind, and clients for it.

use core::error::Error;
use core::time::Duration;

use genesys_token_interop::{Client, REDIRECT_URI, ServerKind, TOKEN_PATH, ThirdPartyServer};
use genesys_token_tokio::core::lifecycle::Policy;
use genesys_token_tokio::core::settings::{ClientId, Endpoint};
use genesys_token_tokio::{
    Credentials, Grant, SecretString, StaticCredentials, Token, TokenClient, TokenClientBuilder, TokenError,
    TokenErrorKind,
};

pub(crate) type Outcome = Result<(), Box<dyn Error>>;

/// The pair of RFC 7636, appendix B.
pub(crate) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub(crate) const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// Runs a test with each server, and names the server in an error.
pub(crate) async fn with_each(test: impl AsyncFn(ServerKind, &ThirdPartyServer) -> Outcome) -> Outcome {
    for kind in ServerKind::ALL {
        let server = ThirdPartyServer::start(kind)?;
        test(kind, &server).await.map_err(|error| format!("{kind:?}: {error}"))?;
    }
    Ok(())
}

/// Returns a client that connects to this port.
pub(crate) fn builder_at(port: u16, server: &ThirdPartyServer) -> Result<TokenClientBuilder, Box<dyn Error>> {
    // Longer than a busy machine needs for any exchange of these tests.
    let mut policy = Policy::default();
    policy.exchange_timeout = Duration::from_secs(90).into();
    Ok(TokenClient::builder(Endpoint::explicit("localhost", port, TOKEN_PATH)?)
        .policy(policy)
        .total_timeout(Duration::from_secs(60))
        .extra_roots_pem(server.root_pem()))
}

pub(crate) fn confidential(
    server: &ThirdPartyServer,
    client: &Client,
) -> Result<TokenClientBuilder, Box<dyn Error>> {
    confidential_at(server.https_port(), server, client)
}

pub(crate) fn confidential_at(
    port: u16,
    server: &ThirdPartyServer,
    client: &Client,
) -> Result<TokenClientBuilder, Box<dyn Error>> {
    Ok(builder_at(port, server)?.credentials(StaticCredentials::new(&client.id, &client.secret)?))
}

/// The client without a secret.
pub(crate) const PUBLIC: &str = "public-app";

pub(crate) fn public(server: &ThirdPartyServer) -> Result<TokenClientBuilder, Box<dyn Error>> {
    let credentials = Credentials::public(ClientId::new(PUBLIC)?);
    Ok(builder_at(server.https_port(), server)?.credentials(StaticCredentials::from(credentials)))
}

pub(crate) fn code_grant(code: &str) -> Grant {
    Grant::AuthorizationCode { code: SecretString::new(code), redirect_uri: REDIRECT_URI.into() }
}

pub(crate) fn pkce_grant(code: &str, verifier: &str) -> Grant {
    Grant::AuthorizationCodePkce {
        code: SecretString::new(code),
        redirect_uri: REDIRECT_URI.into(),
        code_verifier: SecretString::new(verifier),
    }
}

/// Returns status and error code of a refusal; anything else is an error.
pub(crate) fn refusal(result: Result<Token, TokenError>) -> Result<(u16, String), Box<dyn Error>> {
    let error = result.err().ok_or("a token was issued")?;
    match error.kind() {
        TokenErrorKind::Refused { refusal, .. } => Ok((refusal.status(), refusal.code().to_owned())),
        _ => Err(error.into()),
    }
}

/// Returns grant type and status of each token request so far.
pub(crate) fn seen(server: &ThirdPartyServer) -> Result<Vec<(String, u16)>, Box<dyn Error>> {
    Ok(server.token_requests()?.into_iter().map(|it| (it.grant_type, it.status)).collect())
}
