//! hyper's client as a reference: its reading of a response given as bytes.

use core::convert::Infallible;
use core::future::{Future, pending, poll_fn};
use core::pin::{Pin, pin};
use core::task::{Context, Poll, Waker};
use std::io;

use hyper::body::{Body, Bytes, Frame, SizeHint};
use hyper::client::conn::http1;
use hyper::rt::{Read, ReadBufCursor, Write};

/// A response that hyper accepted as complete.
#[derive(Debug, PartialEq, Eq)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// Name in lower case and value of each field, sorted.
    pub headers: Vec<(Vec<u8>, Vec<u8>)>,
    /// The body without its framing.
    pub body: Vec<u8>,
}

/// Reads a response from these bytes, after which the stream ends.
///
/// # Errors
/// hyper's.
pub fn read(bytes: &[u8], method: &str) -> Result<Response, hyper::Error> {
    let stream = Stream { incoming: bytes.to_vec(), returned: 0, requested: false, reader: None };
    run(exchange(stream, method))
}

async fn exchange(stream: Stream, method: &str) -> Result<Response, hyper::Error> {
    let (mut sender, connection) = http1::handshake::<_, Empty>(stream).await?;
    let request = hyper::Request::builder().method(method).uri("/").header("host", "localhost");
    let request = request.body(Empty).expect("a request");
    let response = async {
        let (head, mut body) = sender.send_request(request).await?.into_parts();
        let mut headers: Vec<_> = head
            .headers
            .iter()
            .map(|(name, value)| (name.as_str().as_bytes().to_vec(), value.as_bytes().to_vec()))
            .collect();
        headers.sort();
        let mut whole = Vec::new();
        while let Some(frame) = poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
            if let Ok(data) = frame?.into_data() {
                whole.extend(data);
            }
        }
        Ok(Response { status: head.status.as_u16(), headers, body: whole })
    };
    let connection = async {
        // The response reports the same failure.
        let _ = connection.await;
        pending::<()>().await;
    };
    let (mut response, mut connection) = (pin!(response), pin!(connection));
    poll_fn(|context| {
        // Both need each other to go on.
        let polled = response.as_mut().poll(context);
        if polled.is_pending() {
            let _ = connection.as_mut().poll(context);
        }
        polled
    })
    .await
}

/// Polls until the future is ready: nothing here waits for an outside event.
fn run<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    for _ in 0..1_000_000 {
        if let Poll::Ready(value) = future.as_mut().poll(&mut context) {
            return value;
        }
    }
    panic!("hyper waits for an event that never comes");
}

/// A stream that returns nothing before a request was written.
struct Stream {
    incoming: Vec<u8>,
    returned: usize,
    requested: bool,
    reader: Option<Waker>,
}

impl Read for Stream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        mut buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        if !self.requested {
            self.reader = Some(context.waker().clone());
            return Poll::Pending;
        }
        let rest = &self.incoming[self.returned..];
        let count = rest.len().min(buffer.remaining());
        buffer.put_slice(&rest[..count]);
        self.returned += count;
        Poll::Ready(Ok(()))
    }
}

impl Write for Stream {
    fn poll_write(mut self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.requested = true;
        if let Some(reader) = self.reader.take() {
            reader.wake();
        }
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

/// An empty body.
struct Empty;

impl Body for Empty {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(None)
    }

    fn is_end_stream(&self) -> bool {
        true
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(0)
    }
}
