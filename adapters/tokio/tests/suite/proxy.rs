//! Connections through a proxy.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use genesys_token_sandbox::ClosedPort;
use genesys_token_tokio::core::settings::Endpoint;
use genesys_token_tokio::{BuildError, Proxy, TokenClient};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::fixture::{builder, demo, in_an_environment, label, sandbox};

/// What the proxy does with CONNECT.
#[derive(Clone, Copy)]
enum Behaviour {
    /// Opens the tunnel.
    Open,
    /// Opens the tunnel after these bytes.
    OpenAfter(&'static str),
    /// Sends this and closes.
    Say(&'static str),
    /// Sends nothing.
    Silence,
}

/// Starts a proxy on a free port. Returns its address and the heads of its requests.
async fn proxy(behaviour: Behaviour) -> (SocketAddr, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let heads = Arc::new(Mutex::new(Vec::new()));
    let seen = heads.clone();
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            tokio::spawn(serve(stream, behaviour, seen.clone()));
        }
    });
    (address, heads)
}

async fn serve(mut client: TcpStream, behaviour: Behaviour, seen: Arc<Mutex<Vec<String>>>) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(client.read_u8().await.unwrap());
    }
    let head = String::from_utf8(head).unwrap();
    let target = head.split(' ').nth(1).unwrap().to_owned();
    seen.lock().unwrap().push(head);
    match behaviour {
        Behaviour::Silence => std::future::pending().await,
        Behaviour::Say(answer) => client.write_all(answer.as_bytes()).await.unwrap(),
        Behaviour::Open | Behaviour::OpenAfter(_) => {
            if let Behaviour::OpenAfter(bytes) = behaviour {
                client.write_all(bytes.as_bytes()).await.unwrap();
            }
            let mut host = TcpStream::connect(target).await.unwrap();
            client.write_all(b"HTTP/1.1 200 Connection established\r\nVia: test\r\n\r\n").await.unwrap();
            // A connection that one side resets is not an error of the proxy.
            let _ = tokio::io::copy_bidirectional(&mut client, &mut host).await;
        }
    }
}

#[tokio::test]
async fn token_and_api_requests_use_the_tunnel() {
    let sandbox = sandbox().await;
    let (address, heads) = proxy(Behaviour::Open).await;
    let proxy = Proxy::new(&format!("http://Aladdin:open%20sesame@{address}")).unwrap();
    let client = builder(&sandbox).proxy(proxy).build().unwrap();
    client.verify().await.unwrap();
    let heads = heads.lock().unwrap();
    let expected = [sandbox.login_addr().port(), sandbox.api_addr().port()].map(|port| {
        format!(
            "CONNECT localhost:{port} HTTP/1.1\r\nHost: localhost:{port}\r\nUser-Agent: genesys-token-tokio/{}\r\n\
             Proxy-Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n\r\n",
            env!("CARGO_PKG_VERSION")
        )
    });
    assert_eq!(*heads, expected);
    assert_eq!(sandbox.record().len(), 2);
    assert!(sandbox.record().iter().all(|request| request.header("Proxy-Authorization").is_none()));
}

