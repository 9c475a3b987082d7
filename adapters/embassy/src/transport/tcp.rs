//! TCP connections: opening and closing.

use embassy_net::tcp::TcpSocket;
use embassy_time::{Duration, Instant, with_deadline, with_timeout};

use super::error::TransportErrorKind;
use crate::resolver::{Addresses, NameLookupError};

/// How long the peer may take to acknowledge the end of a connection, of TLS and of TCP.
pub(crate) const CLOSE_TIMEOUT: Duration = Duration::from_secs(1);

/// Connects to the first address that accepts, trying one after the other.
///
/// Each attempt gets an equal share of the remaining time, with one share left for TLS.
pub(crate) async fn connect_tcp(
    socket: &mut TcpSocket<'_>,
    addresses: &Addresses,
    port: u16,
    deadline: Instant,
) -> Result<(), TransportErrorKind> {
    let mut failure = TransportErrorKind::NameLookup(NameLookupError::NoAddress);
    for (index, address) in addresses.iter().enumerate() {
        let now = Instant::now();
        let left = deadline.checked_duration_since(now).unwrap_or(Duration::from_ticks(0));
        let shares = u32::try_from(addresses.len().saturating_sub(index)).unwrap_or(1).saturating_add(1);
        match with_deadline(now + left / shares, socket.connect((address, port))).await {
            Ok(Ok(())) => return Ok(()),
            Ok(Err(error)) => failure = TransportErrorKind::Connect(error),
            Err(_) => failure = TransportErrorKind::TimedOut,
        }
        socket.abort();
    }
    Err(failure)
}

/// Ends a TCP connection: with FIN if `in_order`, otherwise with RST.
pub(crate) async fn close_socket(socket: &mut TcpSocket<'_>, in_order: bool) {
    if in_order {
        socket.close();
    } else {
        socket.abort();
    }
    // The socket may be dropped once the segment was sent. If it cannot be sent, the peer's own timeout ends the connection.
    let _ = with_timeout(CLOSE_TIMEOUT, socket.flush()).await;
}
