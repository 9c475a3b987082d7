//! The usual choice in Rust: the oauth2 crate with reqwest, with as few features as possible.

use std::{env, fs};

use oauth2::{ClientId, ClientSecret, TokenResponse as _, TokenUrl, basic::BasicClient};

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(exchange())
}

async fn exchange() -> Result<(), Failure> {
    let http = reqwest::Client::builder()
        .use_rustls_tls()
        .tls_built_in_root_certs(false)
        .add_root_certificate(reqwest::Certificate::from_pem(&fs::read(env::var("ROOT_PEM")?)?)?)
        .min_tls_version(reqwest::tls::Version::TLS_1_3)
        .redirect(reqwest::redirect::Policy::none())
        .build()?;
    let client = BasicClient::new(ClientId::new(env::var("CLIENT_ID")?))
        .set_client_secret(ClientSecret::new(env::var("CLIENT_SECRET")?))
        .set_token_uri(TokenUrl::new(env::var("TOKEN_URL")?)?);
    let token = client.exchange_client_credentials().request_async(&http).await?;
    println!("{}", token.access_token().secret());
    Ok(())
}
