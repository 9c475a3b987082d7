//! Certificates, TLS versions, sessions, and their record.

use genesys_token_sandbox::{Beginning, Certificate, Host, Sandbox, TlsVersions};
use tokio_rustls::rustls::version::{TLS12, TLS13};
use tokio_rustls::rustls::{AlertDescription, CertificateError, Error, SupportedProtocolVersion};

use crate::client::Client;

const GET: &str = "GET /x HTTP/1.1\r\nHost: localhost\r\n\r\n";

fn refusal(sandbox: &Sandbox) -> Error {
    let error =
        Client::trusting_sandbox(sandbox).connect(sandbox.login_addr(), "localhost").map(drop).unwrap_err();
    error.get_ref().and_then(|inner| inner.downcast_ref::<Error>()).cloned().unwrap()
}

#[test]
fn a_valid_certificate_covers_every_name() {
    let sandbox = Sandbox::builder().start_blocking().unwrap();
    let client = Client::trusting_sandbox(&sandbox);
    for name in genesys_token_sandbox::NAMES {
        client.connect(sandbox.api_addr(), name).unwrap().ask(GET);
    }
    let names: Vec<Option<String>> =
        sandbox.record().into_iter().map(|request| request.tls.unwrap().server_name).collect();
    let sent = |name: &str| Some(name.to_owned());
    assert_eq!(names, [sent("localhost"), None, sent("login.sandbox.test"), sent("api.sandbox.test")]);
    assert!(Client::trusting_sandbox(&sandbox).connect(sandbox.api_addr(), "else.sandbox.test").is_err());
}

#[test]
fn faulty_certificates_are_rejected_for_their_fault() {
    let sandbox = Sandbox::builder().certificate(Host::Login, Certificate::Expired).start_blocking().unwrap();
    let fault = |certificate| {
        sandbox.present(Host::Login, certificate).unwrap();
        match refusal(&sandbox) {
            Error::InvalidCertificate(fault) => fault,
            other => panic!("{certificate:?}: {other}"),
        }
    };
    assert!(matches!(refusal(&sandbox), Error::InvalidCertificate(CertificateError::ExpiredContext { .. })));
    assert!(matches!(fault(Certificate::NotYetValid), CertificateError::NotValidYetContext { .. }));
    assert!(matches!(fault(Certificate::WrongHost), CertificateError::NotValidForNameContext { .. }));
    // Same name, another key: the signature of the chain does not verify.
    assert!(matches!(fault(Certificate::UnknownIssuer), CertificateError::BadSignature));
    assert!(matches!(fault(Certificate::MissingIntermediate), CertificateError::UnknownIssuer));
    let issued_by_leaf = fault(Certificate::IssuedByLeaf);
    assert!(issued_by_leaf.to_string().contains("EndEntityUsedAsCa"), "{issued_by_leaf}");
    let failed = |beginning: &Beginning| matches!(beginning, Beginning::HandshakeFailed(_));
    assert!(sandbox.connections().iter().all(|connection| failed(&connection.beginning)));
    for valid in [Certificate::Valid, Certificate::FromRoot] {
        sandbox.present(Host::Login, valid).unwrap();
        assert_eq!(Client::trusting_sandbox(&sandbox).ask(sandbox.login_addr(), GET).status, 404);
    }
}

#[test]
fn versions_are_selected_and_sessions_resumed() {
    let both: &[&'static SupportedProtocolVersion] = &[&TLS13, &TLS12];
    for (versions, name) in [(TlsVersions::Only12, "TLSv1.2"), (TlsVersions::Only13, "TLSv1.3")] {
        let sandbox = Sandbox::builder().tls_versions(versions).start_blocking().unwrap();
        let client = Client::with_versions(&sandbox, both);
        client.ask(sandbox.login_addr(), GET);
        client.ask(sandbox.login_addr(), GET);
        let seen: Vec<_> =
            sandbox.record().into_iter().map(|request| (request.connection, request.tls.unwrap())).collect();
        assert_eq!((seen[0].0, seen[0].1.version, seen[0].1.resumed), (1, name, false));
        assert_eq!((seen[1].0, seen[1].1.version, seen[1].1.resumed), (2, name, true));
        assert_eq!(seen[0].1.alpn.as_deref(), Some("http/1.1"));
    }
    let sandbox = Sandbox::builder().tls_versions(TlsVersions::Only13).start_blocking().unwrap();
    let old = Client::with_versions(&sandbox, &[&TLS12]).connect(sandbox.login_addr(), "localhost").map(drop);
    let expected = Error::AlertReceived(AlertDescription::ProtocolVersion).to_string();
    assert_eq!(old.unwrap_err().to_string(), expected);
}
