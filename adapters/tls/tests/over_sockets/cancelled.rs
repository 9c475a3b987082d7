//! Dropped futures, transports that transfer a byte at a time, reused workspaces, and limits of what the caller passes.

use core::future::pending;
use core::pin::pin;
use core::sync::atomic::{AtomicBool, Ordering};
use core::task::{Context, Poll, Waker};
use std::fs;
use std::net::TcpStream;
use std::sync::Arc;
use std::task::Wake;

use embedded_io_async::{ErrorKind, ErrorType, Read, Write};
use futures_lite::future::block_on;
use genesys_token_tls::{ConnectError, Expected, SessionError, TlsEngine, TlsSession};

use crate::client::{self, Tcp};
use crate::engine::{AnyWorkspace, Buffers, Session, any_engine, by_engine, engine};
use crate::hostile;
use tls_peer::peer::{Identity, Peer, Seen, serve};
use tls_peer::pki::{self, Pki};

/// A transport that completes this many calls, of at most this many bytes each. The next call never completes.
struct Slow {
    tcp: Tcp,
    calls: usize,
    bytes: usize,
}

impl Slow {
    async fn count_call(&mut self) {
        match self.calls.checked_sub(1) {
            Some(calls) => self.calls = calls,
            None => pending().await,
        }
    }
}

impl ErrorType for Slow {
    type Error = ErrorKind;
}

impl Read for Slow {
    async fn read(&mut self, buf: &mut [u8]) -> Result<usize, ErrorKind> {
        self.count_call().await;
        let count = buf.len().min(self.bytes);
        self.tcp.read(&mut buf[..count]).await
    }
}

impl Write for Slow {
    async fn write(&mut self, buf: &[u8]) -> Result<usize, ErrorKind> {
        self.count_call().await;
        self.tcp.write(&buf[..buf.len().min(self.bytes)]).await
    }

    async fn flush(&mut self) -> Result<(), ErrorKind> {
        self.count_call().await;
        self.tcp.flush().await
    }
}

/// Polls while the future wakes itself. Drops it and returns `None` when it waits for something else.
fn until_stuck<F: Future>(future: F) -> Option<F::Output> {
    struct Woken(AtomicBool);
    impl Wake for Woken {
        fn wake(self: Arc<Self>) {
            self.0.store(true, Ordering::SeqCst);
        }
    }
    let woken = Arc::new(Woken(AtomicBool::new(true)));
    let waker = Waker::from(woken.clone());
    let mut future = pin!(future);
    while woken.0.swap(false, Ordering::SeqCst) {
        if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
            return Some(output);
        }
    }
    None
}

#[test]
fn a_handshake_yields_between_its_steps() {
    let pki = hostile::pki();
    let root = [pki.der("root")];
    let anchors = pki::anchors(&root);
    let expected = Expected::new("device.test", &anchors).unwrap().at(client::now());
    let (slow, thread) = server(&pki, UNLIMITED, UNLIMITED);
    let mut workspace = Buffers::new();
    let mut engine = engine();
    let mut yields = 0;
    let mut connecting = Box::pin(engine.connect(slow, &mut workspace, &expected));
    while connecting.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending() {
        yields += 1;
    }
    drop(connecting);
    thread.join().unwrap();
    // Before ClientHello, five messages of the server, and Finished, although the transport was always ready; and in the two
    // operations of the key exchange.
    assert!(yields >= by_engine(7, 13), "{yields}");
}

fn complete(peer: &mut Peer) {
    peer.establish();
    peer.application_data(b"pong");
    peer.close_notify();
}

/// Starts a server and returns a transport to it.
fn server(pki: &Pki, calls: usize, bytes: usize) -> (Slow, std::thread::JoinHandle<Seen>) {
    let key = fs::read_to_string(pki.path("leaf.key")).unwrap();
    let chain = vec![pki.der("leaf").to_vec()];
    let (address, thread) = serve(Identity { chain, key, rsa_key: None }, complete);
    let tcp = TcpStream::connect(address).unwrap();
    (Slow { tcp: Tcp(tcp), calls, bytes }, thread)
}

const UNLIMITED: usize = usize::MAX;

#[test]
fn a_transport_of_a_byte_at_a_time_suffices() {
    let pki = hostile::pki();
    let root = [pki.der("root")];
    let anchors = pki::anchors(&root);
    let expected = Expected::new("device.test", &anchors).unwrap().at(client::now());
    let mut workspace = Buffers::new();
    let (slow, thread) = server(&pki, UNLIMITED, 1);
    block_on(async {
        let mut session = engine().connect(slow, &mut workspace, &expected).await.unwrap();
        session.write_all(b"ping").await.unwrap();
        session.flush().await.unwrap();
        let mut answer = [0; 4];
        session.read_exact(&mut answer).await.unwrap();
        assert_eq!(&answer, b"pong");
        assert_eq!(session.read(&mut answer).await, Ok(0));
        assert_eq!(session.read(&mut answer).await, Ok(0));
        assert_eq!(session.write(b"more").await, Err(SessionError::Ended));
        session.close().await.unwrap();
    });
    assert_eq!(thread.join().unwrap().finished, 1);
}

