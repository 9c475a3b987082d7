//! `/readyz` and `/status`: the state of every client, without any secret.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;

use hyper::Response;
use serde_json::{Value, json};

use super::reply::{self, ReplyBody};
use crate::registry::Registry;
use crate::upstream::{Upstream, by_result};

/// Returns 200 if every client has a token, else 503 with the names of the others.
pub(super) async fn readiness(registry: &Registry) -> Response<ReplyBody> {
    let mut missing = Vec::new();
    for upstream in registry.upstreams.values() {
        if upstream.snapshot().await.token.is_none() {
            missing.push(upstream.name.as_str());
        }
    }
    if missing.is_empty() {
        reply::text(200, "ready\n")
    } else {
        reply::text(503, format!("no token for: {}\n", missing.join(", ")))
    }
}

/// Returns the state of all clients, for `genesys-token-broker status` and for programs.
pub(super) async fn of(registry: &Registry) -> Value {
    let mut clients = Vec::new();
    for upstream in registry.upstreams.values() {
        let consumers: Vec<_> = registry
            .consumers
            .values()
            .filter(|consumer| std::sync::Arc::ptr_eq(&consumer.upstream, upstream))
            .map(|consumer| &*consumer.name)
            .collect();
        let mut client = of_client(upstream).await;
        client["consumers"] = json!(consumers);
        clients.push(client);
    }
    json!({ "clients": clients })
}

async fn of_client(upstream: &Upstream) -> Value {
    let snapshot = upstream.snapshot().await;
    let state = match (&snapshot.token, &snapshot.error) {
        (Some(_), _) => "valid",
        (None, Some(_)) => "failed",
        (None, None) => "requesting",
    };
    let exchanges: BTreeMap<_, _> = by_result(&snapshot.status.exchanges).into_iter().collect();
    let seconds = |duration: std::time::Duration| duration.as_secs();
    json!({
        "name": upstream.name,
        "host": upstream.config.endpoint.login_host(),
        "state": state,
        "credentials": if snapshot.on_successor { "successor" } else { "primary" },
        "age_seconds": snapshot.status.token_age.map(seconds),
        "expires_in_seconds": snapshot.token.as_ref().map(|token| token.expires_in().as_secs()),
        "next_exchange_in_seconds": snapshot.status.next_exchange_in.map(seconds),
        "lateness_seconds": snapshot.status.lateness.as_secs_f64(),
        "exchanges": exchanges,
        "last_failure": snapshot.status.last_failure.as_ref().map(
            |failure| json!({ "age_seconds": failure.age.as_secs(), "error": failure.error.to_string() })
        ),
        "retry_in_seconds": snapshot.error.as_ref().and_then(genesys_token_tokio::TokenError::retry_in).map(seconds),
        "error": snapshot.error.as_ref().map(ToString::to_string),
        "waiters": upstream.waiters.load(Ordering::Relaxed),
        "rate_limit": upstream.budget.left_and_allowed().map(|(left, allowed)| json!({ "left": left, "allowed": allowed })),
    })
}
