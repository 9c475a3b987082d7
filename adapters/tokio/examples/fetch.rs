//! Obtains one access token and prints it: the smallest possible program.
//!
//! Reads `GENESYS_REGION`, `GENESYS_CLIENT_ID` and `GENESYS_CLIENT_SECRET`; or, for another server such as the sandbox,
//! `TOKEN_URL` (`https://host:port/path`), `CLIENT_ID`, `CLIENT_SECRET` and `ROOT_PEM` (a file).

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program's output")]

use core::error::Error;
use std::env;
use std::process::ExitCode;

use genesys_token_tokio::core::settings::Endpoint;
use genesys_token_tokio::{StaticCredentials, TokenClient, TokenClientBuilder};

fn main() -> ExitCode {
    match fetch() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn fetch() -> Result<(), Box<dyn Error>> {
    let client = builder()?.build()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let token = runtime.block_on(client.token())?;
    println!("{}", token.expose());
    Ok(())
}

fn builder() -> Result<TokenClientBuilder, Box<dyn Error>> {
    let Ok(url) = env::var("TOKEN_URL") else {
        return Ok(TokenClient::from_env()?);
    };
    let parts = url.strip_prefix("https://").and_then(|rest| rest.split_once('/'));
    let (authority, path) = parts.ok_or("TOKEN_URL must be https://host:port/path")?;
    let (host, port) = authority.rsplit_once(':').unwrap_or((authority, "443"));
    let endpoint = Endpoint::explicit(host, port.parse()?, &format!("/{path}"))?;
    let credentials = StaticCredentials::new(&env::var("CLIENT_ID")?, &env::var("CLIENT_SECRET")?)?;
    Ok(TokenClient::builder(endpoint).credentials(credentials).extra_roots_file(env::var("ROOT_PEM")?))
}
