//! TCP connections: closing.

use embassy_time::{Duration, with_timeout};

use crate::network::TcpSocket;

/// How long the peer may take to acknowledge the end of a connection, of TLS and of TCP.
pub(crate) const CLOSE_TIMEOUT: Duration = Duration::from_secs(1);

/// Ends a TCP connection: with FIN if `in_order`, otherwise with RST.
pub(crate) async fn close_socket(socket: &impl TcpSocket, in_order: bool) {
    let _ = with_timeout(CLOSE_TIMEOUT, socket.end(in_order)).await;
}
