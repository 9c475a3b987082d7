//! The wait for a token, for the routes that need one.

use std::sync::Arc;
use std::time::Duration;

use hyper::Response;

use super::reply::{self, ReplyBody};
use crate::registry::{Consumer, Registry};

/// Returns a consumer and the time limit of its request; shared by the routes that wait for a token.
pub(super) async fn token_of(
    registry: &Registry,
    consumer: &Arc<Consumer>,
) -> Result<genesys_token_tokio::Token, Response<ReplyBody>> {
    if let Some(token) = consumer.upstream.ready_token() {
        return Ok(token);
    }
    // In memory of its own: most requests do not wait.
    let token = Box::pin(tokio::time::timeout(registry.limits.request_timeout, consumer.upstream.token()));
    match token.await {
        Ok(Ok(token)) => Ok(token),
        Ok(Err(unavailable)) => {
            Err(reply::unavailable(503, &unavailable.to_string(), unavailable.retry_after()))
        }
        Err(_elapsed) => Err(reply::unavailable(
            503,
            "the service has not answered within `request_timeout`",
            Duration::from_secs(1),
        )),
    }
}
