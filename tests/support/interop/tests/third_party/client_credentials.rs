//! Client credentials: three ways of client authentication, reserved characters, wrong credentials.

use core::error::Error;

use genesys_token_interop::{Client, ServerKind, ThirdPartyServer, registered};
use genesys_token_tokio::core::settings::{ClientAuth, Scope};
use genesys_token_tokio::{TokenClientBuilder, TokenErrorKind};

use crate::setup::{Outcome, confidential, refusal, with_each};

/// Returns a client with the scope that one of the servers requires.
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

        // In the body there is one encoding, which every server that reads it decodes.
        let client = registered("gateway-reserved-post")?;
        let in_body = machine(kind, server, &client)?.client_auth(ClientAuth::RequestBody).build()?;
        let token = in_body.token().await;
        if kind == ServerKind::Glewlwyd {
            assert_eq!(refusal(token)?, (403, String::new()));
        } else {
            token?;
        }
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
