#!/usr/bin/env bash
# A certificate that rcgen makes with default names for a CA made with default names is "self-signed" for OpenSSL.
#
# Software: rcgen 0.14.10 (crates.io), OpenSSL 3 (Debian)
# Guess:    the chain of a CA and a leaf for host.test is verified, as rustls does, since the CA signed the leaf.
# Reality:  OpenSSL refuses the leaf with "self-signed certificate" (error 18): rcgen gives every certificate the same default subject,
#           and a certificate whose subject is its issuer's counts as self-issued. nginx as a reverse proxy then answers 502. With a
#           subject of its own for the CA, the same chain is verified.
# Source:   rcgen, CertificateParams::default: the common name is "rcgen self signed cert"
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
rcgen = { version = "=0.14.10", default-features = false, features = ["pem", "ring"] }
TOML
cat > src/main.rs <<'RUST'
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};

fn main() {
    for named in [false, true] {
        let mut ca = CertificateParams::new(Vec::new()).unwrap();
        ca.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        if named {
            ca.distinguished_name.push(DnType::CommonName, "an authority");
        }
        let (ca_key, key) = (KeyPair::generate().unwrap(), KeyPair::generate().unwrap());
        let leaf = CertificateParams::new(vec!["host.test".to_owned()]).unwrap();
        let root = ca.self_signed(&ca_key).unwrap();
        let leaf = leaf.signed_by(&key, &Issuer::new(ca, &ca_key)).unwrap();
        std::fs::write(format!("ca-{named}.pem"), root.pem()).unwrap();
        std::fs::write(format!("leaf-{named}.pem"), leaf.pem()).unwrap();
    }
}
RUST
CARGO_TARGET_DIR=$folder/target cargo run --quiet
seen=$(for named in false true; do
    result=$(openssl verify -CAfile "ca-$named.pem" "leaf-$named.pem" 2>&1 | grep -o 'error [0-9]* at [0-9]* depth lookup: .*\|: OK$' || true)
    echo "CA with a name of its own: $named, $result"
done)
echo "$seen"
[ "$seen" = "CA with a name of its own: false, error 18 at 0 depth lookup: self-signed certificate
CA with a name of its own: true, : OK" ]
