#!/usr/bin/env bash
# smoltcp's IPv6 feature compiles only with a medium, and a medium only with a kind of socket, even if a crate only parses DNS messages.
#
# Software: smoltcp 0.13.1 (crates.io)
# Guess:    proto-dns with proto-ipv6 builds by itself, as proto-dns with proto-ipv4 does: features are additive. If it does not, a medium is missing.
# Reality:  both guesses are wrong. With a medium, the crate requires at least one kind of socket. In a workspace where another crate
#           enables these features, this goes unnoticed.
# Source:   src/wire/ipv6.rs, the import of HardwareAddress; src/lib.rs, the checks of features; Cargo.toml, medium-ethernet
# Date:     2026-11-30
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
cd "$folder"
mkdir src
cat > Cargo.toml <<'TOML'
[package]
name = "finding"
edition = "2021"
[features]
ipv6 = ["smoltcp/proto-ipv6"]
medium = ["smoltcp/medium-ethernet"]
socket = ["smoltcp/socket-udp"]
[dependencies]
smoltcp = { version = "=0.13.1", default-features = false, features = ["proto-dns", "proto-ipv4"] }
TOML
echo 'pub use smoltcp::wire::DnsPacket;' > src/lib.rs
export CARGO_TARGET_DIR=$folder/target
seen=$(for features in "" ipv6 ipv6,medium ipv6,medium,socket; do
    cargo check --quiet --features "$features" 2> "$folder/errors" && result=builds || result=fails
    echo "features '$features': $result"
done)
echo "$seen"
[ "$seen" = "features '': builds
features 'ipv6': fails
features 'ipv6,medium': fails
features 'ipv6,medium,socket': builds" ]
