#!/usr/bin/env bash
# A byte order mark at the start of SSL_CERT_FILE hides its first certificate from rustls-native-certs, without an error.
#
# Software: rustls-native-certs 0.8.5 (crates.io)
# Guess:    all certificates of the file are loaded; what Windows editors put before the first line does no harm or is an error.
# Reality:  the first certificate is missing and errors is empty. A file with one corporate CA gives no certificate at all.
# Source:   rustls-pki-types, the PEM reader: a section begins with -----BEGIN at the start of a line
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
rustls-native-certs = "=0.8.5"
TOML
cat > src/main.rs <<'RUST'
fn main() {
    let loaded = rustls_native_certs::load_native_certs();
    println!("{} certificates, {} errors", loaded.certs.len(), loaded.errors.len());
}
RUST
CARGO_TARGET_DIR=$folder/target cargo build --quiet
for name in one two three; do
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout key.pem -out $name.pem -days 10 -subj /CN=$name 2> /dev/null
done
cat one.pem two.pem three.pem > plain.pem
{ printf '\357\273\277'; cat plain.pem; } > marked.pem
seen=$(for file in plain marked; do
    echo "$file: $(env -u SSL_CERT_DIR SSL_CERT_FILE="$folder/$file.pem" target/debug/finding)"
done)
echo "$seen"
[ "$seen" = "plain: 3 certificates, 0 errors
marked: 2 certificates, 0 errors" ]
