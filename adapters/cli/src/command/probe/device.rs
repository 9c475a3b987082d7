//! The connection that a device would make, with one request without a token.

use std::cell::RefCell;
use std::net::IpAddr;
use std::pin::pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::time::Instant;

use embedded_io_async::{Read as _, Write as _};
use genesys_token_tls::tls13::{CipherSuite, NamedGroup, Parameters};
use genesys_token_tls::{
    ChainError, ConnectError, Expected, SessionError, Tls13, TlsEngine as _, TlsSession as _, TrustAnchor,
    Workspace,
};
use rand_core::OsRng;

use super::socket::{self, Records, Socket};
use super::target::{LARGEST, Target};
use crate::date;
use crate::exit::Problem;

/// All parameters that the device's TLS negotiates.
pub(super) const PARAMETERS: &str = "TLS 1.3, TLS_CHACHA20_POLY1305_SHA256 or TLS_AES_128_GCM_SHA256, key exchange on X25519 or P-256 (secp256r1)";

const SEND: usize = 2048;
/// Longer than tickets usually are.
const TICKET: usize = 1024;
/// Maximum size of a response: the service's have some hundred bytes, an error page of a proxy some thousands.
const ANSWER_MAX: usize = 64 * 1024;

/// A successful connection.
#[derive(Debug)]
pub(super) struct Connection {
    /// What the host chose.
    pub(super) parameters: Parameters,
    /// Whether a second connection was resumed with a ticket of the first.
    pub(super) resumes: bool,
    /// Protected records of the handshake.
    pub(super) handshake_records: usize,
    /// Bytes of the largest of them.
    pub(super) handshake_largest: usize,
    /// Bytes of the largest record of the response.
    pub(super) answer_largest: usize,
    /// Status of the response.
    pub(super) status: u16,
}

impl Connection {
    /// Returns the required size of the receive buffer, in bytes.
    pub(super) fn largest(&self) -> usize {
        self.handshake_largest.max(self.answer_largest)
    }
}

/// Returns the name of the cipher suite that the host chose.
pub(super) fn suite_name(suite: CipherSuite) -> &'static str {
    match suite {
        CipherSuite::ChaCha20Poly1305Sha256 => "TLS_CHACHA20_POLY1305_SHA256",
        CipherSuite::Aes128GcmSha256 => "TLS_AES_128_GCM_SHA256",
        _ => "another cipher suite",
    }
}

/// Returns the name of the group that the host chose, as the standards have it.
pub(super) fn group_name(group: NamedGroup) -> &'static str {
    match group {
        NamedGroup::X25519 => "x25519",
        NamedGroup::P256 => "secp256r1",
        _ => "another group",
    }
}

/// The reason why a device could not connect.
#[derive(Debug)]
pub(super) enum Refused {
    /// The host name cannot be verified by a device.
    Name(String),
    /// The handshake failed.
    Connect(ConnectError),
    /// The connection was lost before the response.
    Session(SessionError),
    /// The response is not HTTP/1.1.
    NotHttp,
}

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Name(why) => f.write_str(why),
            Self::Connect(ConnectError::Chain(ChainError::Expired { now, not_after })) => {
                let (end, now) = (date::rfc3339_unsigned(*not_after), date::rfc3339_unsigned(*now));
                write!(
                    f,
                    "a certificate expired at {end}, and the clock shows {now}; check the clock, then renew the certificate"
                )
            }
            Self::Connect(ConnectError::Chain(ChainError::NotYetValid { now, not_before })) => {
                let (start, now) = (date::rfc3339_unsigned(*not_before), date::rfc3339_unsigned(*now));
                write!(
                    f,
                    "a certificate is not valid before {start}, and the clock shows {now}; check the clock"
                )
            }
            Self::Connect(error) => error.fmt(f),
            Self::Session(error) => write!(f, "the connection was lost before the response: {error}"),
            Self::NotHttp => f.write_str("the response is not HTTP/1.1; check host and port"),
        }
    }
}

/// Connects and sends a request. The outer error is a failed TCP connection, which does not depend on the device's TLS.
pub(super) fn connect(
    target: &Target<'_>,
    anchors: &[TrustAnchor<'_>],
    now: u64,
    deadline: Instant,
) -> Result<Result<Connection, Refused>, Problem> {
    let expected = match Expected::new(target.host, anchors) {
        Ok(expected) => expected.at(now),
        Err(_) if target.host.parse::<IpAddr>().is_ok() => {
            let why = format!(
                "{} is an address, and a device verifies a certificate for a name: give the host's name, with --login-host or --api-host",
                target.host
            );
            return Ok(Err(Refused::Name(why)));
        }
        Err(error) => return Ok(Err(Refused::Name(error.to_string()))),
    };
    let records = Rc::new(RefCell::new(Records::default()));
    let socket = Socket::new(socket::open(target, deadline)?, deadline, Rc::clone(&records));
    let mut device = Device { workspace: Box::new(Workspace::new()), engine: Tls13::new(OsRng) };
    let mut connection = block_on(ask(&mut device, socket, target, &expected, &records));
    if let Ok(connection) = &mut connection {
        // The host answered a moment ago: a failure says nothing about devices.
        if let Ok(stream) = socket::open(target, deadline) {
            let socket = Socket::new(stream, deadline, Rc::default());
            connection.resumes = block_on(is_resumed(&mut device, socket, &expected));
        }
    }
    Ok(connection)
}

/// The device's TLS, which keeps a ticket between connections.
struct Device {
    workspace: Box<Workspace<LARGEST, SEND, TICKET>>,
    engine: Tls13<OsRng, LARGEST, SEND, TICKET>,
}

/// Connects again, without a request.
async fn is_resumed(device: &mut Device, socket: Socket, expected: &Expected<'_>) -> bool {
    let Device { workspace, engine } = device;
    let Ok(mut session) = engine.connect(socket, workspace, expected).await else { return false };
    let resumed = session.parameters().is_some_and(|parameters| parameters.resumed);
    // It was of use already.
    let _ = session.close().await;
    resumed
}

async fn ask(
    device: &mut Device,
    socket: Socket,
    target: &Target<'_>,
    expected: &Expected<'_>,
    records: &RefCell<Records>,
) -> Result<Connection, Refused> {
    let Device { workspace, engine } = device;
    let mut session = engine.connect(socket, workspace, expected).await.map_err(Refused::Connect)?;
    let parameters = session.parameters().ok_or(Refused::Connect(ConnectError::Engine))?;
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
    // The response is complete; a failure to close does not matter.
    let _ = session.close().await;
    let answer_largest = records.borrow().largest(handshake_records);
    Ok(Connection {
        parameters,
        resumes: false,
        handshake_records,
        handshake_largest,
        answer_largest,
        status,
    })
}

/// Parses the status of an HTTP/1.1 response.
fn status(answer: &[u8]) -> Option<u16> {
    let code = answer.strip_prefix(b"HTTP/1.1 ")?.get(..3)?;
    std::str::from_utf8(code).ok()?.parse().ok()
}

/// Polls a future over a blocking socket, which is never pending, to completion.
fn block_on<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(outcome) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return outcome;
        }
    }
}
