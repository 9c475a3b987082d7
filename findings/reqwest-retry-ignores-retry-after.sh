#!/usr/bin/env bash
# reqwest-retry does not read Retry-After: a client whose response asks for a wait of five seconds sends again at once.
#
# Software: reqwest-retry 0.9.1 with reqwest-middleware 0.5.2 and reqwest 0.13.5 (crates.io)
# Guess:    the retry middleware waits as Retry-After says after 429 and 503, and falls back to its policy without the header.
# Reality:  only the policy decides; the header is ignored. Against a rate limit this uses up the retries while the limit still holds.
# Source:   reqwest-retry, src/middleware.rs
# Date:     2026-11-29
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
cd "$folder"
mkdir src
cat > Cargo.toml <<'TOML'
[package]
name = "finding"
edition = "2021"
[dependencies]
reqwest = { version = "=0.13.5", default-features = false }
reqwest-middleware = "=0.5.2"
reqwest-retry = "=0.9.1"
tokio = { version = "1", features = ["rt", "net", "time"] }
TOML
cat > src/main.rs <<'RUST'
use reqwest_middleware::ClientBuilder;
use reqwest_retry::{policies::ExponentialBackoff, RetryTransientMiddleware};
use std::io::{Read, Write};
use std::net::TcpListener;
use std::time::{Duration, Instant};

/// Refuses the first request for five seconds and returns when the second one comes.
fn serve(listener: TcpListener) -> Duration {
    let mut first = None;
    for stream in listener.incoming() {
        let mut stream = stream.expect("a connection");
        let _ = stream.read(&mut [0; 4096]);
        let status = if first.is_none() { "429 Too Many Requests\r\nRetry-After: 5" } else { "200 OK" };
        let response = format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        stream.write_all(response.as_bytes()).expect("a response");
        match first {
            None => first = Some(Instant::now()),
            Some(first) => return first.elapsed(),
        }
    }
    unreachable!("the listener does not end")
}

fn main() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}/", listener.local_addr().expect("an address"));
    let server = std::thread::spawn(|| serve(listener));
    let policy = ExponentialBackoff::builder()
        .retry_bounds(Duration::from_millis(50), Duration::from_millis(100))
        .build_with_max_retries(3);
    let client = ClientBuilder::new(reqwest::Client::builder().no_proxy().build().expect("a client"))
        .with(RetryTransientMiddleware::new_with_policy(policy))
        .build();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let status = runtime.block_on(client.get(url).send()).expect("a response").status();
    let waited = server.join().expect("a server");
    println!("{status}, asked again within five seconds: {}", waited < Duration::from_secs(5));
}
RUST
CARGO_TARGET_DIR=$folder/target cargo build --quiet
seen=$(target/debug/finding)
echo "$seen"
[ "$seen" = "200 OK, asked again within five seconds: true" ]
