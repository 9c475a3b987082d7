//! The connection to the login host: reused, resumed, replaced.

use std::time::Duration;

use genesys_token_sandbox::{
    Afterwards, Answer, Beginning, Behaviour, Close, ClosedPort, Host, Sandbox, TlsVersions,
};
use genesys_token_tokio::{TokenClient, TransportErrorKind};

use crate::fixture::{builder, client, label, sandbox};

/// Causes another exchange: reports the token as refused after it was accepted.
async fn exchange_again(client: &TokenClient) -> String {
    let token = client.token().await.unwrap();
    client.token_used(&token);
    assert!(client.token_refused(&token));
    label(&client.token().await)
}

fn handshakes(sandbox: &Sandbox) -> Vec<(&'static str, bool)> {
    let handshake = |connection: genesys_token_sandbox::Connection| match connection.beginning {
        Beginning::Tls(tls) => (tls.version, tls.resumed),
        other => panic!("{other:?}"),
    };
    sandbox.connections().into_iter().map(handshake).collect()
}

#[tokio::test]
async fn one_connection_is_used_for_several_exchanges() {
    let sandbox = sandbox().await;
    let client = client(&sandbox);
    for _ in 0..3 {
        assert_eq!(exchange_again(&client).await, "token");
    }
    assert_eq!(sandbox.record().len(), 4);
    assert_eq!(sandbox.connections().len(), 1);
}

#[tokio::test]
async fn a_closed_connection_is_replaced_with_session_resumption() {
    for (versions, name) in [(TlsVersions::Both, "TLSv1.3"), (TlsVersions::Only12, "TLSv1.2")] {
        let sandbox = Sandbox::builder().tls_versions(versions).start().await.unwrap();
        let client = client(&sandbox);
        sandbox.script(Host::Login, Answer::service().then(Afterwards::Close(Close::Notify)));
        client.token().await.unwrap();
        assert_eq!(exchange_again(&client).await, "token");
        assert_eq!(handshakes(&sandbox), [(name, false), (name, true)]);
    }
}

#[tokio::test]
async fn a_reused_connection_that_is_lost_is_replaced_once() {
    for close in [Close::Notify, Close::Truncate, Close::Reset] {
        let sandbox = sandbox().await;
        let client = client(&sandbox);
        client.token().await.unwrap();
        sandbox.script(Host::Login, Behaviour::CloseUnanswered(close));
        assert_eq!(exchange_again(&client).await, "token", "{close:?}");
        let connections: Vec<_> = sandbox.record().iter().map(|request| request.connection).collect();
        assert_eq!(connections.len(), 3, "{close:?}");
        assert!(
            connections[0] == connections[1] && connections[1] != connections[2],
            "{close:?}: {connections:?}"
        );
    }
}

#[tokio::test]
async fn a_new_connection_that_is_lost_is_an_error() {
    let sandbox = sandbox().await;
    sandbox.script(Host::Login, Behaviour::CloseUnanswered(Close::Notify));
    let client = client(&sandbox);
    assert_eq!(label(&client.token().await), "closed Response");
    assert_eq!(sandbox.record().len(), 1);
}

#[tokio::test]
async fn servers_with_only_tls_1_3_or_only_tls_1_2_are_supported() {
    for (versions, name) in [(TlsVersions::Only12, "TLSv1.2"), (TlsVersions::Only13, "TLSv1.3")] {
        let sandbox = Sandbox::builder().tls_versions(versions).start().await.unwrap();
        client(&sandbox).token().await.unwrap();
        assert_eq!(handshakes(&sandbox), [(name, false)]);
    }
}

#[tokio::test]
async fn a_refused_connection_is_reported() {
    let sandbox = sandbox().await;
    let closed = ClosedPort::new().unwrap();
    let port = closed.port();
    let endpoint =
        genesys_token_tokio::core::settings::Endpoint::explicit("127.0.0.1", port, "/oauth/token").unwrap();
    let client = TokenClient::builder(endpoint)
        .credentials(crate::fixture::demo())
        .extra_roots_pem(sandbox.root_pem())
        .build()
        .unwrap();
    let error = client.token().await.unwrap_err();
    let text = error.to_string();
    assert!(text.contains(&format!("127.0.0.1:{port} refused the connection")), "{text}");
    assert!(text.contains("HTTPS_PROXY"), "{text}");
}

#[tokio::test]
async fn a_name_that_does_not_exist_is_reported() {
    let sandbox = sandbox().await;
    // RFC 6761 section 6.4: never resolves.
    let endpoint =
        genesys_token_tokio::core::settings::Endpoint::explicit("login.invalid", 443, "/oauth/token")
            .unwrap();
    let client = TokenClient::builder(endpoint)
        .credentials(crate::fixture::demo())
        .extra_roots_pem(sandbox.root_pem())
        .build()
        .unwrap();
    let error = client.token().await.unwrap_err();
    let genesys_token_tokio::TokenErrorKind::Transport(transport) = error.kind() else { panic!("{error:?}") };
    // Without a network, the resolver may time out instead.
    assert!(
        matches!(transport.kind(), TransportErrorKind::NameLookup(_) | TransportErrorKind::TimedOut),
        "{error:?}"
    );
    assert!(error.to_string().contains("login.invalid") && error.to_string().contains("DNS"), "{error}");
}

#[tokio::test]
async fn the_connect_timeout_applies_to_the_handshake() {
    let sandbox = sandbox().await;
    sandbox.script(Host::Login, genesys_token_sandbox::ConnectionFault::Silence);
    let client = builder(&sandbox).connect_timeout(Duration::from_millis(100)).build().unwrap();
    assert_eq!(label(&client.token().await), "timed out TlsHandshake");
}
