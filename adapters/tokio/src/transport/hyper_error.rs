//! hyper's errors as transport errors.

use std::io;

use super::error::TransportErrorKind;
use super::tls_error::TlsError;

/// Returns what failed.
pub(super) fn kind(error: hyper::Error) -> TransportErrorKind {
    // Its source may be of any type, also one that a connection could have.
    if error.is_user() {
        return TransportErrorKind::RequestBody(Box::new(error));
    }
    if is_head_too_large(&error) {
        return TransportErrorKind::ResponseHeadTooLarge;
    }
    // In TLS 1.3 a server may reject the handshake after the client has completed it.
    if let Some(error) = io_source(&error).and_then(|error| TlsError::from_io(error, None)) {
        return TransportErrorKind::Tls(error);
    }
    if is_connection_end(&error) {
        return match io_source(&error).map(io::Error::kind) {
            // hyper reports malformed chunks so.
            Some(io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput) => {
                TransportErrorKind::ResponseMalformed(error)
            }
            // Without close_notify the FIN may be forged: rustls reports an unexpected end.
            Some(kind) if kind != io::ErrorKind::UnexpectedEof => {
                TransportErrorKind::ConnectionLost(io::Error::from(kind))
            }
            _ => TransportErrorKind::Closed,
        };
    }
    TransportErrorKind::ResponseMalformed(error)
}

/// Returns whether the connection ended, as opposed to bytes that are not HTTP.
pub(super) fn is_connection_end(error: &hyper::Error) -> bool {
    // The source of an error of the request's body may be of any type.
    !error.is_user()
        && (error.is_incomplete_message()
            || error.is_canceled()
            || error.is_closed()
            || io_source(error).is_some())
}

/// hyper says so by a method of its server only: a test with 101 headers shows that this is its text.
fn is_head_too_large(error: &hyper::Error) -> bool {
    error.is_parse() && error.to_string() == "message head is too large"
}

/// Returns the error of the operating system or of TLS. If it came before the request was sent, it is the source of a source.
fn io_source(error: &hyper::Error) -> Option<&io::Error> {
    let source = std::error::Error::source(error)?;
    match source.downcast_ref::<hyper::Error>() {
        Some(inner) => std::error::Error::source(inner)?.downcast_ref(),
        None => source.downcast_ref(),
    }
}

#[cfg(test)]
mod tests {
    use std::pin::Pin;
    use std::task::{Context, Poll, Waker};

    use http::Request;
    use hyper::body::{Body as _, Incoming};
    use hyper::client::conn::http1;
    use hyper::rt::{Read, ReadBufCursor, Write};

    use super::*;

    /// A peer that sends this after the request, and then ends or fails. It accepts every byte, unless `refuses`.
    struct Peer {
        /// Waits for the request.
        reader: Option<Waker>,
        is_asked: bool,
        sends: &'static [u8],
        then: Option<io::ErrorKind>,
        refuses: Option<io::ErrorKind>,
    }

    impl Read for Peer {
        fn poll_read(
            mut self: Pin<&mut Self>,
            context: &mut Context<'_>,
            mut to: ReadBufCursor<'_>,
        ) -> Poll<io::Result<()>> {
            if !self.is_asked {
                self.reader = Some(context.waker().clone());
                return Poll::Pending;
            }
            let (now, later) = self.sends.split_at(self.sends.len().min(to.remaining()));
            self.sends = later;
            to.put_slice(now);
            Poll::Ready(match self.then {
                Some(kind) if now.is_empty() => Err(kind.into()),
                _ => Ok(()),
            })
        }
    }

    impl Write for Peer {
        fn poll_write(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
            bytes: &[u8],
        ) -> Poll<io::Result<usize>> {
            self.is_asked = true;
            if let Some(reader) = self.reader.take() {
                reader.wake();
            }
            Poll::Ready(self.refuses.map_or(Ok(bytes.len()), |kind| Err(kind.into())))
        }

        fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }

        fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }
    }

    async fn failure(peer: Peer) -> hyper::Error {
        let (mut sender, driver) =
            http1::Builder::new().max_buf_size(16 * 1024).handshake(peer).await.unwrap();
        tokio::spawn(async move { drop(driver.await) });
        let request = Request::get("/").header("host", "localhost").body(String::new()).unwrap();
        let mut body: Incoming = match sender.send_request(request).await {
            Ok(response) => response.into_body(),
            Err(error) => return error,
        };
        loop {
            let frame = std::future::poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await;
            if let Err(error) = frame.expect("the body is not complete") {
                return error;
            }
        }
    }

    fn label(kind: &TransportErrorKind) -> &'static str {
        match kind {
            TransportErrorKind::Closed => "closed",
            TransportErrorKind::ConnectionLost(_) => "lost",
            TransportErrorKind::ResponseMalformed(_) => "malformed",
            TransportErrorKind::ResponseHeadTooLarge => "head too large",
            _ => "another",
        }
    }

    /// hyper has one type of error with predicates. What the peer did decides: RFC 9112 section 8 for an incomplete message, section 7.1 for
    /// chunks, section 2.2 for what is not HTTP.
    #[tokio::test]
    async fn what_the_peer_did_decides_about_the_kind() {
        let reset = Some(io::ErrorKind::ConnectionReset);
        for (sends, then, refuses, expected) in [
            (&b""[..], None, None, "closed"),
            (b"HTTP/1.1 200", None, None, "closed"),
            (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n123", None, None, "closed"),
            (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n123\r\n", None, None, "closed"),
            (b"", reset, None, "lost"),
            (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n123", reset, None, "lost"),
            (b"", Some(io::ErrorKind::TimedOut), None, "lost"),
            (b"", None, Some(io::ErrorKind::BrokenPipe), "lost"),
            (b"SSH-2.0-OpenSSH\r\n\r\n", None, None, "malformed"),
            (b"HTTP/3.0 200 OK\r\n\r\n", None, None, "malformed"),
            (b"HTTP/1.1 abc OK\r\n\r\n", None, None, "malformed"),
            (b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", None, None, "malformed"),
            (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", None, None, "malformed"),
            (b"HTTP/1.1 200 OK\r\n no name: x\r\n\r\n", None, None, "malformed"),
        ] {
            let error = failure(Peer { reader: None, is_asked: false, sends, then, refuses }).await;
            let shown = format!("{error:?}");
            assert_eq!(label(&kind(error)), expected, "{}: {shown}", sends.escape_ascii());
        }
        let head = [b"HTTP/1.1 200 OK\r\nX: ".to_vec(), vec![b'x'; 20_000]].concat();
        let error =
            failure(Peer { reader: None, is_asked: false, sends: head.leak(), then: None, refuses: None })
                .await;
        assert_eq!(label(&kind(error)), "head too large");
    }
}
