#!/usr/bin/env bash
# hyper-util's proxy matcher: NO_PROXY=* exempts names but no addresses, and entries with a port exempt nothing.
#
# Software: hyper-util 0.1.21 (crates.io); reqwest uses the same matcher
# Guess:    as curl and Go: "*" exempts every host, and "localhost:8443" exempts that port of localhost.
# Reality:  with "*" a request to 127.0.0.1 still goes to the proxy, the credentials of a token request included. "localhost:8443" is
#           compared with the host and never matches. Write localhost,127.0.0.1,::1 without ports.
# Source:   hyper-util, src/client/proxy/matcher.rs
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
http = "1"
hyper-util = { version = "=0.1.21", default-features = false, features = ["client", "client-proxy"] }
TOML
cat > src/main.rs <<'RUST'
use hyper_util::client::proxy::matcher::Matcher;

fn main() {
    for no_proxy in ["*", "localhost:8443,127.0.0.1:8443", "localhost,127.0.0.1"] {
        let matcher = Matcher::builder().all("http://proxy.example:3128").no(no_proxy).build();
        let route = |url: &str| match matcher.intercept(&url.parse().expect("a URL")) {
            Some(_) => "proxy",
            None => "direct",
        };
        let (name, address) = (route("https://localhost:8443/"), route("https://127.0.0.1:8443/"));
        println!("NO_PROXY={no_proxy}: localhost {name}, 127.0.0.1 {address}");
    }
}
RUST
CARGO_TARGET_DIR=$folder/target cargo build --quiet
seen=$(target/debug/finding)
echo "$seen"
[ "$seen" = "NO_PROXY=*: localhost direct, 127.0.0.1 proxy
NO_PROXY=localhost:8443,127.0.0.1:8443: localhost proxy, 127.0.0.1 proxy
NO_PROXY=localhost,127.0.0.1: localhost direct, 127.0.0.1 direct" ]
