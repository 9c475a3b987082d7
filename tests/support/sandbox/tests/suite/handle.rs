//! The handle: waiting, several sandboxes, dropping.

use core::time::Duration;

use genesys_token_sandbox::{Client as Registered, ClosedPort, Host, Sandbox};

use crate::client::{Client, Wire};

const GET: &str = "GET /x?y=%20z HTTP/1.1\r\nHost: localhost\r\nAuthorization: Basic c2VudGluZWw=\r\n\r\n";

#[tokio::test(start_paused = true)]
async fn waiting_works_while_the_callers_clock_is_paused() {
    let sandbox = Sandbox::builder().start().await.unwrap();
    let (client, address) = (Client::trusting_sandbox(&sandbox), sandbox.api_addr());
    let asking = std::thread::spawn(move || client.ask(address, GET).status);
    let requests = sandbox.wait_for(1).await;
    assert_eq!((requests[0].host, requests[0].path()), (Host::Api, "/x"));
    assert_eq!(requests[0].query(), [("y".to_owned(), " z".to_owned())]);
    assert_eq!(requests[0].header("authorization"), Some("Basic c2VudGluZWw="));
    assert_eq!(sandbox.wait_for_connections(1).await.len(), 1);
    assert_eq!(asking.join().unwrap(), 401);
    sandbox.clear_record();
    assert!(sandbox.record().is_empty());
}

#[test]
fn sandboxes_are_independent() {
    let sandboxes: Vec<Sandbox> = (0..8).map(|_| Sandbox::builder().start_blocking().unwrap()).collect();
    for sandbox in &sandboxes {
        Client::trusting_sandbox(sandbox).ask(sandbox.login_addr(), GET);
        assert_eq!(sandbox.record().len(), 1);
    }
    assert!(Client::trusting_sandbox(&sandboxes[0]).connect(sandboxes[1].login_addr(), "localhost").is_err());
}

#[test]
fn dropping_closes_connections_and_the_port() {
    let sandbox = Sandbox::builder().clear_text().start_blocking().unwrap();
    let address = sandbox.login_addr();
    let mut wire = Wire::clear_text(address).with_read_timeout(Duration::from_secs(10));
    wire.ask(GET);
    drop(sandbox);
    assert_eq!(wire.rest().0, b"");
    assert!(std::net::TcpStream::connect(address).is_err());
}

#[test]
fn a_closed_port_refuses_connections_and_cannot_be_taken() {
    let closed = ClosedPort::new().unwrap();
    for host in ["127.0.0.1", "localhost"] {
        let refused = std::net::TcpStream::connect((host, closed.port())).unwrap_err();
        assert_eq!(refused.kind(), std::io::ErrorKind::ConnectionRefused, "{host}");
    }
    let taken = std::net::TcpListener::bind(closed.address()).unwrap_err();
    assert_eq!(taken.kind(), std::io::ErrorKind::AddrInUse);
}

#[test]
fn debug_output_contains_no_secret() {
    let builder = Sandbox::builder().client(Registered::new("id", "sentinel")).clear_text();
    let builder_debug = format!("{builder:?}");
    let sandbox = builder.start_blocking().unwrap();
    let request = GET.replace("/x?y=%20z", "/x?secret=sentinel");
    Wire::clear_text(sandbox.login_addr()).ask(&request);
    let shown = format!("{builder_debug}{sandbox:?}{:?}{}", sandbox.record(), sandbox.record()[0]);
    assert!(!shown.contains("sentinel") && !shown.contains("c2VudGluZWw"), "{shown}");
}
