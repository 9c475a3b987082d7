//! The connection that a device would make, and one request without a token over it.

use std::cell::RefCell;
use std::pin::pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::time::Instant;

use embedded_io_async::{Read as _, Write as _};
use genesys_token_tls::{
    ConnectError, EmbeddedTls, Expected, SessionError, TlsEngine as _, TlsSession as _, TrustAnchor,
    Workspace,
};
use rand_core::OsRng;

use super::socket::{self, Records, Socket};
use super::{LARGEST, Target};
use crate::exit::Problem;

/// What the engine agrees on, or there is no connection.
pub(super) const PARAMETERS: &str = "TLS 1.3, TLS_AES_128_GCM_SHA256, key exchange on P-256 (secp256r1)";

const SEND: usize = 1024;
/// A refusal of the service has some hundred bytes; a page of what stands before it, some thousands.
const ANSWER_MAX: usize = 64 * 1024;

/// A device could connect.
#[derive(Debug)]
pub(super) struct Connection {
    /// Protected records of the handshake.
    pub(super) handshake_records: usize,
    /// Bytes of the largest of them.
    pub(super) handshake_largest: usize,
    /// Bytes of the largest record of the answer.
    pub(super) answer_largest: usize,
    /// The answer's status.
    pub(super) status: u16,
}

impl Connection {
    /// What the receive buffer must hold, in bytes.
    pub(super) fn largest(&self) -> usize {
        self.handshake_largest.max(self.answer_largest)
    }
}

/// A device could not.
#[derive(Debug)]
pub(super) enum Refused {
    /// The name is none that a device can verify.
    Name(String),
    /// There is no connection.
    Connect(ConnectError),
    /// It broke before an answer was there.
    Session(SessionError),
    /// What came over it is no HTTP/1.1.
    NotHttp,
}

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Name(why) => f.write_str(why),
            Self::Connect(error) => error.fmt(f),
            Self::Session(error) => write!(f, "the connection was made, but gave no answer: {error}"),
            Self::NotHttp => f.write_str("the answer is not HTTP/1.1; check host and port"),
        }
    }
}

/// Connects and asks. A problem only if there is no TCP connection: that has nothing to do with devices.
pub(super) fn connect(
    target: &Target<'_>,
    anchors: &[TrustAnchor<'_>],
    now: u64,
    deadline: Instant,
) -> Result<Result<Connection, Refused>, Problem> {
    let expected = match Expected::new(target.host, anchors) {
        Ok(expected) => expected.at(now),
        Err(error) => return Ok(Err(Refused::Name(error.to_string()))),
    };
    let records = Rc::new(RefCell::new(Records::default()));
    let socket = Socket::new(socket::open(target, deadline)?, deadline, Rc::clone(&records));
    Ok(at_once(ask(socket, target, &expected, &records)))
}

async fn ask(
    socket: Socket,
    target: &Target<'_>,
    expected: &Expected<'_>,
    records: &RefCell<Records>,
) -> Result<Connection, Refused> {
    let mut workspace = Box::new(Workspace::<LARGEST, SEND>::new());
    let mut engine = EmbeddedTls::<_, LARGEST, SEND>::new(OsRng);
    let mut session = engine.connect(socket, &mut workspace, expected).await.map_err(Refused::Connect)?;
    let (handshake_records, handshake_largest) = {
        let records = records.borrow();
        (records.count(), records.largest(0))
    };

    let Target { host, path, .. } = target;
    let request = format!(
        "GET {path} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: genesys-token-probe/{}\r\nAccept: application/json\r\n\
         Connection: close\r\n\r\n",
        env!("CARGO_PKG_VERSION")
    );
    session.write_all(request.as_bytes()).await.map_err(Refused::Session)?;
    session.flush().await.map_err(Refused::Session)?;
    let mut answer = Vec::new();
    let mut buffer = [0; 4096];
    let ended = loop {
        match session.read(&mut buffer).await {
            Ok(0) => break Ok(()),
            Ok(count) => answer.extend_from_slice(&buffer[..count]),
            Err(error) => break Err(error),
        }
        if answer.len() > ANSWER_MAX {
            break Ok(());
        }
    };
    let status = match (status(&answer), ended) {
        (Some(status), _) => status,
        (None, Ok(())) => return Err(Refused::NotHttp),
        (None, Err(error)) => return Err(Refused::Session(error)),
    };
    // The answer is there; how the end is taken is the host's affair.
    let _ = session.close().await;
    let answer_largest = records.borrow().largest(handshake_records);
    Ok(Connection { handshake_records, handshake_largest, answer_largest, status })
}

/// The status of an HTTP/1.1 response.
fn status(answer: &[u8]) -> Option<u16> {
    let code = answer.strip_prefix(b"HTTP/1.1 ")?.get(..3)?;
    std::str::from_utf8(code).ok()?.parse().ok()
}

/// The outcome of a future over a blocking socket, which never waits.
fn at_once<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(outcome) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return outcome;
        }
    }
}
