#!/usr/bin/env bash
# The Rust crate oauth2 reports a rate limit, an outage and a broken response as the same error, without status and Retry-After.
#
# Software: oauth2 5.0.0 without default features, http 1 (crates.io)
# Guess:    the error of a refused token request has the status and the headers, so that a program waits after 429, tries again after 503, and
#           gives up after a 200 that is no JSON.
# Reality:  unless the body is an RFC 6749 error object, all of them are RequestTokenError::Parse, "Failed to parse server response", with the body
#           and nothing else: JSON errors in another form (Genesys Cloud's API errors: message, code, status) and the pages of proxies
#           too. An empty body is RequestTokenError::Other. Even a proper error object comes without Retry-After. A program that needs them
#           has to keep them in the function that it passes as the HTTP client.
# Source:   oauth2, src/endpoint.rs, endpoint_response and check_response_status; src/error.rs, RequestTokenError
# Date:     2026-11-30
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
cd "$folder"
mkdir src
cat > Cargo.toml <<'TOML'
[package]
name = "finding"
edition = "2021"
[dependencies]
http = "1"
oauth2 = { version = "=5.0.0", default-features = false }
TOML
cat > src/main.rs <<'RUST'
use oauth2::{basic::BasicClient, ClientId, ClientSecret, HttpRequest, HttpResponse, RequestTokenError, TokenUrl};

/// The kind and the text of the error, and whether a number from the response's head is anywhere in it.
fn outcome(status: u16, kind: &str, body: &str) -> String {
    let answer = |_: HttpRequest| {
        let response = http::Response::builder().status(status).header("content-type", kind).header("retry-after", "4711");
        Ok::<HttpResponse, std::io::Error>(response.body(body.as_bytes().to_vec()).expect("a response"))
    };
    let client = BasicClient::new(ClientId::new("id".into()))
        .set_client_secret(ClientSecret::new("secret".into()))
        .set_token_uri(TokenUrl::new("http://login.test/oauth/token".into()).expect("a URL"));
    let error = client.exchange_client_credentials().request(&answer).expect_err("an error");
    let variant = match &error {
        RequestTokenError::ServerResponse(_) => "ServerResponse",
        RequestTokenError::Parse(..) => "Parse",
        RequestTokenError::Other(_) => "Other",
        RequestTokenError::Request(_) => "Request",
    };
    let shown = format!("{error:?} {error}");
    let head = shown.contains("4711") || shown.contains(&status.to_string());
    format!("{variant}: {error}; status or Retry-After in it: {head}")
}

fn main() {
    for (status, kind, body) in [
        (429, "text/plain", "slow down"),
        (429, "application/json", r#"{"message":"Rate limit exceeded","code":"too.many.requests"}"#),
        (429, "application/json", r#"{"error":"invalid_request"}"#),
        (503, "text/html", "<html>maintenance</html>"),
        (503, "text/html", ""),
        (200, "application/json", "<html>login to this network</html>"),
    ] {
        println!("{status} {body:?}\n    {}", outcome(status, kind, body));
    }
}
RUST
seen=$(CARGO_TARGET_DIR=$folder/target cargo run --quiet)
echo "$seen"
[ "$seen" = '429 "slow down"
    Parse: Failed to parse server response; status or Retry-After in it: false
429 "{\"message\":\"Rate limit exceeded\",\"code\":\"too.many.requests\"}"
    Parse: Failed to parse server response; status or Retry-After in it: false
429 "{\"error\":\"invalid_request\"}"
    ServerResponse: Server returned error response: invalid_request; status or Retry-After in it: false
503 "<html>maintenance</html>"
    Parse: Failed to parse server response; status or Retry-After in it: false
503 ""
    Other: Other error: server returned empty error response; status or Retry-After in it: false
200 "<html>login to this network</html>"
    Parse: Failed to parse server response; status or Retry-After in it: false' ]
