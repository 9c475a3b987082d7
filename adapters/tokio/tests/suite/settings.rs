//! Settings as text, and what a client tells of its own.

use genesys_token_tokio::{ClientId, Credentials, Endpoint, Proxy, Region, SecretString, TokenClient};

fn client(endpoint: &Endpoint) -> TokenClient {
    let credentials = Credentials::new("id", "secret").unwrap();
    TokenClient::builder(*endpoint).credentials(credentials).build().unwrap()
}

#[test]
fn a_client_names_its_hosts() {
    let region = client(&Region::EuCentral1.into());
    assert_eq!(region.endpoint().map(Endpoint::login_host), Some("login.mypurecloud.de"));
    assert_eq!(region.api_url().as_deref(), Some("https://api.mypurecloud.de"));
    let endpoint = Endpoint::explicit("::1", 8443, "/oauth/token").unwrap();
    assert_eq!(client(&endpoint).api_url().as_deref(), Some("https://[::1]:8443"));
    let client = client(&endpoint);
    assert_eq!(client.endpoint(), Some(&endpoint));
}

/// For another HTTP client, which may not know HTTP/2.
#[test]
fn the_tls_configuration_is_for_http_1() {
    let config = client(&Region::EuCentral1.into()).tls_config();
    assert_eq!(config.alpn_protocols, [b"http/1.1"]);
}

#[test]
fn settings_are_made_from_text() {
    // As a program writes it: without a capacity, which nothing here would tell the compiler.
    assert_eq!(ClientId::try_from("an id").unwrap().as_str(), "an id");
    assert!(Proxy::try_from("proxy.test:3128").is_ok() && "socks5://proxy.test".parse::<Proxy>().is_err());
    let secrets: [SecretString; 3] =
        ["SENTINEL".into(), String::from("SENTINEL").into(), "SENTINEL".parse().unwrap()];
    for secret in secrets {
        assert_eq!(secret.expose(), "SENTINEL");
        assert_eq!(format!("{secret:?}"), "[redacted]");
    }
}
