#!/usr/bin/env bash
# serde_json checks surrogate escapes only in members that are read: a new field in a struct can refuse responses that were accepted.
#
# Software: serde_json 1.0.151 with serde 1.0.229 (crates.io)
# Guess:    whether a document is accepted depends on the document: an escape such as \ud83d without its second half, which some
#           servers write when they cut a text, is refused or accepted everywhere.
# Reality:  it is accepted in a member that the struct does not have, and in serde::de::IgnoredAny, and refused as soon as the member is
#           read as text. A struct that gains a field for error messages refuses bodies that it has read so far, for a text that it does not need.
# Source:   serde_json, src/read.rs: ignore_escape and parse_escape
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
serde = { version = "=1.0.229", features = ["derive"] }
serde_json = "=1.0.151"
TOML
cat > src/main.rs <<'RUST'
use serde::Deserialize;

#[derive(Deserialize)]
struct Brief {
    code: String,
}
#[derive(Deserialize)]
struct Full {
    code: String,
    message: String,
}

fn main() {
    let body = r#"{"code":"bad.credentials","message":"Hello \ud83d"}"#;
    println!("without the member: {:?}", serde_json::from_str::<Brief>(body).map(|it| it.code).map_err(|it| it.to_string()));
    let full = serde_json::from_str::<Full>(body);
    println!("with the member: {:?}", full.map(|it| (it.code, it.message)).map_err(|it| it.to_string()));
}
RUST
CARGO_TARGET_DIR=$folder/target cargo build --quiet
seen=$(target/debug/finding)
echo "$seen"
grep -qx 'without the member: Ok("bad.credentials")' <<< "$seen"
grep -q '^with the member: Err("' <<< "$seen"
