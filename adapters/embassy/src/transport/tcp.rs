//! TCP connections: opening and closing.

use core::net::SocketAddr;

use embassy_time::{Duration, Instant, with_deadline, with_timeout};
use smoltcp::wire::IpAddress;

use super::error::TransportErrorKind;
use crate::network::TcpSocket;
use crate::resolver::{Addresses, NameLookupError};

/// How long the peer may take to acknowledge the end of a connection, of TLS and of TCP.
pub(crate) const CLOSE_TIMEOUT: Duration = Duration::from_secs(1);

/// The bounds of an attempt in each pass through the addresses but the last: the Connection Attempt Delay of RFC 8305 section 5; and slightly
/// more than smoltcp's pause between two ARP requests, and than the time after which a SYN is repeated (1 s, RFC 6298 section 2).
const PASSES: [Duration; 2] = [Duration::from_millis(250), Duration::from_millis(1100)];
/// What an attempt of the last pass has at least, while there is time: more than the round trip by satellite or in an NB-IoT network.
const SLOW: Duration = Duration::from_secs(3);

/// Connects to the first address that accepts, and returns it.
///
/// RFC 8305 section 5 lets the attempts run concurrently. A lane has the buffers of one socket, so here they take turns, with
/// [`PASSES`] as their bounds. In the last pass, as with a single address, each attempt has an equal share of the remaining time, with one
/// share left for TLS; or [`SLOW`], with a quarter left.
pub(crate) async fn connect_tcp(
    socket: &impl TcpSocket,
    addresses: &Addresses,
    port: u16,
    deadline: Instant,
) -> Result<IpAddress, TransportErrorKind> {
    let mut failure = TransportErrorKind::NameLookup(NameLookupError::NoAddress);
    let skipped = if addresses.len() > 1 { 0 } else { PASSES.len() };
    for pass in skipped..=PASSES.len() {
        let mut unanswered = false;
        for (index, address) in addresses.iter().enumerate() {
            let now = Instant::now();
            let left = deadline.checked_duration_since(now).unwrap_or(Duration::from_ticks(0));
            let shares = u32::try_from(addresses.len().saturating_sub(index)).unwrap_or(1).saturating_add(1);
            let share = left / shares;
            let bound = match PASSES.get(pass) {
                Some(longest) => share.min(*longest),
                None => share.max(SLOW.min(left - left / 4)),
            };
            match with_deadline(now + bound, socket.connect(SocketAddr::new(address.into(), port))).await {
                Ok(Ok(())) => return Ok(address),
                Ok(Err(error)) => failure = TransportErrorKind::Connect(error),
                Err(_) => (failure, unanswered) = (TransportErrorKind::TimedOut, true),
            }
            socket.abort();
        }
        if !unanswered {
            break;
        }
    }
    Err(failure)
}

/// Ends a TCP connection: with FIN if `in_order`, otherwise with RST.
pub(crate) async fn close_socket(socket: &impl TcpSocket, in_order: bool) {
    let _ = with_timeout(CLOSE_TIMEOUT, socket.end(in_order)).await;
}
