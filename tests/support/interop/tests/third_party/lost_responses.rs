//! Responses that are lost after the server has acted on the request.

use core::error::Error;
use core::time::Duration;

use genesys_token_interop::{Relay, ServerKind, ThirdPartyServer, registered};
use genesys_token_tokio::{Token, TokenClient, TokenError, TokenErrorKind};

use crate::setup::{Outcome, code_grant, confidential_at, seen};

/// A server, a relay to it, and a client that connects to the relay with a code as its grant.
struct Login {
    kind: ServerKind,
    server: ThirdPartyServer,
    relay: Relay,
    client: TokenClient,
}

impl Login {
    fn start(kind: ServerKind) -> Result<Self, Box<dyn Error>> {
        let server = ThirdPartyServer::start(kind)?;
        let relay = Relay::start(server.https_port())?;
        let app = registered("app")?;
        let grant = code_grant(&server.code(&app.id, None)?);
        let client = confidential_at(relay.port(), &server, &app)?.grant(grant).build()?;
        Ok(Self { kind, server, relay, client })
    }

    /// Asks for a token, loses the response to the request with this number, and checks the error.
    async fn lose(&self, number: usize) -> Outcome {
        let lost = lose(&self.server, &self.relay, &self.client, number).await?;
        let error = lost.err().ok_or_else(|| format!("{:?}: the response was not lost", self.kind))?;
        assert!(matches!(error.kind(), TokenErrorKind::Transport(_)), "{:?}: {error:?}", self.kind);
        Ok(())
    }

    /// Checks that the client has sent no other request and says what to do and why; then logs in again.
    async fn log_in_again(&self, requests: usize) -> Outcome {
        let kind = self.kind;
        let error = self.client.token().await.err().ok_or("a second token")?;
        assert!(error.needs_login(), "{kind:?}: {error}");
        let later = error.to_string();
        assert_eq!(self.server.token_requests()?.len(), requests, "{kind:?}: {later}");
        assert!(
            later.contains("log in again") && later.contains("closed the connection"),
            "{kind:?}: {later}"
        );
        self.client.replace_grant(code_grant(&self.server.code("app", None)?));
        self.client.token().await.map_err(|error| format!("{kind:?}: {error}"))?;
        let last = seen(&self.server)?.pop();
        assert_eq!(last, Some(("authorization_code".to_owned(), 200)), "{kind:?}");
        Ok(())
    }
}

/// Longer than the first retries of a grant that can be repeated.
async fn wait_for_retries() {
    tokio::time::sleep(Duration::from_secs(4)).await;
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

/// The server has used the code up and issued tokens that no client received. Sent again, the code would be refused for the wrong reason, and
/// a server with reuse detection would revoke those tokens (RFC 6749 section 4.1.2).
#[tokio::test]
async fn a_code_whose_response_is_lost_is_not_sent_again() -> Outcome {
    let logins = ServerKind::ALL.map(Login::start);
    let logins = logins.into_iter().collect::<Result<Vec<_>, _>>()?;
    for login in &logins {
        login.lose(1).await?;
    }
    wait_for_retries().await;
    for login in &logins {
        login.log_in_again(1).await?;
    }
    Ok(())
}

/// The same for a refresh token, on a connection that the server has kept alive: HTTP clients like to repeat requests on those.
#[tokio::test]
async fn a_refresh_token_whose_response_is_lost_is_not_sent_again() -> Outcome {
    let logins = ServerKind::ALL.map(Login::start);
    let logins = logins.into_iter().collect::<Result<Vec<_>, _>>()?;
    for login in &logins {
        let token = login.client.token().await?;
        assert!(login.client.token_refused(&token));
        login.lose(2).await?;
        assert_eq!(seen(&login.server)?.pop(), Some(("refresh_token".to_owned(), 200)), "{:?}", login.kind);
    }
    wait_for_retries().await;
    for login in &logins {
        login.log_in_again(2).await?;
    }
    Ok(())
}

#[tokio::test]
async fn client_credentials_whose_response_is_lost_are_sent_again() -> Outcome {
    let server = ThirdPartyServer::start(ServerKind::NodeOauth2Server)?;
    let relay = Relay::start(server.https_port())?;
    let client = registered("gateway-basic")?;
    let client = confidential_at(relay.port(), &server, &client)?.build()?;
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
