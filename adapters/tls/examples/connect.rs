//! Connects as a device would, over TCP of this host: sends standard input, and prints the response until the server closes.
//!
//! ```text
//! printf 'GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n' |
//!     cargo run -p genesys-token-tls --example connect -- 127.0.0.1:8443 localhost anchors.pem
//! ```
//!
//! Arguments: address:port, the server's name, the trust anchors (PEM; `-` for those of the service), and optionally the time in
//! seconds since 1970 (default: this host's clock; `none` for a device without a clock). Exit status: 0 success, 1 refused before any
//! byte was sent, 2 failed later, or the arguments are invalid. The reason is printed to standard error.

// Standard output is this program's interface.
#![allow(clippy::print_stdout, clippy::print_stderr, clippy::std_instead_of_alloc)]

use core::time::Duration;
use std::collections::VecDeque;
use std::io::{Read as _, Write as _};
use std::net::{TcpStream, ToSocketAddrs as _};
use std::process::ExitCode;
use std::time::{Instant, SystemTime};

use embedded_io_async::{ErrorKind, ErrorType, Read, Write};
use futures_lite::future::block_on;
use genesys_token_tls::{Expected, Tls13, TlsEngine, TlsSession, TrustAnchor, Workspace, anchors};
use p256::elliptic_curve::rand_core::OsRng;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;

/// The longest wait for the server.
const TIMEOUT: Duration = Duration::from_secs(30);

enum Failure {
    Arguments(String),
    Refused(String),
    Later(String),
}

fn main() -> ExitCode {
    let arguments: Vec<_> =
        std::env::args_os().skip(1).map(|argument| argument.to_string_lossy().into_owned()).collect();
    let (status, reason) = match run(&arguments) {
        Ok(()) => return ExitCode::SUCCESS,
        Err(Failure::Arguments(reason)) => {
            (2, format!("{reason}\nusage: connect ADDRESS:PORT SERVER_NAME ANCHORS.pem [UNIX_TIME]"))
        }
        Err(Failure::Refused(reason)) => (1, format!("refused: {reason}")),
        Err(Failure::Later(reason)) => (2, format!("failed: {reason}")),
    };
    eprintln!("{reason}");
    ExitCode::from(status)
}

fn run(arguments: &[String]) -> Result<(), Failure> {
    let (address, name, path, time) = match arguments {
        [address, name, path] => (address, name, path, None),
        [address, name, path, time] => (address, name, path, Some(time.as_str())),
        _ => return Err(Failure::Arguments("three or four arguments are needed".into())),
    };
    let certificates = if path == "-" { Vec::new() } else { read_certificates(path)? };
    let own = own_anchors(&certificates)?;
    let anchors = if path == "-" { &anchors::SERVICE[..] } else { &own };
    let mut expected = Expected::new(name, anchors).map_err(|error| Failure::Arguments(error.to_string()))?;
    if let Some(now) = time_of(time)? {
        expected = expected.at(now);
    }
    block_on(exchange(Tcp::connect(address)?, &expected))
}

async fn exchange(tcp: Tcp, expected: &Expected<'_>) -> Result<(), Failure> {
    let mut workspace = Box::new(Workspace::<16640, 2048>::new());
    let mut engine = Tls13::<_, 16640, 2048>::new(OsRng);
    let mut session = engine
        .connect(tcp, &mut workspace, expected)
        .await
        .map_err(|error| Failure::Refused(format!("({error:?}) {error}")))?;

    let mut request = Vec::new();
    std::io::stdin().read_to_end(&mut request).map_err(later)?;
    session.write_all(&request).await.map_err(later)?;
    session.flush().await.map_err(later)?;

    let mut output = std::io::stdout();
    let mut buffer = [0; 4096];
    loop {
        let count = session.read(&mut buffer).await.map_err(later)?;
        if count == 0 {
            break;
        }
        output.write_all(&buffer[..count]).and_then(|()| output.flush()).map_err(later)?;
    }
    session.close().await.map_err(later)
}

fn later(error: impl core::fmt::Display) -> Failure {
    Failure::Later(error.to_string())
}

