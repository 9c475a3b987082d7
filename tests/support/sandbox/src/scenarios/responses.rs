//! Responses with status 200 without a valid token, and invalid HTTP that contains one.

use super::outcome::Part;
use super::{Deadline, Outcome, Recovery, Scenario};
use crate::hostile::hostile;
use crate::response::Response;

/// Larger than any client's buffer: the service's own bodies have some hundred bytes.
pub(super) const OVERSIZED: usize = 20 * 1024;

pub(super) fn list() -> Vec<Scenario> {
    let mut all = bodies();
    all.extend(hostile().into_iter().map(|(name, behaviour)| {
        // Some of these never end: either the client's size limit or its deadline applies first.
        Scenario { deadline: Deadline::Expires, ..Scenario::token(name, behaviour, [Outcome::NoToken]) }
    }));
    all
}

fn bodies() -> Vec<Scenario> {
    let json = |body: &str| Response::new(200).json(body);
    let long = format!(r#"{{"access_token":"{}","token_type":"bearer","expires_in":9}}"#, "x".repeat(3000));
    let wrong = [
        ("200 in HTML", Response::new(200).body("text/html", "<html>"), "Syntax"),
        ("200 without a body", Response::new(200), "Empty"),
        ("half a body", json(r#"{"access_token":"abc"#), "Incomplete"),
        ("no object", json(r#"["access_token"]"#), "NotAnObject"),
        ("nested too deeply", json(&"[".repeat(1000)), "Depth"),
        ("no token", json(r#"{"token_type":"bearer"}"#), "Missing(AccessToken)"),
        (
            "two tokens",
            json(r#"{"access_token":"a","access_token":"b","token_type":"bearer","expires_in":9}"#),
            "Duplicate(AccessToken)",
        ),
        (
            "line ends in the token",
            json(r#"{"access_token":"a\r\nX: y","token_type":"bearer","expires_in":9}"#),
            "Invalid(AccessToken)",
        ),
        (
            "another token type",
            json(r#"{"access_token":"abc","token_type":"mac","expires_in":9}"#),
            "TokenType",
        ),
    ];
    let wrong = wrong
        .into_iter()
        .map(|(name, response, kind)| Scenario::token(name, response, [Outcome::Protocol(kind)]));
    let too_long = [
        Scenario::token(
            "an oversized token",
            json(&long),
            [Outcome::TooLong(Part::Token), Outcome::TooLong(Part::Body)],
        )
        .with_recovery(Recovery::OnNewCredentials),
        Scenario::token("an oversized success", json(&" ".repeat(OVERSIZED)), [Outcome::TooLong(Part::Body)]),
    ];
    wrong.chain(too_long).collect()
}
