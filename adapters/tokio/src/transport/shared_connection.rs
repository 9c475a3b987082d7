//! A connection of HTTP/2, which all calls of its runtime share (RFC 9113).
//!
//! A task reads and writes: the connection has frames of its own, which must be answered while no call waits. A call is a stream. What a
//! peer sends without a request belongs to no stream, so it is never taken for a response.

use std::future::{Future as _, poll_fn};
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use genesys_token_core::time::Instant;
use h2::client::{self, SendRequest};
use http::{HeaderMap, Request, Response};
use tokio::runtime::{self, Handle};
use tokio::sync::{Notify, oneshot};

use super::error::TransportErrorKind;
use super::failure::Failure;
use super::http2_error;
use super::request_body::RequestBody;
use super::shared_body::SharedBody;
use super::socket::Socket;
use super::stream::Stream;
use super::upload::Upload;
use crate::clock;

/// The longest response head, in bytes, and the most headers, as for HTTP/1.1.
const HEAD_MAX: (usize, usize) = (16 * 1024, 100);

/// The longest head that h2 accepts, in bytes as RFC 9113 section 6.5.2 counts them. For a longer one it reports only that the peer's frames are
/// not legal.
const HEADER_LIST_MAX: u32 = 64 * 1024;

/// Bytes of a response that may arrive before its body is read, and of all responses together.
const WINDOWS: (u32, u32) = (1024 * 1024, 4 * 1024 * 1024);

/// The longest wait for the task of a connection that has unread input. A task that does not run for so long would not send a request
/// either.
const SETTLE_TIME: Duration = Duration::from_secs(1);

/// The longest time for the end of a connection: a peer that reads nothing would hold it open.
const END_TIME: Duration = Duration::from_secs(5);

/// A handle of an open connection. It is closed when the last one and the last call are dropped.
#[derive(Clone)]
pub(super) struct SharedConnection(Arc<Inner>);

struct Inner {
    // Dropped in this order: the task finds no handle left when it is woken.
    sender: SendRequest<Bytes>,
    _unused: oneshot::Sender<()>,
    driven: Arc<Driven>,
    socket: Socket,
    opened: Instant,
    /// The runtime that runs the task.
    runtime: runtime::Id,
    /// No further call begins.
    is_retired: AtomicBool,
    usage: Mutex<Usage>,
}

/// The calls over a connection.
struct Usage {
    /// Calls in progress.
    open: usize,
    /// A call has begun before.
    is_used: bool,
    /// The end of the last call.
    since: Instant,
}

/// State of the task of a connection.
#[derive(Default)]
struct Driven {
    is_polled: AtomicBool,
    has_ended: AtomicBool,
    /// Signals the end of each poll.
    polled: Notify,
}

/// One call over a shared connection.
pub(super) struct SharedCall {
    connection: SharedConnection,
    /// The connection had carried another call before.
    pub(super) reused: bool,
}

/// Begins HTTP/2 on a stream for which it was negotiated. The current runtime runs the task of the connection.
pub(super) async fn open(stream: Stream) -> Result<SharedConnection, TransportErrorKind> {
    let socket = stream.socket().clone();
    let (sender, connection) = client::Builder::new()
        .enable_push(false)
        .max_header_list_size(HEADER_LIST_MAX)
        .initial_window_size(WINDOWS.0)
        .initial_connection_window_size(WINDOWS.1)
        // One stream until the peer has stated how many it accepts (RFC 9113 section 5.1.2). The others wait for that, and none is refused.
        .initial_max_send_streams(1)
        .handshake(stream)
        .await
        .map_err(|error| http2_error::kind(&error))?;
    let driven = Arc::new(Driven::default());
    let (unused, is_unused) = oneshot::channel();
    tokio::spawn(drive(connection, driven.clone(), is_unused));
    let now = clock::now();
    Ok(SharedConnection(Arc::new(Inner {
        sender,
        _unused: unused,
        driven,
        socket,
        opened: now,
        runtime: Handle::current().id(),
        is_retired: AtomicBool::new(false),
        usage: Mutex::new(Usage { open: 0, is_used: false, since: now }),
    })))
}

/// Reads and writes until the connection has ended. It does so with GOAWAY and `close_notify` when no call uses it any more.
async fn drive(
    connection: client::Connection<Stream, Bytes>,
    driven: Arc<Driven>,
    mut is_unused: oneshot::Receiver<()>,
) {
    let ended = Ended(driven.clone());
    let mut connection = pin!(connection);
    let mut step = |context: &mut Context<'_>| {
        driven.is_polled.store(true, Ordering::Release);
        let polled = connection.as_mut().poll(context);
        driven.is_polled.store(false, Ordering::Release);
        driven.polled.notify_waiters();
        // Its error has reached the calls.
        polled.map(drop)
    };
    let has_ended = poll_fn(|context| {
        if step(context).is_ready() {
            return Poll::Ready(true);
        }
        Pin::new(&mut is_unused).poll(context).map(|_| false)
    });
    if !has_ended.await {
        let _ = tokio::time::timeout(END_TIME, poll_fn(step)).await;
    }
    drop(ended);
}

/// Records the end of the task, also with its runtime.
struct Ended(Arc<Driven>);

