//! One answer of the token endpoint each, and what becomes of it. Data: the list can be driven over any transport.

use std::time::Duration;

use genesys_token_sandbox::{
    Afterwards, Answer, Behaviour, Close, ConnectionFault, CutAt, Framing, Host, Response, RetryAfter,
    hostile,
};

use crate::fixture::{builder, label, sandbox};

struct Scenario {
    name: &'static str,
    login: Behaviour,
    /// See `fixture::label`; several if it depends on who is faster.
    outcome: &'static [&'static str],
    /// What the error tells people.
    says: &'static [&'static str],
    total_timeout: Duration,
}

impl Scenario {
    /// With a deadline that is meant to come.
    fn impatient(self) -> Self {
        Self { total_timeout: Duration::from_secs(2), ..self }
    }
}

fn scenario(
    name: &'static str,
    login: impl Into<Behaviour>,
    outcome: &'static [&'static str],
    says: &'static [&'static str],
) -> Scenario {
    Scenario { name, login: login.into(), outcome, says, total_timeout: Duration::from_secs(10) }
}

const MUCH: usize = 20 * 1024;
const ENDLESS: Duration = Duration::from_secs(60);

fn list() -> Vec<Scenario> {
    let parts =
        [tokens, refusals, refusals_without_words, bodies, silences, broken_answers, broken_connections];
    parts.into_iter().flat_map(|part| part()).collect()
}

fn tokens() -> Vec<Scenario> {
    let service = Answer::service;
    vec![
        scenario("faithful", service(), &["token"], &[]),
        scenario("chunked", service().chunked([1, 7]), &["token"], &[]),
        scenario("delimited by the end", service().framed(Framing::CloseDelimited), &["token"], &[]),
        scenario("dripping", service().dripping(16, Duration::from_millis(2)), &["token"], &[]),
        scenario(
            "a pause before the body",
            service().pausing_before_body(Duration::from_millis(50)),
            &["token"],
            &[],
        ),
        scenario("interim responses", service().after_interim([100, 103]), &["token"], &[]),
        scenario("closed afterwards", service().then(Afterwards::Close(Close::Reset)), &["token"], &[]),
    ]
}

fn refusals() -> Vec<Scenario> {
    vec![
        scenario(
            "unknown client",
            Response::client_not_found(),
            &["refused Credentials 400 invalid_client"],
            &["localhost", "client id, secret and region", "client not found"],
        ),
        scenario(
            "wrong secret",
            Response::authentication_failed(),
            &["refused Credentials 400 invalid_client"],
            &["localhost", "the wrong region looks the same", "authentication failed"],
        ),
        scenario(
            "client of another grant",
            Response::unauthorized_client(),
            &["refused ClientNotAllowed 400 unauthorized_client"],
            &["grant type"],
        ),
        scenario(
            "rate limit of the token endpoint",
            Response::token_rate_limited(),
            &["refused RateLimited 400 invalid_request"],
            &["too many requests"],
        ),
        scenario(
            "429 with a date",
            Response::new(429).retry_after(RetryAfter::DateIn(Duration::from_secs(42))),
            &["refused RateLimited 429"],
            &["retry after 42 s"],
        ),
        scenario(
            "malformed request",
            Response::token_refusal("invalid_request", "no"),
            &["refused Request 400 invalid_request"],
            &[],
        ),
        scenario(
            "scope",
            Response::token_refusal("invalid_scope", "no"),
            &["refused Scope 400 invalid_scope"],
            &["roles"],
        ),
        scenario(
            "used up grant",
            Response::token_refusal("invalid_grant", "no"),
            &["refused Grant 400 invalid_grant"],
            &[],
        ),
        scenario(
            "unheard-of refusal",
            Response::token_refusal("new_error", "no"),
            &["refused Unexpected 400 new_error"],
            &[],
        ),
    ]
}

fn refusals_without_words() -> Vec<Scenario> {
    let html = || Answer::from(Response::html_bad_gateway());
    vec![
        scenario("401 without a body", Response::new(401), &["refused Credentials 401"], &[]),
        scenario(
            "403 in HTML",
            Response::new(403).body("text/html", "<html>"),
            &["refused Unexpected 403"],
            &["proxy"],
        ),
        scenario("404", Response::new(404), &["refused Unexpected 404"], &["path"]),
        scenario(
            "a redirect",
            Response::new(302).header("Location", "https://localhost/"),
            &["refused Unexpected 302"],
            &[],
        ),
        scenario("502 in HTML", html(), &["refused Unavailable 502"], &["try again later"]),
        scenario("503 without a body", Response::empty_unavailable(), &["refused Unavailable 503"], &[]),
    ]
}

