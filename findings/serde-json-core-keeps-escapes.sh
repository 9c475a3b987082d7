#!/usr/bin/env bash
# serde-json-core returns text with its escapes still in it, and says nothing.
#
# Software: serde-json-core 0.7.0, with heapless 0.9 (crates.io)
# Guess:    from_str decodes "https:\/\/login.example" (PHP and others write it like this), or refuses what it cannot decode.
# Reality:  &str and heapless::String both hold the backslashes, as a success, and a key with an escape is another key. Only
#           from_str_escaped, with a buffer, decodes both.
# Source:   src/de/mod.rs, parse_str
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
heapless = { version = "0.9", features = ["serde"] }
serde = { version = "1", features = ["derive"] }
serde-json-core = { version = "=0.7.0", features = ["heapless"] }
TOML
cat > src/main.rs <<'RUST'
use serde::Deserialize;

#[derive(Deserialize)]
struct Borrowed<'a> {
    scope: &'a str,
}

#[derive(Deserialize)]
struct Owned {
    scope: heapless::String<32>,
}

fn main() {
    let json = r#"{"scope":"https:\/\/login.example"}"#;
    let (borrowed, _) = serde_json_core::from_str::<Borrowed>(json).expect("a success");
    let (owned, _) = serde_json_core::from_str::<Owned>(json).expect("a success");
    println!("borrowed: {}", borrowed.scope);
    println!("owned: {}", owned.scope);
    let key = r#"{"sc\u006fpe":"read"}"#;
    println!("escaped key found: {}", serde_json_core::from_str::<Borrowed>(key).is_ok());
}
RUST
CARGO_TARGET_DIR=$folder/target cargo build --quiet
seen=$(target/debug/finding)
echo "$seen"
[ "$seen" = 'borrowed: https:\/\/login.example
owned: https:\/\/login.example
escaped key found: false' ]
