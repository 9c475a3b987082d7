//! The token client as state of an axum server: all requests share one access token and its connections.

use axum::{Router, extract::State, http::StatusCode, routing::get};
use genesys_token_tokio::{ApiError, ApiRequest, TokenClient};

async fn organization(State(client): State<TokenClient>) -> Result<String, (StatusCode, String)> {
    let failed = |error: ApiError| (StatusCode::BAD_GATEWAY, error.to_string());
    let response = client.api(ApiRequest::get("/api/v2/organizations/me")).await.map_err(failed)?;
    response.text().map(str::to_owned).map_err(failed)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let client = TokenClient::from_env()?.build()?;
    let app = Router::new().route("/", get(organization)).with_state(client);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    println!("{}", listener.local_addr()?);
    axum::serve(listener, app).await?;
    Ok(())
}
