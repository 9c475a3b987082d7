//! Go's crypto/tls and wolfSSL, by servers of a few lines, which are compiled here.

use core::net::SocketAddr;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use tls_peer::pki::Pki;

use super::process::{Listens, Running};
use super::{Setting, check, option, pki, twice};

/// Writes a source file and returns its path, and that of the program.
fn source(pki: &Pki, file: &str, text: &str) -> [PathBuf; 2] {
    fs::write(pki.path(file), text).unwrap();
    [pki.path(file), pki.path("server")]
}

fn compile(command: &mut Command) {
    let built = command.output().unwrap_or_else(|error| panic!("{command:?} cannot be started: {error}"));
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
}

fn play(pki: &Pki, setting: Setting, address: impl Fn(SocketAddr) -> Vec<String>) {
    let server = Running::start(pki, &Listens::OnAddress, |at| {
        let mut command = Command::new(pki.path("server"));
        command.args(address(at)).args([pki.path("chain.pem"), pki.path("leaf.key")]);
        command.args(option(setting));
        command
    });
    check(setting, twice(setting, pki, &server));
}

fn go(name: &str, setting: Setting) {
    let pki = pki(name, setting);
    let [source, program] = source(&pki, "server.go", include_str!("server.go"));
    let mut build = Command::new("go");
    build.args(["build", "-o"]).args([program, source]);
    compile(
        build
            .env("GO111MODULE", "off")
            .env("GOCACHE", concat!(env!("CARGO_TARGET_TMPDIR"), "/go"))
            .env("CGO_ENABLED", "0"),
    );
    play(&pki, setting, |address| vec![address.to_string()]);
}

#[test]
fn go_with_default_settings() {
    go("go", Setting::Default);
}

#[test]
fn go_with_small_records() {
    go("go-small", Setting::SmallRecords);
}

#[test]
fn go_requests_another_key_share() {
    go("go-retry", Setting::OnlyP256);
}

fn wolfssl(name: &str, setting: Setting) {
    let pki = pki(name, setting);
    let [source, program] = source(&pki, "server.c", include_str!("wolfssl.c"));
    compile(Command::new("cc").arg("-o").args([program, source]).arg("-lwolfssl"));
    play(&pki, setting, |address| vec![address.ip().to_string(), address.port().to_string()]);
}

#[test]
fn wolfssl_with_default_settings() {
    wolfssl("wolfssl", Setting::Default);
}

#[test]
fn wolfssl_with_small_records() {
    wolfssl("wolfssl-small", Setting::SmallRecords);
}

#[test]
fn wolfssl_requests_another_key_share() {
    wolfssl("wolfssl-retry", Setting::OnlyP256);
}
