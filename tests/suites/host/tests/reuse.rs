//! A kept connection is checked before it is used again, even if its runtime was not run in between.
//!
//! RFC 9112 section 9.2: a client that receives data on a connection without an outstanding request must not take it for the response to
//! the next request, and should close the connection. Section 9.5: a server may close an idle connection at any time, or announce it by 408.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use genesys_token_tokio::rustls::{ServerConnection, StreamOwned};
use genesys_token_tokio::{TokenClient, TokenClientBuilder};
use host::frames::wait_until_acknowledged;
use host::{current_thread, multi_thread, until};
use tokio::runtime::Runtime;

type Tls = StreamOwned<ServerConnection, TcpStream>;

/// What the server does on the first connection, after its first response.
#[derive(Clone, Copy, Debug)]
enum Then {
    Nothing,
    Close,
    Truncate,
    RequestTimeout,
    SecondResponse,
    PartOfAResponse,
    /// The beginning of a TLS record that is never completed.
    HalfRecord,
    /// The same, together with the response.
    HalfRecordAtOnce,
}

/// The header of a record of 64 bytes (RFC 8446 section 5.1), and its first byte.
const HALF_RECORD: [u8; 6] = [23, 3, 3, 0, 64, 1];

/// A server that answers the n-th request with `n`.
struct Server {
    client: TokenClient,
    /// Tells the server to do [`Then`], after the client has the first response.
    go: Sender<()>,
    /// Receives a message when it is done.
    done: Receiver<()>,
    connections: Arc<Mutex<usize>>,
    /// Connections that are open.
    open: Arc<Mutex<usize>>,
}

impl Server {
    fn start(then: Then) -> Self {
        Self::start_with(then, |builder| builder)
    }

    fn start_with(then: Then, settings: impl FnOnce(TokenClientBuilder) -> TokenClientBuilder) -> Self {
        let (config, root_pem) = host::tls(&["http/1.1"]);
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (sender, done) = channel();
        let (go, begin) = channel();
        let begin = Arc::new(Mutex::new(begin));
        let connections = Arc::new(Mutex::new(0));
        let requests = Arc::new(Mutex::new(0));
        let open = Arc::new(Mutex::new(0));
        let (counted, opened) = (connections.clone(), open.clone());
        thread::spawn(move || {
            for stream in listener.incoming() {
                let mut count = counted.lock().unwrap();
                *count += 1;
                let then = if *count == 1 { then } else { Then::Nothing };
                let tls = ServerConnection::new(config.clone()).unwrap();
                let stream = StreamOwned::new(tls, stream.unwrap());
                let (begin, sender, requests) = (begin.clone(), sender.clone(), requests.clone());
                *opened.lock().unwrap() += 1;
                let opened = opened.clone();
                thread::spawn(move || {
                    serve(stream, then, &begin, &sender, &requests);
                    *opened.lock().unwrap() -= 1;
                });
            }
        });
        let builder = host::client(port, &root_pem);
        Self { client: settings(builder).build().unwrap(), go, done, connections, open }
    }

    /// Sends a POST, which is not sent again by itself. Returns the body of its response.
    fn post(&self, runtime: &Runtime) -> String {
        runtime.block_on(post(self.client.clone()))
    }

    fn act(&self) {
        self.go.send(()).unwrap();
        self.done.recv().unwrap();
    }

    fn connections(&self) -> usize {
        *self.connections.lock().unwrap()
    }
}

async fn post(client: TokenClient) -> String {
    host::post(&client, "/api/v2/echo").await.unwrap()
}

fn serve(
    mut stream: Tls,
    then: Then,
    begin: &Mutex<Receiver<()>>,
    done: &Sender<()>,
    requests: &Mutex<usize>,
) {
    while read_request(&mut stream) {
        let number = {
            let mut requests = requests.lock().unwrap();
            *requests += 1;
            *requests
        };
        let response = response("200 OK", &number.to_string());
        if number == 1 && matches!(then, Then::HalfRecordAtOnce) {
            // In one write, so that the client most likely reads it together with the response.
            stream.conn.writer().write_all(response.as_bytes()).unwrap();
            let mut bytes = Vec::new();
            stream.conn.write_tls(&mut bytes).unwrap();
            bytes.extend_from_slice(&HALF_RECORD);
            stream.sock.write_all(&bytes).unwrap();
            continue;
        }
        stream.write_all(response.as_bytes()).unwrap();
        if number > 1 || matches!(then, Then::Nothing) {
            continue;
        }
        begin.lock().unwrap().recv().unwrap();
        match then {
            Then::Nothing | Then::Truncate | Then::HalfRecordAtOnce => {}
            Then::Close => stream.conn.send_close_notify(),
            Then::RequestTimeout => {
                stream
                    .write_all(
                        b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
                    )
                    .unwrap();
            }
            Then::SecondResponse => stream.write_all(response.as_bytes()).unwrap(),
            Then::HalfRecord => stream.sock.write_all(&HALF_RECORD).unwrap(),
            Then::PartOfAResponse => stream.write_all(b"HTTP/1.1 200 OK\r\n").unwrap(),
        }
        stream.flush().unwrap();
        if matches!(then, Then::Close | Then::Truncate | Then::RequestTimeout) {
            stream.sock.shutdown(std::net::Shutdown::Write).unwrap();
        }
        wait_until_acknowledged(&stream.sock);
        done.send(()).unwrap();
    }
}

fn response(status: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\n\r\n{body}", body.len())
}

/// Reads one request with the body `{}`. `false` at the end of the connection.
fn read_request(stream: &mut Tls) -> bool {
    let mut request = Vec::new();
    let mut byte = [0];
    while !request.ends_with(b"\r\n\r\n{}") {
        match stream.read(&mut byte) {
            Ok(1) => request.push(byte[0]),
            _ => return false,
        }
    }
    true
}

