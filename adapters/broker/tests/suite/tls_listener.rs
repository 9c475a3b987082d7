//! TCP with a certificate.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;

use genesys_token_interop::issue_certificate;
use genesys_token_sandbox::Sandbox;
use genesys_token_tokio::http::HeaderValue;
use genesys_token_tokio::{ApiRequest, StaticCredentials, TokenClient, TokenErrorKind};

use crate::broker::{Broker, LOCAL_SECRET, consumer_with_secret};
use crate::http_client::Request;

/// Returns tables for a port with a certificate that is made in this directory.
pub(crate) fn tables(directory: &Path) -> String {
    issue_certificate(directory).unwrap();
    format!(
        "[listen.tcp]\naddress = \"127.0.0.1:0\"\ncertificate = \"{0}/server.pem\"\nkey = \"{0}/server.key\"\n",
        directory.display()
    )
}

#[tokio::test]
async fn consumers_log_in_and_call_the_api_over_tls() {
    let directory = tempfile::tempdir().unwrap();
    let consumer = consumer_with_secret("access = \"forward\"");
    let broker = Broker::start_with(Sandbox::builder(), &tables(directory.path()), &consumer);
    let address = format!("https://localhost:{}", broker.tcp().port());
    let builder = || {
        let credentials = StaticCredentials::new("remote-id", LOCAL_SECRET).unwrap();
        TokenClient::through_broker(address.parse().unwrap()).credentials(credentials)
    };
    let client = builder().extra_roots_file(directory.path().join("root.pem")).build().unwrap();
    assert!(client.token().await.unwrap().expose().starts_with("gtb_"));
    // A body in both directions that is larger than any buffer.
    let large = "x".repeat(200_000);
    let echo = ApiRequest::post("/api/v2/echo").body(HeaderValue::from_static("text/plain"), large.clone());
    let echoed = client.api(echo).await.unwrap();
    assert!(String::from_utf8_lossy(echoed.body()).contains(&large));

    let untrusting = builder().build().unwrap().token().await.unwrap_err();
    assert!(matches!(untrusting.kind(), TokenErrorKind::Transport(_)), "{untrusting}");
}

#[test]
fn such_a_port_answers_nothing_in_clear_text() {
    let directory = tempfile::tempdir().unwrap();
    let broker = Broker::start_with(
        Sandbox::builder(),
        &tables(directory.path()),
        &consumer_with_secret("access = \"forward\""),
    );
    let login =
        Request::token("/oauth/token", "grant_type=client_credentials").basic("remote-id", LOCAL_SECRET);
    let mut stream = TcpStream::connect(broker.tcp()).unwrap();
    stream.set_read_timeout(Some(std::time::Duration::from_secs(60))).unwrap();
    stream.write_all(&login.bytes()).unwrap();
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    // At most a TLS alert (RFC 8446 section 5.1: content type 21).
    assert!(answer.first().is_none_or(|first| *first == 21), "{}", String::from_utf8_lossy(&answer));
}
