//! Five minutes of real time: tokens that live for a minute, callers that never stop, and not one 401.
//!
//! The OAuth server and the TLS end are others' (oidc-provider, nginx); the resource asks the server whether the token lives. One
//! caller makes authorised calls, the other sends the token it is given itself, so that no replay could hide a refusal from it; what
//! the server saw is counted as well.
//!
//! `five_minutes [seconds]`; exit status 1 and a reason if anything is not as it must be.

#![allow(clippy::print_stdout, reason = "a program's output")]

use core::error::Error;
use core::time::Duration;
use std::time::Instant;

use genesys_token_interop::{CHECK_PATH, OauthOptions, OauthServer, TOKEN_PATH};
use genesys_token_tokio::core::settings::Endpoint;
use genesys_token_tokio::{ApiRequest, SecretString, StaticCredentials, TokenClient};
use tokio::time::sleep;

/// Between two calls of one caller.
const PAUSE: Duration = Duration::from_millis(100);
/// When a token of 60 s is refreshed, counted from its exchange: at three quarters of its life, and up to a tenth earlier; a second
/// more for a machine that is busy.
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
    judge(&server, calls, seconds)
}

/// Authorised calls until then; gives their number.
async fn calls(client: &TokenClient, end: Instant) -> Result<usize, Failure> {
    let mut count = 0;
    while Instant::now() < end {
        client.api(ApiRequest::get(CHECK_PATH)).await?;
        count += 1;
        sleep(PAUSE).await;
    }
    Ok(count)
}

/// The same with a token that is asked for and sent once.
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

/// What the server saw.
fn judge(server: &OauthServer, calls: usize, seconds: u64) -> Result<(), Failure> {
    let requests = server.requests()?;
    let to = |path: &'static str| requests.iter().filter(move |request| request.path == path);
    let (asked, exchanges) = (to(CHECK_PATH).count(), to(TOKEN_PATH).count());
    if let Some(refused) = requests.iter().find(|request| request.status != 200) {
        return Err(format!("the server refused: {refused:?}").into());
    }
    if asked != calls || asked + exchanges != requests.len() {
        return Err(
            format!("{calls} calls were made, but the server saw {asked} of {}", requests.len()).into()
        );
    }
    // One at the beginning, and one whenever the token before has come to the time of its refresh.
    let (fewest, most) = (1 + seconds / REFRESH.1, 1 + seconds / REFRESH.0);
    if !(fewest..=most).contains(&u64::try_from(exchanges)?) {
        return Err(format!("{exchanges} exchanges in {seconds} s instead of {fewest} to {most}").into());
    }
    println!("{seconds} s with tokens of 60 s: {exchanges} exchanges, {calls} calls, not one refused");
    Ok(())
}
