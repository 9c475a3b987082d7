//! A small blocking client: ureq for HTTP, serde_json for the response, the request built by hand.

use std::{env, fs};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde::Deserialize;
use ureq::tls::{Certificate, RootCerts, TlsConfig};

type Failure = Box<dyn std::error::Error>;

#[derive(Deserialize)]
struct TokenResponse<'a> {
    access_token: &'a str,
    token_type: &'a str,
    expires_in: u64,
}

fn main() -> Result<(), Failure> {
    let root = Certificate::from_pem(&fs::read(env::var("ROOT_PEM")?)?)?;
    let agent = ureq::Agent::config_builder()
        .tls_config(TlsConfig::builder().root_certs(RootCerts::new_with_certs(&[root])).build())
        .proxy(None)
        .max_redirects(0)
        .build()
        .new_agent();
    let credentials =
        BASE64_STANDARD.encode(format!("{}:{}", env::var("CLIENT_ID")?, env::var("CLIENT_SECRET")?));
    let body = agent
        .post(env::var("TOKEN_URL")?)
        .header("authorization", format!("Basic {credentials}"))
        .content_type("application/x-www-form-urlencoded")
        .send("grant_type=client_credentials")?
        .body_mut()
        .read_to_string()?;
    let token: TokenResponse<'_> = serde_json::from_str(&body)?;
    if !token.token_type.eq_ignore_ascii_case("bearer") || token.expires_in == 0 {
        return Err("the response holds no usable bearer token".into());
    }
    println!("{}", token.access_token);
    Ok(())
}
