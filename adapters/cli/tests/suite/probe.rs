//! `probe` against the sandbox: whether a device could connect, and why not.

use std::net::TcpListener;

use genesys_token_sandbox::{Certificate, ClosedPort, Host, Sandbox, TlsVersions};

use crate::tool::{Run, Service, Tool};

fn probe(service: &Service, arguments: &[&str]) -> Run {
    Tool::at(service, &[&["probe"], arguments].concat()).run()
}

#[test]
fn both_hosts_are_reported_with_all_that_a_device_needs() {
    let service = Service::start();
    let run = probe(&service, &[]);
    assert_eq!((run.code, run.err.as_str()), (0, ""), "{run:?}");
    for host in [service.sandbox.login_addr(), service.sandbox.api_addr()] {
        assert!(run.out.contains(&format!("localhost:{}: a device could connect\n", host.port())), "{run:?}");
    }
    for words in [
        "TLS 1.3, TLS_CHACHA20_POLY1305_SHA256, key exchange on x25519",
        "a second connection is resumed by a ticket",
        "of the receive buffer's 8192 bytes are needed",
        "status 405 to a request without a token",
        "status 401 to a request without a token",
        "sandbox.test, P-256, issued by Sandbox Intermediate (for tests only), 19",
        "Sandbox Intermediate (for tests only), P-256, issued by Sandbox Root (for tests only), 36",
        "root CA  Sandbox Root (for tests only)",
    ] {
        assert!(run.out.contains(words), "{words}: {}", run.out);
    }
    let requests = service.sandbox.record();
    assert!(
        requests.iter().all(|request| request.header("Authorization").is_none() && request.body.is_empty())
    );
    assert_eq!(requests.len(), 2);
}

#[test]
fn one_host_and_json() {
    let service = Service::start();
    let run = probe(&service, &["--host", "api", "--format", "json"]);
    let report: serde_json::Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!((run.code, &report["device_can_connect"]), (0, &true.into()), "{run:?}");
    let [host] = &report["hosts"].as_array().unwrap()[..] else { panic!("{report}") };
    assert_eq!(host["host"], format!("localhost:{}", service.sandbox.api_addr().port()));
    assert_eq!(host["tls"]["group"], "x25519");
    assert_eq!(host["tls"]["messages_split"], false);
    // A whole day less as soon as a second has passed.
    assert!(matches!(host["days_left"].as_i64(), Some(197 | 198)), "{host}");
    assert_eq!(host["status"], 401);
    assert_eq!(host["chain"][0]["key"], "P-256");
    assert!(host["records"]["handshake_largest"].as_u64().unwrap() > 500, "{host}");
}

#[test]
fn a_buffer_that_is_too_small_is_reported_with_the_size_it_needs() {
    let service = Service::start();
    let run = probe(&service, &["--host", "login", "--receive-buffer", "1024"]);
    assert_eq!(run.code, 10, "{run:?}");
    assert!(run.out.contains("could connect only with a larger receive buffer"), "{run:?}");
    assert!(run.out.contains("bytes are needed; enlarge the workspace's receive buffer"), "{run:?}");
    let run = probe(&service, &["--receive-buffer", "17000"]);
    assert_eq!(run.code, 2, "{run:?}");
}

#[test]
fn certificates_that_a_device_refuses_are_shown_with_the_reason_and_nothing_is_sent() {
    let service = Service::start();
    for (certificate, why, shown) in [
        (Certificate::Expired, "a certificate expired at 20", "expired "),
        (Certificate::NotYetValid, "a certificate is not valid before 20", " days left"),
        (Certificate::WrongHost, "the certificate is not valid for this host name", "root CA  none"),
        (Certificate::UnknownIssuer, "a signature in the certificate chain is invalid", "root CA  none"),
        (
            Certificate::MissingIntermediate,
            "intermediate, or a TLS-inspecting proxy answered",
            "root CA  none",
        ),
    ] {
        service.sandbox.present(Host::Login, certificate).unwrap();
        let run = probe(&service, &["--host", "login"]);
        assert_eq!(run.code, 10, "{certificate:?}: {run:?}");
        assert!(run.out.contains(why) && run.out.contains(shown), "{certificate:?}: {run:?}");
        assert!(run.err.contains("a device could not connect to localhost"), "{run:?}");
    }
    assert!(service.sandbox.record().is_empty());
}

#[test]
fn a_host_with_older_tls_is_reported_with_its_version() {
    let service = Service::of(Sandbox::builder().tls_versions(TlsVersions::Only12));
    let run = probe(&service, &["--host", "login"]);
    assert_eq!(run.code, 10, "{run:?}");
    for words in [
        "the server does not support TLS 1.3",
        "offered  TLS 1.2, TLS_ECDHE_ECDSA_WITH",
        "root CA  Sandbox Root",
    ] {
        assert!(run.out.contains(words), "{words}: {run:?}");
    }
}

#[test]
fn without_a_connection_there_is_nothing_to_say_of_devices() {
    let closed = ClosedPort::new().unwrap();
    let host = format!("localhost:{}", closed.port());
    let run = Tool::new(&["probe", "--host", "login", "--login-host", &host]).run();
    assert_eq!((run.code, run.out.as_str()), (7, ""), "{run:?}");
    assert!(run.err.contains("without a proxy"), "{run:?}");
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let host = format!("localhost:{}", silent.local_addr().unwrap().port());
    let run = Tool::new(&["probe", "--host", "login", "--login-host", &host, "--timeout", "1"]).run();
    assert_eq!(run.code, 10, "{run:?}");
    assert!(run.out.contains("TimedOut"), "{run:?}");
    let run = Tool::new(&["probe", "--host", "login", "--login-host", "127.0.0.1"]).run();
    assert!(run.code == 10 && run.out.contains("127.0.0.1 is an address"), "{run:?}");
    let run = Tool::new(&["probe", "--region", "eu_central_1", "--ca-file", "/does/not/exist"]).run();
    assert!(run.code == 2 && run.err.contains("--ca-file"), "{run:?}");
}