fn time_of(argument: Option<&str>) -> Result<Option<u64>, Failure> {
    match argument {
        Some("none") => Ok(None),
        Some(time) => match time.parse() {
            Ok(time) => Ok(Some(time)),
            Err(_) => Err(Failure::Arguments(format!("{time:?} is not a number of seconds since 1970"))),
        },
        None => {
            Ok(SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).ok().map(|since| since.as_secs()))
        }
    }
}

fn read_certificates(path: &str) -> Result<Vec<CertificateDer<'static>>, Failure> {
    let found: Vec<_> = CertificateDer::pem_file_iter(path)
        .and_then(Iterator::collect)
        .map_err(|error| Failure::Arguments(format!("{path}: the certificates cannot be read: {error}")))?;
    if found.is_empty() {
        return Err(Failure::Arguments(format!("{path}: the file contains no certificate")));
    }
    Ok(found)
}

fn own_anchors<'a>(certificates: &'a [CertificateDer<'static>]) -> Result<Vec<TrustAnchor<'a>>, Failure> {
    certificates
        .iter()
        .map(webpki::anchor_from_trusted_cert)
        .collect::<Result<_, _>>()
        .map_err(|error| Failure::Arguments(format!("a trust anchor cannot be read: {error:?}")))
}

/// A TCP socket with the traits of a device's socket.
///
/// While it cannot send, it receives, as a device's network stack does. Otherwise a server that sends before it has read everything
/// and this program would wait for each other.
struct Tcp {
    stream: TcpStream,
    received: VecDeque<u8>,
}

impl Tcp {
    /// Connects to the first address that accepts the connection.
    fn connect(address: &str) -> Result<Self, Failure> {
        let addresses = address.to_socket_addrs().map_err(|error| match error.kind() {
            std::io::ErrorKind::InvalidInput => {
                Failure::Arguments(format!("{address:?} is not ADDRESS:PORT: {error}"))
            }
            _ => Failure::Refused(format!("no connection to {address}: {error}")),
        })?;
        let mut reason = "the name has no address".to_owned();
        for candidate in addresses {
            match TcpStream::connect_timeout(&candidate, TIMEOUT).and_then(|stream| {
                stream.set_nonblocking(true)?;
                Ok(Self { stream, received: VecDeque::new() })
            }) {
                Ok(tcp) => return Ok(tcp),
                Err(error) => reason = error.to_string(),
            }
        }
        Err(Failure::Refused(format!("no connection to {address}: {reason}")))
    }

    /// Repeats a call while it would block or was interrupted, until the timeout.
    fn retry<T>(&mut self, mut call: impl FnMut(&mut Self) -> std::io::Result<T>) -> Result<T, ErrorKind> {
        let start = Instant::now();
        loop {
            match call(self) {
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {
                    if start.elapsed() > TIMEOUT {
                        return Err(ErrorKind::TimedOut);
                    }
                    std::thread::sleep(Duration::from_millis(1));
                }
                result => return result.map_err(|error| error.kind().into()),
            }
        }
    }

    fn receive(&mut self) {
        let mut buffer = [0; 4096];
        // The next read returns the end of the stream, or the error.
        while let Ok(count @ 1..) = self.stream.read(&mut buffer) {
            self.received.extend(&buffer[..count]);
        }
    }
}

impl ErrorType for Tcp {
    type Error = ErrorKind;
}

impl Read for Tcp {
    async fn read(&mut self, buf: &mut [u8]) -> Result<usize, ErrorKind> {
        if self.received.is_empty() {
            return self.retry(|tcp| tcp.stream.read(buf));
        }
        std::io::Read::read(&mut self.received, buf).map_err(|error| error.kind().into())
    }
}

impl Write for Tcp {
    async fn write(&mut self, buf: &[u8]) -> Result<usize, ErrorKind> {
        self.retry(|tcp| tcp.stream.write(buf).inspect_err(|_| tcp.receive()))
    }

    async fn flush(&mut self) -> Result<(), ErrorKind> {
        self.retry(|tcp| tcp.stream.flush())
    }
}
