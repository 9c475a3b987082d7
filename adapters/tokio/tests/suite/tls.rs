//! Verification of certificates, and its error messages.

use std::sync::Arc;

use genesys_token_sandbox::{Certificate, Host, Sandbox};
use genesys_token_tokio::core::settings::Endpoint;
use genesys_token_tokio::rustls::{
    ClientConfig, RootCertStore, ServerConfig, ServerConnection, crypto::ring,
};
use genesys_token_tokio::{BuildError, TokenClient, TokenClientBuilder};

use crate::fixture::{builder, demo, endpoint, in_an_environment, label, sandbox};

#[tokio::test]
async fn a_rejected_certificate_receives_no_request_and_has_its_own_message() {
    let cases = [
        (Certificate::Expired, "tls Expired", "has expired (on 20"),
        (Certificate::NotYetValid, "tls NotYetValid", "clock is most likely wrong"),
        (Certificate::WrongHost, "tls WrongName", "(elsewhere.sandbox.test)"),
        // The name of the trusted root, but another key.
        (Certificate::UnknownIssuer, "tls Certificate", "another key than that of the CA"),
        (Certificate::MissingIntermediate, "tls UnknownIssuer", "extra root"),
        (Certificate::IssuedByLeaf, "tls Certificate", "not acceptable"),
    ];
    let sandbox = sandbox().await;
    for (certificate, outcome, says) in cases {
        sandbox.present(Host::Login, certificate).unwrap();
        let got = builder(&sandbox).build().unwrap().token().await;
        assert_eq!(label(&got), outcome, "{certificate:?}");
        let text = got.unwrap_err().to_string();
        assert!(text.contains(says), "{certificate:?}: {text}");
    }
    assert!(sandbox.record().is_empty(), "a request was sent: {:?}", sandbox.record());
}

#[tokio::test]
async fn the_certificate_must_match_the_requested_name() {
    let sandbox = sandbox().await;
    let asked = |host: &str| {
        let client = TokenClient::builder(endpoint(&sandbox, host))
            .credentials(demo())
            .extra_roots_pem(sandbox.root_pem());
        client.build().unwrap()
    };
    assert_eq!(label(&asked("127.0.0.1").token().await), "token");
    assert_eq!(label(&asked("LOCALHOST").token().await), "token");
}

/// RFC 7301 section 3.2: without a common protocol the server sends the alert `no_application_protocol`, which names no remedy.
#[tokio::test]
async fn a_server_without_http_1_1_is_reported() {
    let rcgen::CertifiedKey { cert, signing_key } =
        rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let key = signing_key.serialize_der().try_into().unwrap();
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![cert.der().clone()], key)
        .unwrap();
    config.alpn_protocols = vec![b"h2".to_vec()];
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut tls = ServerConnection::new(Arc::new(config)).unwrap();
        tls.complete_io(&mut stream).unwrap_err();
    });
    let endpoint = Endpoint::explicit("localhost", port, "/oauth/token").unwrap();
    let client = TokenClient::builder(endpoint).credentials(demo()).extra_roots_pem(cert.pem());
    let outcome = client.build().unwrap().token().await;
    assert_eq!(label(&outcome), "tls NoCommonProtocol");
    assert!(outcome.unwrap_err().to_string().contains("HTTP/1.1"));
}

fn without_roots(sandbox: &Sandbox) -> TokenClientBuilder {
    TokenClient::builder(endpoint(sandbox, "localhost")).credentials(demo())
}

#[tokio::test]
async fn an_untrusted_ca_is_rejected_after_the_platform_store_was_read() {
    let sandbox = sandbox().await;
    let error = without_roots(&sandbox).build().unwrap().token().await.unwrap_err();
    let text = error.to_string();
    assert!(text.contains("issued by an untrusted CA"), "{text}");
    assert!(
        text.contains("of the platform")
            || text.contains("of SSL_CERT_FILE")
            || text.contains("the platform's store of CA certificates is empty"),
        "{text}"
    );
    assert!(text.contains("TLS-inspecting proxy"), "{text}");
    assert!(sandbox.record().is_empty());
}

