//! Five minutes of real time with access tokens of one minute and continuous calls, without a single 401.
//!
//! OAuth server and TLS terminator are third-party (oidc-provider, nginx); the resource asks the server whether the token is valid.
//! One caller makes authorised calls, the other sends the token itself, so that a replay cannot hide a refusal; the requests that
//! the server received are counted as well.
//!
//! `five_minutes [seconds]`; exit status 1 and the reason if an expectation fails.

#![allow(clippy::print_stdout, reason = "the output of a program")]

use core::error::Error;
use core::time::Duration;
use std::time::Instant;

use genesys_token_interop::{CHECK_PATH, OauthOptions, OauthServer, TOKEN_PATH};
use genesys_token_tokio::core::settings::Endpoint;
use genesys_token_tokio::{ApiRequest, SecretString, StaticCredentials, TokenClient};
use tokio::time::sleep;

/// The pause between two calls of one caller.
const PAUSE: Duration = Duration::from_millis(100);
/// The age in seconds at which a token of 60 s is refreshed: three quarters of its lifetime, up to a tenth of it earlier, and one
/// second later on a busy machine.
const REFRESH: (u64, u64) = (39, 46);

type Failure = Box<dyn Error>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failure> {
    let seconds = match std::env::args().nth(1) {
        Some(seconds) => seconds.parse()?,
        None => 300,
    };
    let server = OauthServer::start(&OauthOptions::default())?;
    let host = server.client_basic();
    let endpoint = Endpoint::explicit("localhost", server.https_port(), TOKEN_PATH)?
        .with_api("localhost", server.https_port())?;
    let client = TokenClient::builder(endpoint)
        .credentials(StaticCredentials::new(&host.id, &host.secret)?)
        .extra_roots_pem(server.root_pem())
        .build()?;

    let end = Instant::now() + Duration::from_secs(seconds);
    let (by_api, by_hand) = tokio::join!(calls(&client, end), own_calls(&client, end));
    let calls = by_api? + by_hand?;
    client.close();
    check(&server, calls, seconds)
}

/// Makes authorised calls until `end`; returns their number.
async fn calls(client: &TokenClient, end: Instant) -> Result<usize, Failure> {
    let mut count = 0;
    while Instant::now() < end {
        client.api(ApiRequest::get(CHECK_PATH)).await?;
        count += 1;
        sleep(PAUSE).await;
    }
    Ok(count)
}

/// Makes calls until `end` with a token that is requested and sent once; returns their number.
async fn own_calls(client: &TokenClient, end: Instant) -> Result<usize, Failure> {
    let mut count = 0;
    while Instant::now() < end {
        let token = SecretString::new(client.token().await?.expose());
        client.api_with(&token, ApiRequest::get(CHECK_PATH)).await?;
        count += 1;
        sleep(PAUSE).await;
    }
    Ok(count)
}

/// Checks the requests that the server received.
fn check(server: &OauthServer, calls: usize, seconds: u64) -> Result<(), Failure> {
    let requests = server.requests()?;
    let to = |path: &'static str| requests.iter().filter(move |request| request.path == path);
    let (received, exchanges) = (to(CHECK_PATH).count(), to(TOKEN_PATH).count());
    if let Some(refused) = requests.iter().find(|request| request.status != 200) {
        return Err(format!("the server refused: {refused:?}").into());
    }
    if received != calls || received + exchanges != requests.len() {
        return Err(format!(
            "{calls} calls were made, but the server received {received} of {} requests",
            requests.len()
        )
        .into());
    }
    // One at the start, and one at each refresh.
    let (fewest, most) = (1 + seconds / REFRESH.1, 1 + seconds / REFRESH.0);
    if !(fewest..=most).contains(&u64::try_from(exchanges)?) {
        return Err(format!("{exchanges} exchanges in {seconds} s instead of {fewest} to {most}").into());
    }
    println!("{seconds} s with tokens of 60 s: {exchanges} exchanges, {calls} calls, none refused");
    Ok(())
}
