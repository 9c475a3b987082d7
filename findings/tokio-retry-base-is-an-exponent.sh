#!/usr/bin/env bash
# ExponentialBackoff::from_millis(100) of tokio-retry waits 100 ms, 10 s, 17 min, 28 h.
#
# Software: tokio-retry 0.3.2 (crates.io)
# Guess:    the first delay is 100 ms and each further one is twice as long: 100 ms, 200 ms, 400 ms.
# Reality:  the argument is the base of the power: 100, 100², 100³ ms. A token endpoint that is down for a moment is asked again after
#           100 ms, and then not for hours. from_millis(2).factor(100) gives 200 ms, 400 ms, 800 ms.
# Source:   src/strategy/exponential_backoff.rs
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
tokio-retry = "=0.3.2"
TOML
cat > src/main.rs <<'RUST'
use tokio_retry::strategy::ExponentialBackoff;

fn main() {
    println!("{:?}", ExponentialBackoff::from_millis(100).take(4).collect::<Vec<_>>());
    println!("{:?}", ExponentialBackoff::from_millis(2).factor(100).take(4).collect::<Vec<_>>());
}
RUST
CARGO_TARGET_DIR=$folder/target cargo build --quiet
seen=$(target/debug/finding)
echo "$seen"
[ "$seen" = "[100ms, 10s, 1000s, 100000s]
[200ms, 400ms, 800ms, 1.6s]" ]
