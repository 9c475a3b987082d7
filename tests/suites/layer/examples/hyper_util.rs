//! hyper-util's pooling client with the access token, the trust anchors and the proxy of the token client.

use genesys_token_tokio::{TokenClient, TokenLayer, http::Request};
use http_body_util::BodyExt as _;
use hyper_util::{client::legacy::Client, rt::TokioExecutor};
use tower::{Layer as _, ServiceExt as _};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let client = TokenClient::from_env()?.build()?;
    let api = client.api_url().ok_or("the client goes through a broker")?;
    let http = Client::builder(TokioExecutor::new()).build(client.api_connector());
    let genesys = TokenLayer::new(client).layer(http);

    let request = Request::get(format!("{api}/api/v2/organizations/me")).body(String::new())?;
    let response = genesys.oneshot(request).await?;
    println!("{}", String::from_utf8(response.into_body().collect().await?.to_bytes().into())?);
    Ok(())
}
