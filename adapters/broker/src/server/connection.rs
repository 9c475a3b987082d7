//! One connection: it takes no buffers before its first byte, and every wait has a limit.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::Waker;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;

use super::first_byte::{AfterFirstByte, TryRead};
use super::listener::Stream;
use super::state::Place;
use crate::connection_timer::ConnectionTimer;
use crate::peer::Peer;

/// The longest request head, in bytes. hyper's buffer cannot be smaller than 8 KiB.
const HEAD_MAX: usize = 16 * 1024;

/// A stream other than a Unix socket; these serve fewer requests. All of them are one boxed type: hyper is compiled once for each type of stream, and
/// its code takes memory.
trait Other: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Other for S {}

pub(super) async fn serve(place: Place, stream: Stream, peer: Peer) {
    // Boxed: what a connection without TLS, or before its first byte, does not need.
    match stream {
        Stream::Unix(stream) => {
            if let Some(stream) = first_byte(&place, stream).await {
                Box::pin(http(place, stream, peer)).await;
            }
        }
        Stream::Tcp(stream) => {
            if let Some(stream) = first_byte(&place, stream).await {
                other(place, Box::new(stream), peer).await;
            }
        }
        Stream::Tls(stream, acceptor) => Box::pin(tls(place, stream, acceptor, peer)).await,
    }
}

async fn tls(place: Place, stream: TcpStream, acceptor: TlsAcceptor, peer: Peer) {
    let idle_timeout = place.server.handler.current.registry().limits.idle_timeout;
    if let Ok(Ok(stream)) = timeout(idle_timeout, acceptor.accept(stream)).await {
        other(place, Box::new(stream), peer).await;
    }
}

fn other(place: Place, stream: Box<dyn Other>, peer: Peer) -> Pin<Box<dyn Future<Output = ()> + Send>> {
    Box::pin(http(place, stream, peer))
}

/// Waits for the first byte: until then, an idle connection that was opened in advance should not take the 10 KiB of hyper's buffers. Returns `None`
/// if the connection is to be closed.
async fn first_byte<S: TryRead>(place: &Place, stream: S) -> Option<AfterFirstByte<S>> {
    let idle_timeout = place.server.handler.current.registry().limits.idle_timeout;
    tokio::select! {
        first = timeout(idle_timeout, AfterFirstByte::wait(stream)) => first.ok()?,
        () = place.server.draining.wait() => None,
    }
}

pub(super) async fn http<S: AsyncRead + AsyncWrite + Unpin + 'static>(place: Place, stream: S, peer: Peer) {
    let handler = &place.server.handler;
    let idle_timeout = handler.current.registry().limits.idle_timeout;
    let timer = ConnectionTimer::default();
    let service = service_fn(|request| handler.respond(request, peer, &timer));
    let mut connection = pin!(
        http1::Builder::new()
            .timer(timer.clone())
            .header_read_timeout(idle_timeout)
            .max_buf_size(HEAD_MAX)
            .half_close(false)
            .serve_connection(TokioIo::new(stream), service)
    );
    let draining = &place.server.draining;
    let mut begins = pin!(draining.wait());
    let mut registered: Option<Waker> = None;
    let mut is_last = false;
    let ended = poll_fn(|context| {
        if !is_last {
            // Waiting again after each request would take a lock each time: this task is registered once.
            if !registered.as_ref().is_some_and(|waker| waker.will_wake(context.waker())) {
                registered = Some(context.waker().clone());
                let _ = begins.as_mut().poll(context);
            }
            if draining.has_begun() {
                is_last = true;
                connection.as_mut().graceful_shutdown();
            }
        }
        connection.as_mut().poll(context)
    });
    let ended = ended.await;
    if let Err(error) = ended {
        // A peer that closes the connection or does not speak HTTP is not an error of the broker.
        tracing::debug!(?peer, timeout = error.is_timeout(), "a connection ended early");
    }
}
