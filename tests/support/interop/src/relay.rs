//! A TCP relay that loses responses: the server acts on a request, and the client never hears of it.

extern crate alloc;

use alloc::sync::Arc;
use core::net::Ipv4Addr;
use core::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Mutex, PoisonError};
use std::thread;

use crate::PeerError;

/// A relay to a port of 127.0.0.1. Its threads end with the process.
#[derive(Debug)]
pub struct Relay {
    port: u16,
    state: Arc<State>,
}

#[derive(Debug, Default)]
struct State {
    loses_responses: AtomicBool,
    connections: Mutex<Vec<TcpStream>>,
}

impl Relay {
    /// Starts a relay to this port.
    pub fn start(target: u16) -> Result<Self, PeerError> {
        let bind = || -> std::io::Result<_> {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
            let port = listener.local_addr()?.port();
            Ok((listener, port))
        };
        let (listener, port) = bind().map_err(PeerError::io("starting the relay"))?;
        let state = Arc::new(State::default());
        let shared = Arc::clone(&state);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                if let Ok(server) = TcpStream::connect((Ipv4Addr::LOCALHOST, target)) {
                    relay(&shared, client, server);
                }
            }
        });
        Ok(Self { port, state })
    }

    /// Returns the port on 127.0.0.1.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Discards what the server sends from now on, TLS handshakes excepted.
    pub fn lose_responses(&self) {
        self.state.loses_responses.store(true, Ordering::SeqCst);
    }

    /// Closes all connections to clients, and forwards responses again.
    pub fn cut(&self) {
        self.state.loses_responses.store(false, Ordering::SeqCst);
        let mut connections = self.state.connections.lock().unwrap_or_else(PoisonError::into_inner);
        for connection in connections.drain(..) {
            // An error means that it is closed already.
            let _ = connection.shutdown(Shutdown::Both);
        }
    }
}

/// Forwards both directions in threads of their own.
fn relay(state: &Arc<State>, client: TcpStream, server: TcpStream) {
    let (Ok(from_client), Ok(from_server), Ok(kept)) =
        (client.try_clone(), server.try_clone(), client.try_clone())
    else {
        return;
    };
    state.connections.lock().unwrap_or_else(PoisonError::into_inner).push(kept);
    // The first flight of a client is its ClientHello; from the second one on the server's bytes are more than a handshake.
    let turns = Arc::new(AtomicUsize::new(0));
    let is_clients_turn = Arc::new(AtomicBool::new(true));
    let (seen, turn) = (Arc::clone(&turns), Arc::clone(&is_clients_turn));
    thread::spawn(move || {
        forward(from_client, server, || {
            if turn.swap(false, Ordering::SeqCst) {
                seen.fetch_add(1, Ordering::SeqCst);
            }
            true
        });
    });
    let state = Arc::clone(state);
    thread::spawn(move || {
        forward(from_server, client, || {
            is_clients_turn.store(true, Ordering::SeqCst);
            turns.load(Ordering::SeqCst) < 2 || !state.loses_responses.load(Ordering::SeqCst)
        });
    });
}

/// Copies bytes until an end or an error; pieces for which `passes` returns false are discarded.
fn forward(mut from: TcpStream, mut to: TcpStream, mut passes: impl FnMut() -> bool) {
    let mut piece = [0; 16 * 1024];
    while let Ok(length @ 1..) = from.read(&mut piece) {
        if passes() && to.write_all(&piece[..length]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Both);
}
