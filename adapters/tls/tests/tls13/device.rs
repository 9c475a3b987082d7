//! The device, with a blocking socket of the host.

use core::net::SocketAddr;
use core::time::Duration;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::SystemTime;

use embedded_io_async::{ErrorKind, ErrorType, Read, Write};
use genesys_token_tls::SessionError;
use genesys_token_tls::tls13::{Session, Tls13, Workspace};
use p256::elliptic_curve::rand_core::OsRng;

pub(crate) const REQUEST: &[u8] = b"GET /ping HTTP/1.0\r\n\r\n";

pub(crate) type Engine = Tls13<OsRng, 8192, 1024, 512>;
pub(crate) type Buffers = Workspace<8192, 1024, 512>;

pub(crate) fn now() -> u64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs()
}

pub(crate) fn connect(address: SocketAddr) -> Tcp {
    let tcp = TcpStream::connect(address).unwrap();
    // A server that stalls is a failed test, not a hanging one.
    tcp.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    Tcp(tcp)
}

/// Sends the request, and reads until this many bytes were received or the server closes.
pub(crate) async fn ask(session: &mut Session<'_, Tcp>, answer: usize) -> Result<Vec<u8>, SessionError> {
    let mut received = Vec::new();
    session.write_all(REQUEST).await?;
    session.flush().await?;
    let mut buffer = [0; 512];
    while received.len() < answer {
        match session.read(&mut buffer).await? {
            0 => break,
            count => received.extend_from_slice(&buffer[..count]),
        }
    }
    Ok(received)
}

/// A blocking socket in the form that a device's socket has.
pub(crate) struct Tcp(TcpStream);

impl ErrorType for Tcp {
    type Error = ErrorKind;
}

impl Read for Tcp {
    async fn read(&mut self, buf: &mut [u8]) -> Result<usize, ErrorKind> {
        self.0.read(buf).map_err(|error| error.kind().into())
    }
}

impl Write for Tcp {
    async fn write(&mut self, buf: &[u8]) -> Result<usize, ErrorKind> {
        self.0.write(buf).map_err(|error| error.kind().into())
    }

    async fn flush(&mut self) -> Result<(), ErrorKind> {
        self.0.flush().map_err(|error| error.kind().into())
    }
}
