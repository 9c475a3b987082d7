//! The local server in the place of the service, and its clients.

use std::error::Error;
use std::time::Duration;

use genesys_token_core::settings::Endpoint;
use genesys_token_sandbox::{Builder, DEMO_CLIENT_ID, DEMO_CLIENT_SECRET, Host, Received, Sandbox};
use genesys_token_tokio::{StaticCredentials, TokenClient, TokenClientBuilder};

use crate::transcript::say;

/// Returns a service that reports each request to the transcript.
pub(crate) fn service() -> Builder {
    Sandbox::builder().on_request(|request| say("service", request))
}

/// Returns the demo client of a service, which trusts the service's own certification authority.
pub(crate) fn client(service: &Sandbox) -> Result<TokenClient, Box<dyn Error>> {
    Ok(builder(service)?.extra_roots_pem(service.root_pem()).build()?)
}

/// Returns the same client without trust in the service's certification authority.
pub(crate) fn builder(service: &Sandbox) -> Result<TokenClientBuilder, Box<dyn Error>> {
    let endpoint = Endpoint::explicit("localhost", service.login_addr().port(), Endpoint::TOKEN_PATH)?;
    let endpoint = endpoint.with_api("localhost", service.api_addr().port())?;
    Ok(TokenClient::builder(endpoint)
        .credentials(StaticCredentials::new(DEMO_CLIENT_ID, DEMO_CLIENT_SECRET)?))
}

/// Returns host and status of each received request, in order.
pub(crate) fn answers(record: &[Received]) -> Vec<(Host, u16)> {
    record.iter().map(|request| (request.host, request.status.unwrap_or(0))).collect()
}

/// Returns the time between two requests of a record; zero if there are fewer.
pub(crate) fn between(record: &[Received], first: usize, second: usize) -> Duration {
    match (record.get(first), record.get(second)) {
        (Some(first), Some(second)) => second.at.saturating_sub(first.at),
        _ => Duration::ZERO,
    }
}
