//! A TCP relay that a test can slow down, interrupt or cut.

extern crate alloc;

use alloc::sync::Arc;
use core::net::Ipv4Addr;
use core::time::Duration;
use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Mutex, PoisonError};
use std::thread;

use crate::PeerError;

/// The interval at which a delayed piece checks the path again.
const POLL: Duration = Duration::from_millis(2);

/// The state of a path between a client and a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Path {
    /// Forwards bytes.
    Open,
    /// Forwards each piece after this time.
    Slow(Duration),
    /// Keeps bytes in both directions; connections stay open, and new ones are accepted.
    Stalled,
    /// Forwards requests, and discards responses.
    LosesResponses,
    /// Forwards the next piece of a response; from then on as [`LosesResponses`](Self::LosesResponses).
    LosesLaterResponses,
    /// Discards bytes of connections that are open now, in both directions, forever: they are half open. New ones are forwarded.
    HalfOpen,
    /// Closes connections at once.
    Refused,
}

/// A relay to a port of 127.0.0.1. Its threads end with the process.
#[derive(Debug)]
pub struct Gate {
    port: u16,
    state: Arc<Mutex<State>>,
}

#[derive(Debug)]
struct State {
    path: Path,
    /// Connections with a lower number are half open.
    first_whole: usize,
    connections: Vec<TcpStream>,
}

impl Gate {
    /// Starts an open relay to this port.
    ///
    /// # Errors
    /// No port is free.
    pub fn start(target: u16) -> Result<Self, PeerError> {
        let bind = || -> std::io::Result<_> {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
            let port = listener.local_addr()?.port();
            Ok((listener, port))
        };
        let (listener, port) = bind().map_err(PeerError::io("starting the gate"))?;
        let state = Arc::new(Mutex::new(State { path: Path::Open, first_whole: 0, connections: Vec::new() }));
        let shared = Arc::clone(&state);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let Ok(server) = TcpStream::connect((Ipv4Addr::LOCALHOST, target)) else { continue };
                relay(&shared, client, server);
            }
        });
        Ok(Self { port, state })
    }

    /// Returns the port on 127.0.0.1.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Returns the number of connections that were accepted so far.
    #[must_use]
    pub fn connections(&self) -> usize {
        locked(&self.state).connections.len()
    }

    /// Sets the path from now on.
    pub fn set(&self, path: Path) {
        let mut state = locked(&self.state);
        state.path = path;
        match path {
            Path::HalfOpen => state.first_whole = state.connections.len(),
            Path::Refused => {
                for connection in &state.connections {
                    // An error means that it is closed already.
                    let _ = connection.shutdown(Shutdown::Both);
                }
            }
            _ => {}
        }
    }
}

fn locked(state: &Mutex<State>) -> std::sync::MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Forwards both directions in threads of their own.
fn relay(state: &Arc<Mutex<State>>, client: TcpStream, server: TcpStream) {
    let (Ok(from_client), Ok(to_server), Ok(kept)) =
        (client.try_clone(), server.try_clone(), client.try_clone())
    else {
        return;
    };
    let number = {
        let mut state = locked(state);
        if state.path == Path::Refused {
            let _ = kept.shutdown(Shutdown::Both);
        }
        state.connections.push(kept);
        state.connections.len() - 1
    };
    let requests = Arc::clone(state);
    thread::spawn(move || forward(from_client, to_server, || path(&requests, number, false), false));
    let responses = Arc::clone(state);
    thread::spawn(move || forward(server, client, || path(&responses, number, true), true));
}

/// Returns the path of a piece.
fn path(state: &Mutex<State>, number: usize, is_response: bool) -> Path {
    let mut state = locked(state);
    match state.path {
        _ if number < state.first_whole => Path::HalfOpen,
        Path::HalfOpen => Path::Open,
        Path::LosesLaterResponses if is_response => {
            state.path = Path::LosesResponses;
            Path::Open
        }
        path => path,
    }
}

fn forward(mut from: TcpStream, mut to: TcpStream, path: impl Fn() -> Path, is_response: bool) {
    let mut piece = [0; 16 * 1024];
    while let Ok(length @ 1..) = from.read(&mut piece) {
        let mut path_now = path();
        while path_now == Path::Stalled {
            thread::sleep(POLL);
            path_now = path();
        }
        let passes = match path_now {
            Path::HalfOpen => false,
            Path::LosesResponses => !is_response,
            Path::Slow(time) => {
                thread::sleep(time);
                true
            }
            _ => true,
        };
        if passes && to.write_all(&piece[..length]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Both);
}