fn bodies() -> Vec<Scenario> {
    let json = |body: &str| Response::new(200).json(body);
    vec![
        scenario(
            "200 in HTML",
            Response::new(200).body("text/html", "<html>"),
            &["protocol Syntax"],
            &["a login page"],
        ),
        scenario("200 without a body", Response::new(200), &["protocol Empty"], &["cut short"]),
        scenario("half a body", json(r#"{"access_token":"abc"#), &["protocol Incomplete"], &[]),
        scenario(
            "no token",
            json(r#"{"token_type":"bearer"}"#),
            &["protocol Missing(AccessToken)"],
            &["access_token"],
        ),
        scenario(
            "line ends in the token",
            json(r#"{"access_token":"a\r\nX: y","token_type":"bearer","expires_in":9}"#),
            &["protocol Invalid(AccessToken)"],
            &[],
        ),
        scenario(
            "a token of another type",
            json(r#"{"access_token":"abc","token_type":"mac","expires_in":9}"#),
            &["protocol TokenType"],
            &["bearer"],
        ),
        scenario(
            "a token beyond all measure",
            json(&format!(
                r#"{{"access_token":"{}","token_type":"bearer","expires_in":9}}"#,
                "x".repeat(3000)
            )),
            &["Capacity(CapacityError { what: \"access token\", needed: 3000, capacity: 2048 })"],
            &["3000"],
        ),
        scenario(
            "an oversized success",
            json(&" ".repeat(MUCH)),
            &["BodyTooLarge { limit: 16384 }"],
            &["16384"],
        ),
        scenario(
            "an oversized refusal keeps its status",
            Response::new(503).body("text/html", "x".repeat(MUCH)),
            &["refused Unavailable 503"],
            &[],
        ),
    ]
}

fn silences() -> Vec<Scenario> {
    let service = Answer::service;
    let html = || Answer::from(Response::html_bad_gateway());
    let silent = vec![
        scenario("silence", Behaviour::NeverAnswer, &["Timeout(Response)"], &["did not answer in time"]),
        scenario(
            "silence in the body",
            service().pausing_before_body(ENDLESS),
            &["Timeout(Body)"],
            &["within the response"],
        ),
        scenario(
            "silence in the body of a refusal",
            html().pausing_before_body(ENDLESS),
            &["refused Unavailable 502"],
            &[],
        ),
        scenario(
            "a drip without end",
            service().dripping(1, Duration::from_millis(100)),
            &["Timeout(Response)"],
            &[],
        ),
    ];
    silent.into_iter().map(Scenario::impatient).collect()
}

fn broken_answers() -> Vec<Scenario> {
    let service = Answer::service;
    vec![
        scenario(
            "closed unanswered",
            Behaviour::CloseUnanswered(Close::Notify),
            &["Closed(Response)"],
            &["try again"],
        ),
        scenario(
            "truncated unanswered",
            Behaviour::CloseUnanswered(Close::Truncate),
            &["Closed(Response)"],
            &[],
        ),
        scenario(
            "reset unanswered",
            Behaviour::CloseUnanswered(Close::Reset),
            &["lost Response"],
            &["broke"],
        ),
        scenario(
            "cut in the head",
            service().cut(CutAt::Head(30), Close::Notify),
            &["Closed(Response)"],
            &[],
        ),
        scenario(
            "cut in the body",
            service().cut(CutAt::Body(30), Close::Notify),
            &["Closed(Body)"],
            &["within the response"],
        ),
        scenario(
            "truncated in the body",
            service().cut(CutAt::Body(30), Close::Truncate),
            &["Closed(Body)"],
            &[],
        ),
        scenario(
            "reset in the body",
            service().cut(CutAt::Body(30), Close::Reset),
            &["lost Body", "lost Response"],
            &[],
        ),
        scenario(
            "truncated where only the end delimits",
            service().framed(Framing::CloseDelimited).cut(CutAt::Body(30), Close::Truncate),
            &["Closed(Body)"],
            &[],
        ),
        scenario(
            "cut in the chunks",
            service().chunked([9]).cut(CutAt::Body(30), Close::Notify),
            &["Closed(Body)"],
            &[],
        ),
        scenario(
            "a refusal cut in the body keeps its status",
            Answer::from(Response::empty_unavailable().json(r#"{"error":"x"}"#))
                .cut(CutAt::Body(3), Close::Notify),
            &["refused Unavailable 503"],
            &[],
        ),
    ]
}

fn broken_connections() -> Vec<Scenario> {
    vec![
        scenario("a silent port", ConnectionFault::Silence, &["Timeout(TlsHandshake)"], &["TLS handshake"])
            .impatient(),
        scenario("TLS refused", ConnectionFault::RefuseTls, &["tls Incompatible"], &["TLS 1.2 or 1.3"]),
        scenario(
            "no TLS at all",
            ConnectionFault::Bytes(b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec()),
            &["tls NotTls"],
            &["does not speak TLS"],
        ),
        scenario("closed at once", ConnectionFault::Close(Close::Truncate), &["Closed(TlsHandshake)"], &[]),
        scenario(
            "reset at once",
            ConnectionFault::Close(Close::Reset),
            &["lost TlsHandshake", "connect"],
            &[],
        ),
    ]
}

#[tokio::test]
async fn every_answer_has_its_outcome() {
    let sandbox = sandbox().await;
    let mut wrong = Vec::new();
    for Scenario { name, login, outcome, says, total_timeout } in list() {
        sandbox.script(Host::Login, login);
        let client = builder(&sandbox).total_timeout(total_timeout).build().unwrap();
        let got = client.token().await;
        client.close();
        sandbox.clear_script(Host::Login);
        let text = got.as_ref().err().map(ToString::to_string).unwrap_or_default();
        if !outcome.contains(&label(&got).as_str()) || !says.iter().all(|words| text.contains(words)) {
            wrong.push(format!("{name}: {} ({text})", label(&got)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn hostile_answers_give_no_token() {
    let sandbox = sandbox().await;
    for (name, behaviour) in hostile() {
        sandbox.script(Host::Login, behaviour);
        let client = builder(&sandbox).total_timeout(Duration::from_secs(2)).build().unwrap();
        let got = client.token().await;
        client.close();
        sandbox.clear_script(Host::Login);
        let error = got.map(|token| token.expose().to_owned()).expect_err(name);
        assert!(
            !error.to_string().contains("hostile") && !format!("{error:?}").contains("hostile"),
            "{name}: {error:?}"
        );
    }
}
