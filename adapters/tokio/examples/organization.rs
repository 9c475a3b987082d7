//! Prints the organisation of an OAuth client: the example of the project's README.
//!
//! Reads `GENESYS_REGION`, `GENESYS_CLIENT_ID` and `GENESYS_CLIENT_SECRET`, or what the sandbox prints.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program's output")]

use genesys_token_tokio::{ApiRequest, TokenClient};

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::process::ExitCode {
    match organization().await {
        Ok(json) => println!("{json}"),
        Err(error) => {
            eprintln!("{error}");
            return std::process::ExitCode::FAILURE;
        }
    }
    std::process::ExitCode::SUCCESS
}

async fn organization() -> Result<String, Box<dyn core::error::Error>> {
    let client = TokenClient::from_env()?.build()?;
    let response = client.api(ApiRequest::get("/api/v2/organizations/me")).await?;
    Ok(String::from_utf8_lossy(response.body()).into_owned())
}