const EACH: [Then; 6] = [
    Then::Close,
    Then::Truncate,
    Then::RequestTimeout,
    Then::SecondResponse,
    Then::PartOfAResponse,
    Then::HalfRecord,
];

#[test]
fn a_silent_connection_is_reused() {
    let server = Server::start(Then::Nothing);
    let runtime = current_thread();
    for number in 1..=3 {
        assert_eq!(server.post(&runtime), number.to_string());
    }
    assert_eq!(server.connections(), 1);
}

#[test]
fn what_arrived_while_the_runtime_was_not_run_is_no_response() {
    for then in EACH {
        let server = Server::start(then);
        let runtime = current_thread();
        assert_eq!(server.post(&runtime), "1", "{then:?}");
        server.act();
        assert_eq!(server.post(&runtime), "2", "{then:?}");
        assert_eq!(server.connections(), 2, "{then:?}");
    }
}

#[test]
fn what_arrived_on_a_running_runtime_is_no_response() {
    for then in EACH {
        let server = Server::start(then);
        let runtime = current_thread();
        runtime.block_on(async {
            assert_eq!(post(server.client.clone()).await, "1", "{then:?}");
            server.go.send(()).unwrap();
            // The runtime goes on while the server acts, and may or may not have seen it when the next call begins.
            while server.done.try_recv().is_err() {
                tokio::task::yield_now().await;
            }
            assert_eq!(post(server.client.clone()).await, "2", "{then:?}");
        });
        assert_eq!(server.connections(), 2, "{then:?}");
    }
}

/// What has been read of a record, and not yet been decrypted, is in no buffer that can be inspected.
#[test]
fn half_a_record_behind_the_response_ends_the_connection() {
    let server = Server::start(Then::HalfRecordAtOnce);
    let runtime = current_thread();
    for number in 1..=3 {
        assert_eq!(server.post(&runtime), number.to_string());
    }
    assert_eq!(server.connections(), 2);
}

#[tokio::test]
async fn an_idle_connection_is_closed_without_a_further_call() {
    let server =
        Server::start_with(Then::Nothing, |builder| builder.connection_idle_time(Duration::from_millis(50)));
    assert_eq!(post(server.client.clone()).await, "1");
    until("the end of the idle connection", || *server.open.lock().unwrap() == 0).await;
    assert_eq!(post(server.client.clone()).await, "2");
}

/// A second without a poll of the runtime, after each of the ways in which a connection stops being usable.
#[test]
fn a_runtime_that_stands_still_for_a_second_does_not_reuse_what_ended() {
    thread::scope(|scope| {
        for then in EACH {
            scope.spawn(move || {
                let server = Server::start(then);
                let runtime = current_thread();
                assert_eq!(server.post(&runtime), "1", "{then:?}");
                server.act();
                thread::sleep(Duration::from_secs(1));
                assert_eq!(server.post(&runtime), "2", "{then:?}");
                assert_eq!(server.connections(), 2, "{then:?}");
            });
        }
    });
}

/// Whether workers run between two calls or not: without a task of the connection they do not look at it.
#[test]
fn what_arrived_while_a_multi_thread_runtime_was_idle_is_no_response() {
    for then in EACH {
        let server = Server::start(then);
        let runtime = multi_thread(2);
        assert_eq!(server.post(&runtime), "1", "{then:?}");
        server.act();
        // From a worker this time.
        let second = runtime.spawn(post(server.client.clone()));
        assert_eq!(runtime.block_on(second).unwrap(), "2", "{then:?}");
        assert_eq!(server.connections(), 2, "{then:?}");
    }
}

/// The only worker is blocked, so that neither tasks nor events of sockets are processed; the call begins meanwhile, on another thread.
#[test]
fn a_multi_thread_runtime_whose_worker_is_blocked_for_a_second_does_not_reuse_what_ended() {
    for then in [Then::Close, Then::SecondResponse] {
        let server = Server::start(then);
        let runtime = multi_thread(1);
        assert_eq!(server.post(&runtime), "1", "{then:?}");
        let (blocked, is_blocked) = channel();
        runtime.spawn(async move {
            blocked.send(()).unwrap();
            thread::sleep(Duration::from_secs(1));
        });
        is_blocked.recv().unwrap();
        server.act();
        assert_eq!(server.post(&runtime), "2", "{then:?}");
        assert_eq!(server.connections(), 2, "{then:?}");
    }
}

/// The socket of a connection is watched by the runtime that opened it, which need not run any more.
#[test]
fn another_runtime_opens_its_own_connection() {
    for (first, second) in [
        (current_thread(), current_thread()),
        (current_thread(), multi_thread(2)),
        (multi_thread(2), current_thread()),
    ] {
        let server = Server::start(Then::Nothing);
        assert_eq!(server.post(&first), "1");
        assert_eq!(server.post(&second), "2");
        assert_eq!(server.post(&second), "3");
        // Each goes on with its own.
        assert_eq!(server.post(&first), "4");
        assert_eq!(server.connections(), 2);
    }
}

#[test]
fn a_connection_of_a_runtime_that_has_ended_is_not_used() {
    for (first, second) in [(current_thread(), multi_thread(2)), (multi_thread(2), current_thread())] {
        let server = Server::start_with(Then::Nothing, |builder| {
            builder.connection_idle_time(Duration::from_millis(200))
        });
        assert_eq!(server.post(&first), "1");
        drop(first);
        assert_eq!(server.post(&second), "2");
        assert_eq!(server.connections(), 2);
        // No runtime uses it again: the runtime that goes on closes it at the end of its idle time.
        second.block_on(until("the end of both connections", || *server.open.lock().unwrap() == 0));
    }
}
