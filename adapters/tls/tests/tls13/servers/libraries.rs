//! `GnuTLS` and NSS, with the servers that come with them; OpenSSL 4, as it is contained in a Python package.

use core::net::SocketAddr;
use std::process::Command;

use tls_peer::pki::Pki;

use super::process::{Listens, Running};
use super::{Setting, check, option, pki, twice, twice_for};

fn gnutls(pki: &Pki, address: SocketAddr, more: &[&str]) -> Command {
    let mut command = Command::new("gnutls-serv");
    command.arg(format!("--port={}", address.port())).args(["--http", "--quiet", "--disable-client-cert"]);
    command.arg(format!("--x509certfile={}", pki.path("leaf.pem").display()));
    command.arg(format!("--x509keyfile={}", pki.path("leaf.key").display()));
    command.args(more);
    command
}

fn with_gnutls(name: &str, setting: Setting, more: &[&str]) {
    let pki = pki(name, setting);
    let data = format!("--httpdata={}", pki.path("ping").display());
    let server = Running::start(&pki, &Listens::OnPort, |address| {
        let mut command = gnutls(&pki, address, more);
        if setting == Setting::SmallRecords {
            command.arg(&data);
        }
        command
    });
    check(setting, twice(setting, &pki, &server));
}

#[test]
fn gnutls_with_default_settings() {
    with_gnutls("gnutls", Setting::Default, &[]);
}

#[test]
fn gnutls_heeds_the_record_size_limit() {
    with_gnutls("gnutls-small", Setting::SmallRecords, &[]);
}

#[test]
fn gnutls_requests_another_key_share() {
    with_gnutls("gnutls-retry", Setting::OnlyP256, &["--priority=NORMAL:-GROUP-ALL:+GROUP-SECP256R1"]);
}

#[test]
fn gnutls_requests_a_client_certificate() {
    let setting = Setting::Default;
    let pki = pki("gnutls-client", setting);
    let server = Running::start(&pki, &Listens::OnPort, |address| {
        let mut command = Command::new("gnutls-serv");
        command.arg(format!("--port={}", address.port())).args(["--http", "--quiet"]);
        command.arg(format!("--x509certfile={}", pki.path("leaf.pem").display()));
        command.arg(format!("--x509keyfile={}", pki.path("leaf.key").display()));
        command
    });
    check(setting, twice(setting, &pki, &server));
}

/// Creates the database of certificates and keys that NSS reads.
fn nss_database(pki: &Pki) -> String {
    let database = format!("sql:{}", pki.path("").display());
    pki.openssl(&[
        "pkcs12", "-export", "-in", "leaf.pem", "-inkey", "leaf.key", "-name", "leaf", "-passout", "pass:",
        "-out", "leaf.p12",
    ]);
    let run = |program: &str, arguments: &[&str]| {
        let output = Command::new(program).args(arguments).output().expect("NSS's programs are installed");
        assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
    };
    run("certutil", &["-N", "-d", &database, "--empty-password"]);
    let file = pki.path("leaf.p12").display().to_string();
    run("pk12util", &["-i", &file, "-d", &database, "-W", "", "-K", ""]);
    database
}

fn with_nss(name: &str, setting: Setting, more: &[&str]) {
    let pki = pki(name, setting);
    let database = nss_database(&pki);
    let server = Running::start(&pki, &Listens::OnPort, |address| {
        let mut command = Command::new("selfserv");
        command.args(["-d", &database, "-e", "leaf", "-V", "tls1.3:tls1.3"]);
        command.args(["-p", &address.port().to_string()]).args(more);
        command
    });
    // It answers with the file that the request names.
    let both = twice_for(&pki.path("ping").display().to_string(), setting, &pki, &server);
    check(setting, both);
    // It sends its messages in one record where they fit.
    assert_eq!(both[0].fragmented, setting == Setting::SmallRecords);
}

#[test]
fn nss_with_tickets() {
    with_nss("nss", Setting::Default, &["-u"]);
}

#[test]
fn nss_heeds_the_record_size_limit() {
    with_nss("nss-small", Setting::SmallRecords, &["-u"]);
}

#[test]
fn nss_requests_another_key_share() {
    with_nss("nss-retry", Setting::OnlyP256, &["-u", "-I", "P256"]);
}

fn openssl4(name: &str, setting: Setting) {
    const SERVER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/tls13/servers/openssl4.py");
    const PACKAGES: &str =
        concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/support/interop/python/packages");

    let pki = pki(name, setting);
    let server = Running::start(&pki, &Listens::OnAddress, |address| {
        let mut command = Command::new("python3");
        command.arg(SERVER).args([address.ip().to_string(), address.port().to_string()]);
        command.args([pki.path("chain.pem"), pki.path("leaf.key")]).env("PYTHONPATH", PACKAGES);
        command.args(option(setting));
        command
    });
    check(setting, twice(setting, &pki, &server));
}

#[test]
fn openssl4_with_default_settings() {
    openssl4("openssl4", Setting::Default);
}

#[test]
fn openssl4_with_small_records() {
    openssl4("openssl4-small", Setting::SmallRecords);
}

#[test]
fn openssl4_requests_another_key_share() {
    openssl4("openssl4-retry", Setting::OnlyP256);
}
