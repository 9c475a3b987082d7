#!/usr/bin/env bash
# A chain issued by a CA with an RSA key of 1024 bits fails in rustls-webpki as a wrong signature, although the signature is right.
#
# Software: rustls-webpki 0.103.16 with ring 0.17 (crates.io)
# Guess:    an error that tells of an unsupported algorithm or key size.
# Reality:  InvalidSignatureForPublicKey, the error of a forged or renewed certificate. OpenSSL verifies the same chain at security
#           level 0, so that the signature is not in doubt. Old inspecting proxies still have such CAs: look at the size of the issuer's
#           key before anything else.
# Source:   ring, src/rsa/verification.rs: keys below 2048 bits are rejected as any other failure is
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
rustls-pki-types = "1"
rustls-webpki = { version = "=0.103.16", features = ["ring"] }
TOML
cat > src/main.rs <<'RUST'
use rustls_pki_types::{CertificateDer, UnixTime};
use webpki::{ALL_VERIFICATION_ALGS, EndEntityCert, KeyUsage, anchor_from_trusted_cert};

fn main() {
    let [ca, leaf] = ["ca.der", "leaf.der"].map(|path| CertificateDer::from(std::fs::read(path).unwrap()));
    let anchors = [anchor_from_trusted_cert(&ca).unwrap()];
    let leaf = EndEntityCert::try_from(&leaf).unwrap();
    let usage = KeyUsage::server_auth();
    match leaf.verify_for_usage(ALL_VERIFICATION_ALGS, &anchors, &[], UnixTime::now(), usage, None, None) {
        Ok(_) => println!("verified"),
        Err(error) => println!("{error:?}"),
    }
}
RUST
CARGO_TARGET_DIR=$folder/target cargo build --quiet
printf 'basicConstraints=critical,CA:FALSE\nsubjectAltName=DNS:host.test\n' > leaf.ext
seen=$(for bits in 2048 1024; do
    openssl req -x509 -newkey "rsa:$bits" -nodes -keyout ca.key -out ca.pem -days 10 -subj /CN=ca 2> /dev/null
    openssl req -newkey rsa:2048 -nodes -keyout leaf.key -out leaf.csr -subj /CN=leaf 2> /dev/null
    openssl x509 -req -in leaf.csr -CA ca.pem -CAkey ca.key -CAcreateserial -extfile leaf.ext -days 10 -out leaf.pem 2> /dev/null
    for name in ca leaf; do openssl x509 -in $name.pem -outform der -out $name.der; done
    echo "issuer with $bits bits, openssl: $(openssl verify -auth_level 0 -CAfile ca.pem leaf.pem), webpki: $(target/debug/finding)"
done)
echo "$seen"
[ "$seen" = "issuer with 2048 bits, openssl: leaf.pem: OK, webpki: verified
issuer with 1024 bits, openssl: leaf.pem: OK, webpki: InvalidSignatureForPublicKey" ]
