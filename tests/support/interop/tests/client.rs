//! The host client with third-party servers and proxies.

use core::error::Error;
use core::time::Duration;

use genesys_token_interop::{
    CHECK_PATH, CHUNKED_TOKEN_PATH, Client, OauthOptions, OauthServer, Proxy as Peer, ProxyAuth, ProxyKind,
    SecretIn, TOKEN_PATH, TlsVersions,
};
use genesys_token_tokio::core::lifecycle::Policy;
use genesys_token_tokio::core::settings::{ClientAuth, Endpoint, Scope};
use genesys_token_tokio::core::wire::RefusalClass;
use genesys_token_tokio::{
    ApiRequest, Proxy, StaticCredentials, TokenClient, TokenClientBuilder, TokenErrorKind,
};

type Outcome = Result<(), Box<dyn Error>>;

fn server() -> Result<OauthServer, Box<dyn Error>> {
    Ok(OauthServer::start(&OauthOptions::default())?)
}

/// Configures the host client for a client that is registered at the server.
fn client_of(
    server: &OauthServer,
    host: &str,
    client: &Client,
) -> Result<TokenClientBuilder, Box<dyn Error>> {
    let endpoint = Endpoint::explicit(host, server.https_port(), TOKEN_PATH)?;
    // Longer than a busy machine needs for any exchange of these tests.
    let mut policy = Policy::default();
    policy.exchange_timeout = Duration::from_secs(90).into();
    Ok(TokenClient::builder(endpoint)
        .policy(policy)
        .total_timeout(Duration::from_secs(60))
        .credentials(StaticCredentials::new(&client.id, &client.secret)?)
        .extra_roots_pem(server.root_pem()))
}

/// Returns class, code and message of a refusal; anything else is an error.
async fn refusal(client: &TokenClient) -> Result<(RefusalClass, String, String), Box<dyn Error>> {
    match client.token().await {
        Ok(_) => Err("a token was granted".into()),
        Err(error) => match error.kind() {
            TokenErrorKind::Refused { refusal, .. } => {
                Ok((refusal.class(), refusal.code().to_owned(), error.to_string()))
            }
            _ => Err(error.into()),
        },
    }
}

#[tokio::test]
async fn a_token_obtained_with_the_secret_in_the_header_is_accepted_by_the_resource() -> Outcome {
    let server = server()?;
    let client = client_of(&server, "localhost", server.client_basic())?.build()?;
    let token = client.token().await?;
    assert!(token.expires_in() <= Duration::from_secs(60) && token.expires_in() > Duration::from_secs(50));
    let response = client.api(ApiRequest::get(CHECK_PATH)).await?;
    assert_eq!(response.status(), 200);

    let seen = server.requests()?;
    let seen: Vec<_> = seen.iter().map(|it| (it.path.as_str(), it.secret_in, it.status)).collect();
    assert_eq!(seen, [(TOKEN_PATH, SecretIn::Header, 200), (CHECK_PATH, SecretIn::Nowhere, 200)]);
    Ok(())
}

#[tokio::test]
async fn a_token_is_obtained_with_the_secret_in_the_body() -> Outcome {
    let server = server()?;
    let client = client_of(&server, "localhost", server.client_post())?;
    client.client_auth(ClientAuth::RequestBody).build()?.token().await?;
    let seen = server.requests()?;
    assert_eq!(seen.iter().map(|it| it.secret_in).collect::<Vec<_>>(), [SecretIn::Body]);
    Ok(())
}

/// RFC 6749 section 2.3.1: this server form-decodes Basic credentials.
#[tokio::test]
async fn a_secret_with_reserved_characters_is_form_encoded() -> Outcome {
    let server = server()?;
    let plain = client_of(&server, "localhost", server.client_reserved())?.build()?;
    let (class, code, _) = refusal(&plain).await?;
    assert_eq!((class, code.as_str()), (RefusalClass::Request, "invalid_request"));
    let encoded = client_of(&server, "localhost", server.client_reserved())?;
    encoded.client_auth(ClientAuth::BasicFormEncoded).build()?.token().await?;
    Ok(())
}