impl Drop for Ended {
    fn drop(&mut self) {
        self.0.has_ended.store(true, Ordering::Release);
        self.0.polled.notify_waiters();
    }
}

impl SharedConnection {
    pub(super) fn runtime(&self) -> runtime::Id {
        self.0.runtime
    }

    /// Returns whether another call may begin now.
    pub(super) fn may_be_reused(&self, now: Instant, idle_time: Duration, lifetime: Duration) -> bool {
        let Inner { driven, opened, is_retired, .. } = &*self.0;
        let usage = self.usage();
        !is_retired.load(Ordering::Acquire)
            && !driven.has_ended.load(Ordering::Acquire)
            && now.saturating_since(*opened) <= lifetime.into()
            && (usage.open > 0 || now.saturating_since(usage.since) <= idle_time.into())
    }

    /// Begins no further call over this connection, for example because it did not answer in time and may be dead.
    pub(super) fn retire(&self) {
        self.0.is_retired.store(true, Ordering::Release);
    }

    /// Has the task process what arrived while its runtime was not run. Returns whether the connection goes on.
    ///
    /// Only without calls in progress: with them the task runs, and input is always on its way.
    pub(super) async fn settle(&self) -> bool {
        let Inner { driven, socket, .. } = &*self.0;
        if self.usage().open > 0 {
            return true;
        }
        let settled = async {
            loop {
                let polled = driven.polled.notified();
                if driven.has_ended.load(Ordering::Acquire) {
                    return false;
                }
                if !driven.is_polled.load(Ordering::Acquire) && !socket.has_unread_input() {
                    return true;
                }
                polled.await;
            }
        };
        tokio::time::timeout(SETTLE_TIME, settled).await.unwrap_or(false)
    }

    /// Begins a call. It ends when it is dropped.
    pub(super) fn begin(&self) -> SharedCall {
        let mut usage = self.usage();
        usage.open += 1;
        let reused = std::mem::replace(&mut usage.is_used, true);
        drop(usage);
        SharedCall { connection: self.clone(), reused }
    }

    fn usage(&self) -> MutexGuard<'_, Usage> {
        self.0.usage.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl SharedCall {
    /// Sends a request and waits for the head of its response. If the peer accepts no more streams at the same time, it waits for its turn
    /// before.
    pub(super) async fn send(
        self,
        request: Request<()>,
        body: RequestBody,
    ) -> Result<Response<SharedBody<Self>>, Failure> {
        let mut sender = self.connection.0.sender.clone();
        if let Err(error) = poll_fn(|context| sender.poll_ready(context)).await {
            return Err(self.unprocessed(&error, Some(body)));
        }
        let is_empty = body.is_empty();
        let (mut response, stream) = match sender.send_request(request, is_empty) {
            Ok(sent) => sent,
            Err(error) => return Err(self.unprocessed(&error, Some(body))),
        };
        drop(sender);
        let mut upload = (!is_empty).then(|| Upload::new(stream, body));
        let response = poll_fn(|context| {
            if let Some(Poll::Ready(Err(error))) = upload.as_mut().map(|upload| upload.poll(context)) {
                return Poll::Ready(Err(Failure::ended(TransportErrorKind::RequestBody(error))));
            }
            Pin::new(&mut response).poll(context).map_err(|error| self.failure(&error, upload.take()))
        });
        let (parts, body) = response.await?.into_parts();
        if is_too_large(&parts.headers) {
            return Err(Failure::ended(TransportErrorKind::ResponseHeadTooLarge));
        }
        Ok(Response::from_parts(parts, SharedBody::new(body, upload, self)))
    }

    pub(super) fn connection(&self) -> SharedConnection {
        self.connection.clone()
    }

    /// Returns what the loss of a stream says about its request.
    fn failure(&self, error: &h2::Error, upload: Option<Upload>) -> Failure {
        if http2_error::is_unprocessed(error) || http2_error::requires_http1(error) {
            let body = upload.map_or(Some(RequestBody::Whole(None)), Upload::into_untouched);
            return self.unprocessed(error, body);
        }
        let is_connection_end = error.is_io();
        if is_connection_end || error.is_go_away() {
            self.connection.retire();
        }
        let kind = http2_error::kind(error);
        if is_connection_end { Failure::unanswered(kind) } else { Failure::ended(kind) }
    }

    /// Returns the failure of a request that was not acted upon. `body`: if it can be sent again.
    fn unprocessed(&self, error: &h2::Error, body: Option<RequestBody>) -> Failure {
        self.connection.retire();
        let kind = http2_error::kind(error);
        match body {
            body if http2_error::requires_http1(error) => Failure::http1_required(kind, body),
            Some(body) => Failure::unsent(kind, body),
            None => Failure::unprocessed(kind),
        }
    }
}

/// Returns whether a head would be too large as lines of HTTP/1.1, with a colon, a space and a line end each.
fn is_too_large(headers: &HeaderMap) -> bool {
    let lines = headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 4);
    headers.len() > HEAD_MAX.1 || lines.sum::<usize>() > HEAD_MAX.0
}

impl Drop for SharedCall {
    fn drop(&mut self) {
        let mut usage = self.connection.usage();
        usage.open -= 1;
        usage.since = clock::now();
    }
}