/// Each fault has its own cause; installing ca-certificates, which is right for an empty store, would help with none of them.
#[tokio::test]
async fn a_variable_that_names_no_certificates_is_reported() {
    const WORDS: &str = "GENESYS_TOKEN_TEST_WORDS";
    let directory = std::env::temp_dir().join(format!("genesys-token-ssl-{}", std::process::id()));
    let sandbox = sandbox().await;
    if let Ok(words) = std::env::var(WORDS) {
        let text = without_roots(&sandbox).build().unwrap().token().await.unwrap_err().to_string();
        assert!(text.contains("untrusted CA") && words.split('|').all(|word| text.contains(word)), "{text}");
        assert!(!text.contains("install"), "{text}");
        return;
    }
    std::fs::create_dir_all(directory.join("empty")).unwrap();
    let path = |name: &str| directory.join(name).to_str().unwrap().to_owned();
    std::fs::write(path("der"), sandbox.root_der()).unwrap();
    std::fs::write(path("text"), "no certificate").unwrap();
    let other = rcgen::generate_simple_self_signed(["other.test".to_owned()]).unwrap();
    std::fs::write(path("other.pem"), other.cert.pem()).unwrap();
    let cases = [
        ("SSL_CERT_FILE", String::new(), "SSL_CERT_FILE|is empty"),
        ("SSL_CERT_FILE", path("missing"), "SSL_CERT_FILE|missing does not exist"),
        ("SSL_CERT_FILE", path("empty"), "SSL_CERT_FILE|is a directory|SSL_CERT_DIR"),
        ("SSL_CERT_FILE", path("der"), "SSL_CERT_FILE|is DER"),
        ("SSL_CERT_FILE", path("text"), "SSL_CERT_FILE|no certificate"),
        ("SSL_CERT_FILE", path("other.pem"), "nor one of the 1 of SSL_CERT_FILE"),
        ("SSL_CERT_DIR", path("missing"), "SSL_CERT_DIR|does not exist"),
        ("SSL_CERT_DIR", path("empty"), "SSL_CERT_DIR|contains no certificates"),
        ("SSL_CERT_DIR", path("der"), "SSL_CERT_DIR|is not a directory"),
    ];
    for (variable, value, words) in cases {
        let name = "tls::a_variable_that_names_no_certificates_is_reported";
        in_an_environment(name, &[(variable, &value), (WORDS, words)]);
    }
    std::fs::remove_dir_all(&directory).unwrap();
}

/// A company renewed the key of its CA under the same name: the platform's store has the new certificate, an old file has not.
#[tokio::test]
async fn an_extra_root_with_the_same_name_does_not_hide_the_platform_s() {
    const PLATFORM: &str = "GENESYS_TOKEN_TEST_PLATFORM";
    if let Ok(login) = std::env::var(PLATFORM) {
        let old = Sandbox::builder().start().await.unwrap();
        let endpoint = Endpoint::explicit("localhost", login.parse().unwrap(), "/oauth/token").unwrap();
        let client = TokenClient::builder(endpoint).credentials(demo()).extra_roots_pem(old.root_pem());
        assert_eq!(label(&client.build().unwrap().token().await), "token");
        return;
    }
    let sandbox = sandbox().await;
    let file = std::env::temp_dir().join(format!("genesys-token-platform-{}.pem", std::process::id()));
    sandbox.write_root_pem(&file).unwrap();
    let child = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "tls::an_extra_root_with_the_same_name_does_not_hide_the_platform_s"])
        .env(PLATFORM, sandbox.login_addr().port().to_string())
        .env("SSL_CERT_FILE", &file)
        .output();
    std::fs::remove_file(&file).unwrap();
    let child = child.unwrap();
    let printed = String::from_utf8_lossy(&child.stdout);
    assert!(child.status.success() && printed.contains("1 passed"), "{printed}");
}

#[tokio::test]
async fn extra_roots_are_read_from_files_and_may_be_the_only_ones() {
    let sandbox = sandbox().await;
    let directory = std::env::temp_dir().join(format!("genesys-token-roots-{}", std::process::id()));
    std::fs::create_dir_all(&directory).unwrap();
    let file = directory.join("root.pem");
    sandbox.write_root_pem(&file).unwrap();
    let client = without_roots(&sandbox).extra_roots_file(&file).only_extra_roots().build().unwrap();
    assert_eq!(label(&client.token().await), "token");

    let other = Sandbox::builder().start().await.unwrap();
    let client = without_roots(&other).extra_roots_file(&file).only_extra_roots().build().unwrap();
    let error = client.token().await.unwrap_err();
    assert!(!error.to_string().contains("platform"), "{error}");
    std::fs::remove_dir_all(&directory).unwrap();
}

#[tokio::test]
async fn unusable_roots_are_errors_of_the_builder() {
    let sandbox = sandbox().await;
    let error = |builder: TokenClientBuilder| builder.build().map(drop).unwrap_err();
    let missing = error(without_roots(&sandbox).extra_roots_file("/does/not/exist.pem"));
    assert!(
        matches!(missing, BuildError::RootsFile { .. })
            && missing.to_string().contains("/does/not/exist.pem")
    );
    let empty = error(without_roots(&sandbox).extra_roots_pem("no certificate here"));
    assert!(matches!(empty, BuildError::Roots { .. }) && empty.to_string().contains("BEGIN CERTIFICATE"));
    let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    let broken = error(without_roots(&sandbox).extra_roots_pem(broken));
    assert!(matches!(broken, BuildError::Roots { .. }), "{broken}");
    assert!(matches!(error(without_roots(&sandbox).only_extra_roots()), BuildError::NoRoots));
    let none = TokenClient::builder("us".parse::<Endpoint>().unwrap());
    assert!(matches!(error(none), BuildError::CredentialsMissing));
}

#[tokio::test]
async fn a_tls_configuration_replaces_all_of_tls() {
    let sandbox = sandbox().await;
    let config = || {
        let mut roots = RootCertStore::empty();
        roots.add(sandbox.root_der().into()).unwrap();
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
        let config = config.with_safe_default_protocol_versions().unwrap();
        Arc::new(config.with_root_certificates(roots).with_no_client_auth())
    };
    let client = without_roots(&sandbox).tls_config(config()).build().unwrap();
    assert_eq!(label(&client.token().await), "token");
    let twice = builder(&sandbox).tls_config(config()).build().map(drop).unwrap_err();
    assert!(matches!(twice, BuildError::TlsConfiguredTwice));
}
