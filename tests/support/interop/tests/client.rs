//! Our host client with servers and proxies that others wrote.

use core::error::Error;
use core::time::Duration;

use genesys_token_interop::{
    CHECK_PATH, CHUNKED_TOKEN_PATH, Client, OauthOptions, OauthServer, Proxy as Peer, ProxyAuth, ProxyKind,
    SecretIn, TOKEN_PATH, TlsVersions,
};
use genesys_token_tokio::core::settings::{ClientAuth, Endpoint, Scope};
use genesys_token_tokio::core::wire::RefusalClass;
use genesys_token_tokio::{
    ApiRequest, Proxy, StaticCredentials, TokenClient, TokenClientBuilder, TokenErrorKind,
};

type Outcome = Result<(), Box<dyn Error>>;

fn server() -> Result<OauthServer, Box<dyn Error>> {
    Ok(OauthServer::start(&OauthOptions::default())?)
}

/// A client of ours for one of the server's.
fn client_of(
    server: &OauthServer,
    host: &str,
    client: &Client,
) -> Result<TokenClientBuilder, Box<dyn Error>> {
    let endpoint = Endpoint::explicit(host, server.https_port(), TOKEN_PATH)?;
    Ok(TokenClient::builder(endpoint)
        .credentials(StaticCredentials::new(&client.id, &client.secret)?)
        .extra_roots_pem(server.root_pem()))
}

/// The class and the code of a refusal; anything else fails the test.
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
async fn the_secret_in_the_header_obtains_a_token_that_opens_the_resource() -> Outcome {
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
async fn the_secret_in_the_body_obtains_a_token() -> Outcome {
    let server = server()?;
    let client = client_of(&server, "localhost", server.client_post())?;
    client.client_auth(ClientAuth::RequestBody).build()?.token().await?;
    let seen = server.requests()?;
    assert_eq!(seen.iter().map(|it| it.secret_in).collect::<Vec<_>>(), [SecretIn::Body]);
    Ok(())
}

/// RFC 6749 section 2.3.1: this server decodes what it finds in the header, as Genesys Cloud does not.
#[tokio::test]
async fn a_secret_with_reserved_characters_goes_form_encoded() -> Outcome {
    let server = server()?;
    let plain = client_of(&server, "localhost", server.client_reserved())?.build()?;
    let (class, code, _) = refusal(&plain).await?;
    assert_eq!((class, code.as_str()), (RefusalClass::Request, "invalid_request"));
    let encoded = client_of(&server, "localhost", server.client_reserved())?;
    encoded.client_auth(ClientAuth::BasicFormEncoded).build()?.token().await?;
    Ok(())
}

#[tokio::test]
async fn a_wrong_secret_and_an_unknown_client_are_told_to_check_the_region_too() -> Outcome {
    let server = server()?;
    let wrong = Client { secret: "wrong".into(), ..server.client_basic().clone() };
    let unknown = Client { id: "nobody".into(), secret: "wrong".into() };
    for stranger in [&wrong, &unknown] {
        let client = client_of(&server, "localhost", stranger)?.build()?;
        let (class, code, said) = refusal(&client).await?;
        assert_eq!((class, code.as_str()), (RefusalClass::Credentials, "invalid_client"));
        assert!(said.contains("localhost") && said.contains("region"), "{said}");
        // Asked again at once it is the same answer, and nothing was sent.
        assert_eq!(refusal(&client).await?.0, RefusalClass::Credentials);
    }
    assert_eq!(server.requests()?.len(), 2);
    Ok(())
}

#[tokio::test]
async fn scope_granted_in_part_is_told() -> Outcome {
    let server = server()?;
    let client = client_of(&server, "localhost", server.client_basic())?;
    let client = client.scope(Scope::new("read write admin")?).build()?;
    assert_eq!(client.token().await?.scope(), Some("read write"));
    Ok(())
}

#[tokio::test]
async fn a_chunked_response_is_read_whole() -> Outcome {
    let server = server()?;
    let endpoint = Endpoint::explicit("localhost", server.https_port(), CHUNKED_TOKEN_PATH)?;
    let credentials = StaticCredentials::new(&server.client_basic().id, &server.client_basic().secret)?;
    let client = TokenClient::builder(endpoint).credentials(credentials).extra_roots_pem(server.root_pem());
    client.build()?.token().await?;
    Ok(())
}

#[tokio::test]
async fn both_tls_versions_are_spoken() -> Outcome {
    for (tls_versions, name) in [(TlsVersions::Tls12, "TLSv1.2"), (TlsVersions::Tls13, "TLSv1.3")] {
        let server = OauthServer::start(&OauthOptions { tls_versions, ..OauthOptions::default() })?;
        client_of(&server, "localhost", server.client_basic())?.build()?.token().await?;
        assert_eq!(server.requests()?[0].tls.as_deref(), Some(name));
    }
    Ok(())
}

#[tokio::test]
async fn a_token_comes_through_each_proxy() -> Outcome {
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
async fn a_proxy_that_refuses_is_named_and_the_service_never_asked() -> Outcome {
    let server = server()?;
    for kind in ProxyKind::ALL {
        let peer = Peer::start(kind, ProxyAuth::Basic)?;
        let user = peer.credentials().ok_or("no credentials")?.user;
        for url in [
            format!("http://127.0.0.1:{}", peer.port()),
            format!("http://{user}:SENTINEL@127.0.0.1:{}", peer.port()),
        ] {
            let client = client_of(&server, "localhost", server.client_basic())?;
            let error =
                client.proxy(Proxy::new(&url)?).build()?.token().await.err().ok_or("it let us pass")?;
            assert!(matches!(error.kind(), TokenErrorKind::Transport(_)), "{error}");
            let said = error.to_string();
            assert!(said.contains("proxy") && said.contains("password"), "{kind:?}: {said}");
            assert!(!format!("{said} {error:?}").contains("SENTINEL"));
        }
    }
    assert_eq!(server.requests()?, []);
    Ok(())
}