#[tokio::test]
async fn refused_credentials_name_the_region_as_a_possible_cause() -> Outcome {
    let server = server()?;
    let wrong = Client { secret: "wrong".into(), ..server.client_basic().clone() };
    let unknown = Client { id: "unknown".into(), secret: "wrong".into() };
    for stranger in [&wrong, &unknown] {
        let client = client_of(&server, "localhost", stranger)?.build()?;
        let (class, code, message) = refusal(&client).await?;
        assert_eq!((class, code.as_str()), (RefusalClass::Credentials, "invalid_client"));
        assert!(message.contains("localhost") && message.contains("region"), "{message}");
        // An immediate second request returns the same error without sending anything.
        assert_eq!(refusal(&client).await?.0, RefusalClass::Credentials);
    }
    assert_eq!(server.requests()?.len(), 2);
    Ok(())
}

#[tokio::test]
async fn a_partially_granted_scope_is_reported() -> Outcome {
    let server = server()?;
    let client = client_of(&server, "localhost", server.client_basic())?;
    let client = client.scope(Scope::new("read write admin")?).build()?;
    assert_eq!(client.token().await?.scope(), Some("read write"));
    Ok(())
}

#[tokio::test]
async fn a_chunked_response_is_read_completely() -> Outcome {
    let server = server()?;
    let endpoint = Endpoint::explicit("localhost", server.https_port(), CHUNKED_TOKEN_PATH)?;
    let credentials = StaticCredentials::new(&server.client_basic().id, &server.client_basic().secret)?;
    let client = TokenClient::builder(endpoint).credentials(credentials).extra_roots_pem(server.root_pem());
    client.build()?.token().await?;
    Ok(())
}

#[tokio::test]
async fn both_tls_versions_are_supported() -> Outcome {
    for (tls_versions, name) in [(TlsVersions::Tls12, "TLSv1.2"), (TlsVersions::Tls13, "TLSv1.3")] {
        let server = OauthServer::start(&OauthOptions { tls_versions, ..OauthOptions::default() })?;
        client_of(&server, "localhost", server.client_basic())?.build()?.token().await?;
        assert_eq!(server.requests()?[0].tls.as_deref(), Some(name));
    }
    Ok(())
}

#[tokio::test]
async fn a_token_is_obtained_through_each_proxy() -> Outcome {
    let server = server()?;
    for kind in ProxyKind::ALL {
        for auth in [ProxyAuth::None, ProxyAuth::Basic] {
            let peer = Peer::start(kind, auth)?;
            for host in ["localhost", "127.0.0.1"] {
                let client = client_of(&server, host, server.client_basic())?;
                let client = client.proxy(Proxy::new(&peer.url())?).build()?;
                client.token().await.map_err(|error| format!("{kind:?} {auth:?} {host}: {error}"))?;
            }
            let port = server.https_port();
            assert_eq!(peer.connect_log()?, [format!("localhost:{port}"), format!("127.0.0.1:{port}")]);
        }
    }
    assert_eq!(server.requests()?.len(), 8);
    Ok(())
}

#[tokio::test]
async fn a_refusal_by_the_proxy_names_the_proxy_and_nothing_reaches_the_service() -> Outcome {
    let server = server()?;
    for kind in ProxyKind::ALL {
        let peer = Peer::start(kind, ProxyAuth::Basic)?;
        let user = peer.credentials().ok_or("no credentials")?.user;
        for url in [
            format!("http://127.0.0.1:{}", peer.port()),
            format!("http://{user}:SENTINEL@127.0.0.1:{}", peer.port()),
        ] {
            let client = client_of(&server, "localhost", server.client_basic())?;
            let error = client
                .proxy(Proxy::new(&url)?)
                .build()?
                .token()
                .await
                .err()
                .ok_or("the proxy allowed the tunnel")?;
            assert!(matches!(error.kind(), TokenErrorKind::Transport(_)), "{error}");
            let message = error.to_string();
            assert!(message.contains("proxy") && message.contains("password"), "{kind:?}: {message}");
            assert!(!format!("{message} {error:?}").contains("SENTINEL"));
        }
    }
    assert_eq!(server.requests()?, []);
    Ok(())
}
