//! An address where nothing listens.

use core::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::io;

use tokio::net::TcpSocket;

/// How many ports are tried until one is free on both loopback addresses.
const ATTEMPTS: usize = 8;

/// A port of the loopback interface that refuses every connection, for as long as this value exists: a host that is down.
///
/// Its sockets are bound and never listen. A port that was merely found to be free can be taken by another process at any time, whose
/// server would then accept the connection. The port is held at 127.0.0.1 and, where the system has IPv6, at `::1`, so that `localhost`
/// refuses as well.
///
/// ```
/// # fn main() -> std::io::Result<()> {
/// let closed = genesys_token_sandbox::ClosedPort::new()?;
/// let refused = std::net::TcpStream::connect(closed.address()).unwrap_err();
/// assert_eq!(refused.kind(), std::io::ErrorKind::ConnectionRefused);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct ClosedPort {
    address: SocketAddr,
    _held: (TcpSocket, Option<TcpSocket>),
}

impl ClosedPort {
    /// Binds a free port.
    ///
    /// # Errors
    ///
    /// The system's error, if it has no free port or no loopback interface.
    pub fn new() -> io::Result<Self> {
        for _ in 0..ATTEMPTS {
            let v4 = TcpSocket::new_v4()?;
            v4.bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
            let address = v4.local_addr()?;
            match hold_v6(address.port()) {
                Ok(v6) => return Ok(Self { address, _held: (v4, Some(v6)) }),
                // Another process has it there.
                Err(error) if error.kind() == io::ErrorKind::AddrInUse => {}
                // A system without IPv6.
                Err(_) => return Ok(Self { address, _held: (v4, None) }),
            }
        }
        Err(io::Error::new(io::ErrorKind::AddrInUse, "no port is free on 127.0.0.1 and ::1"))
    }

    /// Returns its address, at 127.0.0.1.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns its port.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.address.port()
    }
}

fn hold_v6(port: u16) -> io::Result<TcpSocket> {
    let socket = TcpSocket::new_v6()?;
    socket.bind(SocketAddr::from((Ipv6Addr::LOCALHOST, port)))?;
    Ok(socket)
}
