//! Authorised calls: the access token is revoked, the secret changes, the Platform API refuses.

use super::outcome::Phase::{Body, Response as Head};
use super::outcome::TransportFault::Closed;
use super::{Fault, Outcome, Recovery, Scenario};
use crate::behaviour::{Answer, Behaviour, Close, CutAt, Host};
use crate::bodies::CORRELATION_ID;
use crate::response::Response;

pub(super) fn list() -> Vec<Scenario> {
    [token_lifetime, refusals, rate_limits, connections].into_iter().flat_map(|part| part()).collect()
}

fn token_lifetime() -> Vec<Scenario> {
    use Fault::{Lasting, Next, SecretReplaced, TokensRevoked};
    let unavailable = || Lasting(Host::Login, Response::html_bad_gateway().into());
    let again = |name, faults: Vec<Fault>| {
        Scenario::call(name, faults, [Outcome::Called])
            .requests(1)
            .calls(2)
            .with_recovery(Recovery::NotNeeded)
    };
    vec![
        Scenario::call("a call", [], [Outcome::Called]).with_recovery(Recovery::NotNeeded),
        again("the token is revoked early", vec![TokensRevoked]),
        again("one 401 for a valid token", vec![Next(Host::Api, bad_credentials())]),
        Scenario::call(
            "401 for every token",
            [Lasting(Host::Api, bad_credentials())],
            [Outcome::call_refused("AccessToken", 401, "bad.credentials")],
        )
        .requests(1)
        .calls(2),
        Scenario::call(
            "the token is revoked while the login host is unavailable",
            [TokensRevoked, unavailable()],
            [Outcome::refused("Unavailable", 502, "")],
        )
        .requests(1),
        Scenario::call(
            "the secret is replaced while the token is valid",
            [SecretReplaced],
            [Outcome::Called],
        )
        .with_recovery(Recovery::NotNeeded),
        Scenario::call(
            "the secret is replaced and the token revoked",
            [SecretReplaced, TokensRevoked],
            [Outcome::refused("Credentials", 400, "invalid_client")],
        )
        .requests(1)
        .with_recovery(Recovery::OnNewCredentials),
    ]
}

fn bad_credentials() -> Behaviour {
    Response::bad_credentials(CORRELATION_ID).into()
}

/// Every published refusal, by status and code. None of them invalidates the access token.
fn refusals() -> Vec<Scenario> {
    let error = |status, code| Response::api_error(status, code, "no", CORRELATION_ID);
    let cases = [
        ("a resource that needs a user", Response::not_a_user(CORRELATION_ID), "Request", "not.a.user"),
        ("a bad request", error(400, "bad.request"), "Request", "bad.request"),
        (
            "an address that is not allowed",
            error(401, "ip.not.authorized"),
            "ClientNotAllowed",
            "ip.not.authorized",
        ),
        (
            "a missing permission",
            Response::missing_permission("authorization:role:view", CORRELATION_ID),
            "Scope",
            "missing.permissions",
        ),
        (
            "another missing permission",
            error(403, "missing.any.permissions"),
            "Scope",
            "missing.any.permissions",
        ),
        ("not authorised", error(403, "not.authorized"), "Scope", "not.authorized"),
        ("an unknown resource", error(404, "not.found"), "Request", "not.found"),
        ("a slow client", error(408, "client.timeout"), "Unavailable", "client.timeout"),
        (
            "a request that is too large",
            error(413, "request.entity.too.large"),
            "Request",
            "request.entity.too.large",
        ),
        (
            "an unsupported media type",
            error(415, "unsupported.media.type"),
            "Request",
            "unsupported.media.type",
        ),
        ("an error of the API", error(500, "internal.server.error"), "Unavailable", "internal.server.error"),
        ("the API in HTML", Response::html_bad_gateway(), "Unavailable", ""),
        ("the API is unavailable", error(503, "service.unavailable"), "Unavailable", "service.unavailable"),
        ("the API takes too long", error(504, "request.timeout"), "Unavailable", "request.timeout"),
    ];
    cases
        .into_iter()
        .map(|(name, response, class, code)| {
            let outcome = Outcome::call_refused(class, response.status, code);
            Scenario::call(name, [Fault::Lasting(Host::Api, response.into())], [outcome])
        })
        .collect()
}

fn rate_limits() -> Vec<Scenario> {
    let limited = |seconds| Response::too_many_requests(seconds, CORRELATION_ID).into();
    vec![
        Scenario::call("the API's short 429", [Fault::Next(Host::Api, limited(1))], [Outcome::Called])
            .calls(2)
            .with_recovery(Recovery::NotNeeded),
        Scenario::call(
            "the API's 429 of hours",
            [Fault::Lasting(Host::Api, limited(36_000))],
            [Outcome::call_refused("RateLimited", 429, "too.many.requests.retry.after")],
        ),
    ]
}

fn connections() -> Vec<Scenario> {
    let closed = |name, behaviour: Behaviour, phase| {
        let outcome = Outcome::Transport(phase, Closed);
        Scenario::call(name, [Fault::Lasting(Host::Api, behaviour)], [outcome])
    };
    vec![
        closed("the API closes without a response", Behaviour::CloseUnanswered(Close::Notify), Head),
        closed(
            "the API is cut in the body",
            Answer::service().cut(CutAt::Body(9), Close::Notify).into(),
            Body,
        ),
    ]
}
