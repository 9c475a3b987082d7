//! A TCP connection with a deadline, which measures the TLS records received.

use std::cell::RefCell;
use std::io::{self, Read as _, Write as _};
use std::net::{TcpStream, ToSocketAddrs as _};
use std::rc::Rc;
use std::time::{Duration, Instant};

use embedded_io_async::{ErrorKind, ErrorType, Read, Write};

use super::target::Target;
use crate::exit::{Exit, Problem};

/// Connects to the first of the host's addresses that accepts.
pub(super) fn open(target: &Target<'_>, deadline: Instant) -> Result<TcpStream, Problem> {
    let failed = |error: &dyn std::fmt::Display, advice: &str| {
        let Target { host, port, .. } = target;
        Problem::new(Exit::Network, format!("no connection to {host}:{port} ({error}); {advice}"))
    };
    let addresses = (target.host, target.port)
        .to_socket_addrs()
        .map_err(|error| failed(&error, "check the region and this machine's DNS"))?;
    let mut last = io::Error::from(io::ErrorKind::AddrNotAvailable);
    for address in addresses {
        match TcpStream::connect_timeout(&address, left(deadline)) {
            Ok(stream) => return Ok(stream),
            Err(error) => last = error,
        }
    }
    Err(failed(
        &last,
        "check this machine's network and firewall. A probe connects directly, without a proxy, as a device does",
    ))
}

/// Returns the time left, at least a millisecond: a timeout of zero is invalid.
fn left(deadline: Instant) -> Duration {
    deadline.saturating_duration_since(Instant::now()).max(Duration::from_millis(1))
}

/// The lengths of the protected records received, without their headers: a device's receive buffer must hold each.
#[derive(Debug, Default)]
pub(super) struct Records {
    lengths: Vec<usize>,
    /// The part of a header received so far.
    header: Vec<u8>,
    /// Bytes of the current record still to be received.
    left: usize,
}

impl Records {
    /// Handshake and application data alike: in TLS 1.3 they look the same.
    const PROTECTED: u8 = 23;
    const HEADER: usize = 5;

    pub(super) fn count(&self) -> usize {
        self.lengths.len()
    }

    /// Returns the largest of those after the first `from`; 0 if there is none.
    pub(super) fn largest(&self, from: usize) -> usize {
        self.lengths.iter().skip(from).copied().max().unwrap_or(0)
    }

    fn receive(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            if self.left > 0 {
                let count = self.left.min(bytes.len());
                self.left -= count;
                bytes = &bytes[count..];
                continue;
            }
            let count = (Self::HEADER - self.header.len()).min(bytes.len());
            self.header.extend_from_slice(&bytes[..count]);
            bytes = &bytes[count..];
            if let [content_type, _, _, high, low] = self.header[..] {
                self.left = usize::from(u16::from_be_bytes([high, low]));
                if content_type == Self::PROTECTED {
                    self.lengths.push(self.left);
                }
                self.header.clear();
            }
        }
    }
}

/// A blocking socket with the interface of a device's socket.
pub(super) struct Socket {
    stream: TcpStream,
    deadline: Instant,
    records: Rc<RefCell<Records>>,
}

impl Socket {
    pub(super) fn new(stream: TcpStream, deadline: Instant, records: Rc<RefCell<Records>>) -> Self {
        Self { stream, deadline, records }
    }
}

impl ErrorType for Socket {
    type Error = ErrorKind;
}

impl Read for Socket {
    async fn read(&mut self, buffer: &mut [u8]) -> Result<usize, ErrorKind> {
        self.stream.set_read_timeout(Some(left(self.deadline))).map_err(|error| kind(&error))?;
        let count = self.stream.read(buffer).map_err(|error| kind(&error))?;
        self.records.borrow_mut().receive(&buffer[..count]);
        Ok(count)
    }
}

impl Write for Socket {
    async fn write(&mut self, bytes: &[u8]) -> Result<usize, ErrorKind> {
        self.stream.set_write_timeout(Some(left(self.deadline))).map_err(|error| kind(&error))?;
        self.stream.write(bytes).map_err(|error| kind(&error))
    }

    async fn flush(&mut self) -> Result<(), ErrorKind> {
        self.stream.flush().map_err(|error| kind(&error))
    }
}

/// A timeout of a blocking socket is `WouldBlock` on Unix.
fn kind(error: &io::Error) -> ErrorKind {
    match error.kind() {
        io::ErrorKind::WouldBlock => ErrorKind::TimedOut,
        other => other.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::Records;

    #[test]
    fn records_are_found_in_pieces_of_any_size() {
        let mut bytes = vec![22, 3, 3, 0, 2, 1, 2];
        bytes.extend([23, 3, 3, 1, 0].iter().chain(&[0; 256]));
        bytes.extend([23, 3, 3, 0, 17].iter().chain(&[0; 17]));
        for size in [1, 2, 5, 7, 1000] {
            let mut records = Records::default();
            bytes.chunks(size).for_each(|piece| records.receive(piece));
            assert_eq!((records.count(), records.largest(0), records.largest(1)), (2, 256, 17), "{size}");
            assert_eq!(records.largest(2), 0);
        }
    }
}