#[test]
fn after_a_dropped_connect_the_workspace_can_be_used_again() {
    let pki = hostile::pki();
    let root = [pki.der("root")];
    let anchors = pki::anchors(&root);
    let expected = Expected::new("device.test", &anchors).unwrap().at(client::now());
    let mut workspace = Buffers::new();
    let mut engine = engine();
    let mut finished = false;
    let mut calls = 0;
    while !finished {
        let (slow, thread) = server(&pki, calls, UNLIMITED);
        block_on(async {
            // Dropped at the call with this number, unless the handshake needs fewer calls.
            finished = until_stuck(engine.connect(slow, &mut workspace, &expected)).is_some();
        });
        thread.join().unwrap();
        calls += 1;
    }
    println!("dropped at each of {calls} calls of the transport");
    assert!(calls > 10, "{calls}");
    let (slow, _thread) = server(&pki, UNLIMITED, UNLIMITED);
    block_on(async {
        let mut session = engine.connect(slow, &mut workspace, &expected).await.unwrap();
        session.close().await.unwrap();
    });
}

/// Also inside of the computations, where the transport is not called.
#[test]
fn a_connect_may_be_dropped_wherever_it_yields() {
    let pki = hostile::pki();
    let root = [pki.der("root")];
    let anchors = pki::anchors(&root);
    let expected = Expected::new("device.test", &anchors).unwrap().at(client::now());
    let mut workspace = Buffers::new();
    let mut engine = engine();
    for polls in 1.. {
        let (slow, thread) = server(&pki, UNLIMITED, UNLIMITED);
        let mut connecting = Box::pin(engine.connect(slow, &mut workspace, &expected));
        let mut context = Context::from_waker(Waker::noop());
        let connected = (0..polls).any(|_| connecting.as_mut().poll(&mut context).is_ready());
        drop(connecting);
        let seen = thread.join().unwrap();
        if connected {
            println!("dropped after each of {polls} polls");
            assert_eq!(seen.finished, 1);
            return;
        }
        assert_eq!(seen.finished, 0, "{polls}");
    }
}

#[test]
fn a_session_left_by_a_dropped_connect_refuses_every_call() {
    let pki = hostile::pki();
    let root = [pki.der("root")];
    let anchors = pki::anchors(&root);
    let expected = Expected::new("device.test", &anchors).unwrap().at(client::now());
    for calls in 0..calls_of_a_handshake(&pki, &expected) {
        let (slow, thread) = server(&pki, calls, UNLIMITED);
        let mut workspace = Buffers::new();
        let mut place = None;
        let mut engine = engine();
        block_on(async {
            let connecting = engine.connect_in(&mut place, slow, &mut workspace, &expected);
            assert!(until_stuck(connecting).is_none(), "{calls}");
            let session = place.as_mut().unwrap();
            assert_eq!(session.write(b"secret").await, Err(SessionError::Abandoned), "{calls}");
            assert_eq!(session.flush().await, Err(SessionError::Abandoned), "{calls}");
            assert_eq!(session.read(&mut [0; 16]).await, Err(SessionError::Abandoned), "{calls}");
            assert_eq!(session.close().await, Err(SessionError::Abandoned), "{calls}");
        });
        drop(place);
        // At most the client's Finished.
        assert!(thread.join().unwrap().records <= 1, "{calls}");
    }
}

#[test]
fn a_refused_connect_leaves_the_place_empty() {
    let pki = hostile::pki();
    let root = [pki.der("root")];
    let anchors = pki::anchors(&root);
    let expected = Expected::new("other.test", &anchors).unwrap().at(client::now());
    let (slow, thread) = server(&pki, UNLIMITED, UNLIMITED);
    let mut workspace = Buffers::new();
    let mut place = None;
    let mut engine = engine();
    let refused = block_on(engine.connect_in(&mut place, slow, &mut workspace, &expected));
    assert_eq!(format!("{refused:?}"), "Err(Chain(WrongName))");
    assert!(place.is_none());
    assert_eq!(thread.join().unwrap().records, 0);
}

#[test]
fn a_closed_session_refuses_writes() {
    let pki = hostile::pki();
    let root = [pki.der("root")];
    let anchors = pki::anchors(&root);
    let expected = Expected::new("device.test", &anchors).unwrap().at(client::now());
    let (slow, thread) = server(&pki, UNLIMITED, 1);
    let mut workspace = Buffers::new();
    block_on(async {
        let mut session = engine().connect(slow, &mut workspace, &expected).await.unwrap();
        session.write_all(b"ping").await.unwrap();
        session.close().await.unwrap();
        assert_eq!(session.write(b"more").await, Err(SessionError::Ended));
        assert_eq!(session.read(&mut [0; 16]).await, Ok(0));
        assert_eq!(session.close().await, Ok(()));
    });
    // Finished, the request, close_notify.
    assert_eq!(thread.join().unwrap().records, 3);
}

