//! What hyper's client makes of the same bytes. The fuzz target `http_response` uses this file too.

use core::convert::Infallible;
use core::future::{Future, pending, poll_fn};
use core::pin::{Pin, pin};
use core::task::{Context, Poll, Waker};
use std::io;

use hyper::body::{Body, Bytes, Frame, SizeHint};
use hyper::client::conn::http1;
use hyper::rt::{Read, ReadBufCursor, Write};

/// A response that hyper took for whole.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Response {
    pub(crate) status: u16,
    /// Names in lower case, in the order of names.
    pub(crate) headers: Vec<(Vec<u8>, Vec<u8>)>,
    pub(crate) body: Vec<u8>,
}

/// The response in these bytes, after which the stream ends; hyper's error otherwise.
pub(crate) fn read(bytes: &[u8], method: &str) -> Result<Response, hyper::Error> {
    let stream = Stream { incoming: bytes.to_vec(), given: 0, asked: false, reader: None };
    run(exchange(stream, method))
}

async fn exchange(stream: Stream, method: &str) -> Result<Response, hyper::Error> {
    let (mut sender, connection) = http1::handshake::<_, Nothing>(stream).await?;
    let request = hyper::Request::builder().method(method).uri("/").header("host", "localhost");
    let request = request.body(Nothing).expect("a request");
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
        // What is wrong with it the response tells.
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

/// Polls until it is ready: nothing here waits for anything outside.
fn run<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    for _ in 0..1_000_000 {
        if let Poll::Ready(value) = future.as_mut().poll(&mut context) {
            return value;
        }
    }
    panic!("hyper waits for something that does not come");
}

/// Gives nothing before something was asked.
struct Stream {
    incoming: Vec<u8>,
    given: usize,
    asked: bool,
    reader: Option<Waker>,
}

impl Read for Stream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        mut room: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        if !self.asked {
            self.reader = Some(context.waker().clone());
            return Poll::Pending;
        }
        let rest = &self.incoming[self.given..];
        let count = rest.len().min(room.remaining());
        room.put_slice(&rest[..count]);
        self.given += count;
        Poll::Ready(Ok(()))
    }
}

impl Write for Stream {
    fn poll_write(mut self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.asked = true;
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

/// A body of nothing.
struct Nothing;

impl Body for Nothing {
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
