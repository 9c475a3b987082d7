//! Tunnels through a proxy: CONNECT, RFC 9110 section 9.3.6.

use std::io;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use zeroize::Zeroizing;

use super::error::{ProxyError, TransportErrorKind};

/// The longest head of a response to CONNECT, in bytes.
const HEAD_MAX: usize = 8192;
const HEADERS_MAX: usize = 64;

/// Asks the proxy at the other end of `stream` for a tunnel to `authority` (`host:port`).
///
/// On success the next byte of `stream` is the first byte of the tunnel.
pub(super) async fn open(
    stream: &mut TcpStream,
    authority: &str,
    authorization: Option<&str>,
) -> Result<(), TransportErrorKind> {
    let mut request = Zeroizing::new(format!("CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\n"));
    if let Some(value) = authorization {
        // Reserved at once: a string that grows leaves unwiped copies behind.
        request.reserve(value.len() + 32);
        for part in ["Proxy-Authorization: ", value, "\r\n"] {
            request.push_str(part);
        }
    }
    request.push_str("\r\n");
    stream.write_all(request.as_bytes()).await.map_err(lost)?;

    let mut head = Vec::with_capacity(512);
    loop {
        if stream.read_buf(&mut head).await.map_err(lost)? == 0 {
            return Err(TransportErrorKind::Proxy(ProxyError::Closed));
        }
        if let Some(outcome) = parse(&head) {
            return outcome.map_err(TransportErrorKind::Proxy);
        }
    }
}

fn lost(error: io::Error) -> TransportErrorKind {
    TransportErrorKind::ConnectionLost(error)
}

/// Parses the response to CONNECT. `None` while its head is incomplete.
fn parse(received: &[u8]) -> Option<Result<(), ProxyError>> {
    let mut headers = [httparse::EMPTY_HEADER; HEADERS_MAX];
    let mut response = httparse::Response::new(&mut headers);
    let malformed = Some(Err(ProxyError::Malformed));
    match response.parse(received) {
        Ok(httparse::Status::Partial) if received.len() < HEAD_MAX => None,
        Ok(httparse::Status::Partial) | Err(_) => malformed,
        Ok(httparse::Status::Complete(end)) => match response.code {
            // The host sends nothing before the client's first byte: bytes after the head are not the host's.
            Some(200..=299) if end != received.len() => malformed,
            Some(200..=299) => Some(Ok(())),
            Some(status) => Some(Err(ProxyError::Status(status))),
            None => malformed,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_response_to_connect_is_parsed() {
        assert_eq!(parse(b"HTTP/1.1 200 Connection established\r\n\r\n"), Some(Ok(())));
        assert_eq!(parse(b"HTTP/1.0 200 OK\r\nVia: x\r\n\r\n"), Some(Ok(())));
        assert_eq!(parse(b"HTTP/1.1 407 No\r\n\r\n<html>"), Some(Err(ProxyError::Status(407))));
        assert_eq!(parse(b"HTTP/1.1 20"), None);
        assert_eq!(parse(b"HTTP/1.1 200 OK\r\n\r\nsmuggled"), Some(Err(ProxyError::Malformed)));
        assert_eq!(parse(b"\x15\x03\x01\x00\x02"), Some(Err(ProxyError::Malformed)));
        let mut endless = b"HTTP/1.1 200 OK\r\nX: ".to_vec();
        endless.resize(HEAD_MAX, b'x');
        assert_eq!(parse(&endless), Some(Err(ProxyError::Malformed)));
    }
}