#[tokio::test]
async fn an_excluded_host_is_reached_directly() {
    let sandbox = sandbox().await;
    let (address, heads) = proxy(Behaviour::Open).await;
    let proxy = Proxy::new(&address.to_string()).unwrap().except("127.0.0.0/8, localhost");
    let client = builder(&sandbox).proxy(proxy).build().unwrap();
    client.token().await.unwrap();
    assert!(heads.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_refused_tunnel_is_reported_with_its_cause() {
    let cases = [
        // User and password are given, so the advice must not be to give them.
        (
            "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n",
            "does not accept the user",
        ),
        ("HTTP/1.1 407 No\r\nProxy-Authenticate: Negotiate\r\n\r\n", "that is not supported (Negotiate)"),
        ("HTTP/1.1 403 Forbidden\r\n\r\n<html>", "allow CONNECT"),
        ("HTTP/1.1 502 Bad Gateway\r\n\r\n", "could not reach the host"),
        ("SSH-2.0-OpenSSH\r\n", "not HTTP"),
        ("", "closed the connection"),
    ];
    let sandbox = sandbox().await;
    for (answer, says) in cases {
        let (address, _) = proxy(Behaviour::Say(answer)).await;
        let proxy = Proxy::new(&format!("http://user:sentinel@{address}")).unwrap();
        let client = builder(&sandbox).proxy(proxy).build().unwrap();
        let error = client.token().await.unwrap_err();
        let text = error.to_string();
        assert!(
            text.contains(says) && text.contains(&address.to_string()) && text.contains("localhost:"),
            "{text}"
        );
        assert!(!text.contains("sentinel") && !format!("{error:?}").contains("sentinel"), "{error:?}");
    }
    assert!(sandbox.connections().is_empty());
}

/// RFC 9110 section 15.2: any number of interim responses may come before the final one.
#[tokio::test]
async fn a_tunnel_opens_after_interim_responses() {
    let sandbox = sandbox().await;
    let early = "HTTP/1.1 103 Early Hints\r\nLink: </x>;\r\n rel=preload\r\n\r\n";
    let (address, _) = proxy(Behaviour::OpenAfter(early)).await;
    let client = builder(&sandbox).proxy(Proxy::new(&address.to_string()).unwrap()).build().unwrap();
    client.token().await.unwrap();
}

/// Behind a proxy the TCP connection is to the proxy, so it is the proxy that resets it.
#[tokio::test]
async fn a_connection_that_the_proxy_ends_names_the_proxy() {
    let sandbox = sandbox().await;
    let (address, _) = proxy(Behaviour::Say("HTTP/1.1 200 OK\r\n\r\n")).await;
    let client = builder(&sandbox).proxy(Proxy::new(&address.to_string()).unwrap()).build().unwrap();
    let text = client.token().await.unwrap_err().to_string();
    assert!(text.contains(&format!("through the proxy {address}")), "{text}");
}

#[tokio::test]
async fn a_silent_proxy_and_an_unreachable_one_are_distinguished() {
    let sandbox = sandbox().await;
    let (address, _) = proxy(Behaviour::Silence).await;
    let client = builder(&sandbox)
        .proxy(Proxy::new(&address.to_string()).unwrap())
        .connect_timeout(Duration::from_millis(200))
        .build()
        .unwrap();
    let got = client.token().await;
    assert_eq!(label(&got), "timed out Proxy");
    assert!(got.unwrap_err().to_string().contains("the proxy 127.0.0.1:"));

    let closed = ClosedPort::new().unwrap();
    let absent = closed.address();
    let client = builder(&sandbox).proxy(Proxy::new(&absent.to_string()).unwrap()).build().unwrap();
    let text = client.token().await.unwrap_err().to_string();
    assert!(text.contains(&format!("the proxy {absent} refused the connection")), "{text}");
}

#[tokio::test]
async fn a_proxy_that_answers_instead_of_the_host_is_detected() {
    let sandbox = sandbox().await;
    // Answers CONNECT with 200 and sends HTTP instead of the host's bytes.
    let (address, _) = proxy(Behaviour::Say("HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 200 OK\r\n\r\n{}")).await;
    let client = builder(&sandbox).proxy(Proxy::new(&address.to_string()).unwrap()).build().unwrap();
    let error = client.token().await.unwrap_err();
    assert!(error.to_string().contains("no"), "{error}");
    assert!(sandbox.record().is_empty());
}

/// Other programs may use such a proxy. For this client it matters only if one of its hosts is reached through it.
#[test]
fn an_unsupported_proxy_of_the_environment_matters_only_if_it_is_used() {
    let variables = [("ALL_PROXY", "socks5://user:sentinel@127.0.0.1:1080"), ("NO_PROXY", "a.test")];
    let name = "proxy::an_unsupported_proxy_of_the_environment_matters_only_if_it_is_used";
    if in_an_environment(name, &variables) {
        let built = |endpoint: Endpoint| {
            TokenClient::builder(endpoint).credentials(demo()).proxy_from_env().build().map(drop)
        };
        let local = Endpoint::explicit("localhost", 1, "/oauth/token").unwrap();
        let exempt = Endpoint::explicit("a.test", 443, "/oauth/token").unwrap();
        for endpoint in [local.with_api("127.0.0.1", 2).unwrap(), exempt.with_api("b.a.test", 443).unwrap()] {
            built(endpoint).unwrap();
        }
        for endpoint in ["eu-central-1".parse().unwrap(), local.with_api("api.example", 443).unwrap()] {
            let text = built(endpoint).unwrap_err().to_string();
            assert!(text.contains("ALL_PROXY") && text.contains("SOCKS"), "{text}");
        }
    }
}

#[test]
fn an_unsupported_kind_of_proxy_is_named() {
    let error = Proxy::new("socks5://127.0.0.1:1080").unwrap_err();
    assert!(error.to_string().contains("SOCKS"));
    let error = BuildError::Proxy { variable: "ALL_PROXY", error };
    assert!(error.to_string().contains("SOCKS") && error.to_string().contains("ALL_PROXY"));
}