#[test]
fn after_a_dropped_close_the_session_refuses_every_call() {
    let pki = hostile::pki();
    let root = [pki.der("root")];
    let anchors = pki::anchors(&root);
    let expected = Expected::new("device.test", &anchors).unwrap().at(client::now());
    let (slow, thread) = server(&pki, calls_of_a_handshake(&pki, &expected), UNLIMITED);
    let mut workspace = Buffers::new();
    block_on(async {
        let mut session = engine().connect(slow, &mut workspace, &expected).await.unwrap();
        assert!(until_stuck(session.close()).is_none());
        assert_eq!(session.write(b"more").await, Err(SessionError::Abandoned));
        assert_eq!(session.close().await, Err(SessionError::Abandoned));
    });
    assert_eq!(thread.join().unwrap().records, 1);
}

/// Returns how many calls of the transport a handshake takes.
fn calls_of_a_handshake(pki: &Pki, expected: &Expected<'_>) -> usize {
    for calls in 0.. {
        let (slow, thread) = server(pki, calls, UNLIMITED);
        let mut workspace = Buffers::new();
        let done = until_stuck(engine().connect(slow, &mut workspace, expected)).is_some();
        thread.join().unwrap();
        if done {
            return calls;
        }
    }
    unreachable!("a handshake ends");
}

#[test]
fn after_a_dropped_call_the_session_refuses_every_call() {
    let pki = hostile::pki();
    let root = [pki.der("root")];
    let anchors = pki::anchors(&root);
    let expected = Expected::new("device.test", &anchors).unwrap().at(client::now());
    let calls = calls_of_a_handshake(&pki, &expected);
    for what in ["read", "flush"] {
        let (slow, thread) = server(&pki, calls, UNLIMITED);
        let mut workspace = Buffers::new();
        block_on(async {
            let mut session = engine().connect(slow, &mut workspace, &expected).await.unwrap();
            session.write_all(b"ping").await.unwrap();
            let mut buffer = [0; 16];
            match what {
                "read" => assert!(until_stuck(session.read(&mut buffer)).is_none()),
                _ => assert!(until_stuck(session.flush()).is_none()),
            }
            assert_eq!(session.read(&mut buffer).await, Err(SessionError::Abandoned), "{what}");
            assert_eq!(session.write(b"more").await, Err(SessionError::Abandoned), "{what}");
            assert_eq!(session.flush().await, Err(SessionError::Abandoned), "{what}");
            assert_eq!(session.close().await, Err(SessionError::Abandoned), "{what}");
        });
        let seen = thread.join().unwrap();
        // The client's Finished, and nothing of the request.
        assert_eq!((seen.records, seen.finished), (1, 1), "{what}");
    }
}

#[test]
fn a_workspace_that_is_too_small_is_an_error_with_the_needed_size() {
    let pki = hostile::pki();
    let root = [pki.der("root")];
    let anchors = pki::anchors(&root);
    let expected = Expected::new("device.test", &anchors).unwrap().at(client::now());
    let (slow, thread) = server(&pki, UNLIMITED, UNLIMITED);
    let mut workspace = AnyWorkspace::<100, 100>::new();
    let refused = block_on(any_engine::<100, 100>().connect(slow, &mut workspace, &expected));
    let Err(ConnectError::WorkspaceTooSmall { receive, send }) = refused else { panic!("{refused:?}") };
    // Nothing was sent at all.
    assert!(!thread.join().unwrap().client_hello);
    assert_eq!((receive, send), (1024, 512));

    // With exactly these sizes the handshake works, also with the longest name.
    let name = format!("{}.test", vec!["a"; by_engine(124, 98)].join("."));
    let expected = Expected::new(&name, &anchors).unwrap().at(client::now());
    let (slow, thread) = server(&pki, UNLIMITED, UNLIMITED);
    let mut workspace = AnyWorkspace::<1024, 512>::new();
    let refused = block_on(any_engine::<1024, 512>().connect(slow, &mut workspace, &expected));
    let refused = refused.unwrap_err();
    assert_eq!(format!("{refused:?}"), "Chain(WrongName)");
    assert_eq!(thread.join().unwrap().records, 0);
}

#[test]
fn a_clock_before_the_build_time_counts_as_not_set() {
    let pki = hostile::pki();
    let root = [pki.der("root")];
    let anchors = pki::anchors(&root);
    let now = client::now();
    for (at, accepted) in [(now, true), (now - 1, false), (0, false)] {
        let expected = Expected::new("device.test", &anchors).unwrap().at(at).not_before(now);
        let verdict = genesys_token_tls::verify_chain(&pki.der("leaf"), &[], &expected);
        assert_eq!(verdict.is_ok(), accepted, "{verdict:?}");
    }
}

#[test]
fn a_session_may_move_between_threads() {
    fn movable<T: Send>() {}
    movable::<Session<'static, Tcp>>();
    movable::<Buffers>();
}

#[test]
fn only_host_names_are_accepted_as_server_names() {
    for name in [
        "",
        ".",
        "device.test.",
        "127.0.0.1",
        "::1",
        "a b",
        "https://device.test",
        "device.test:443",
        "*.test",
    ] {
        assert!(Expected::new(name, &[]).is_err(), "{name:?}");
    }
    assert!(Expected::new("login.mypurecloud.com", &[]).is_ok());
}
