//! reqwest with the access token, and with the trust anchors of the token client.

use genesys_token_tokio::{TokenClient, TokenLayer};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let client = TokenClient::from_env()?.build()?;
    let api = client.api_url().ok_or("the client goes through a broker")?;
    let http = reqwest::Client::builder().tls_backend_preconfigured(client.tls_config()).build()?;
    let genesys = TokenLayer::new(client).reqwest(http.clone());

    let response =
        genesys.send(http.get(format!("{api}/api/v2/organizations/me"))).await?.error_for_status()?;
    println!("{}", response.text().await?);
    Ok(())
}
