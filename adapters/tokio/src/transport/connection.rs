//! Connections in use, and connections that are kept for another request.
//!
//! A connection has no task of its own: who waits for its response reads and writes. That saves two wakeups of tasks, often on other
//! threads, for each request; and what arrives while no task waits stays in the kernel, where it is seen before the next request.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use genesys_token_core::call::is_reusable;
use genesys_token_core::time::{Duration, Instant};
use http::{Request, Response};
use hyper::body::Incoming as HyperBody;
use hyper::client::conn::TrySendError;
use hyper::client::conn::http1::{self, SendRequest};
use tokio::runtime::{self, Handle};

use super::failure::Failure;
use super::gate::Gate;
use super::hyper_error;
use super::hyper_io::HyperIo;
use super::request_body::RequestBody;
use super::socket::{ReadMark, Socket};
use crate::clock;

type Driver = http1::Connection<HyperIo, RequestBody>;

/// An open connection. Closed when it is dropped.
pub(super) struct Connection {
    /// `None` only while it is dropped.
    sender: Option<SendRequest<RequestBody>>,
    /// Reads and writes when it is polled. `None` once it has ended.
    driver: Option<Driver>,
    gate: Arc<Gate>,
    /// Wakes the gate.
    waker: Waker,
    socket: Socket,
    is_tls: bool,
    opened: Instant,
    /// The runtime that watches the socket. Another runtime may run while that one does not.
    runtime: runtime::Id,
}

/// Polls of a connection in a row, before other tasks have their turn.
const POLLS_MAX: usize = 4;

/// A connection whose last response is complete.
pub(super) struct IdleConnection {
    connection: Box<Connection>,
    since: Instant,
    /// End of the last response in the received bytes.
    mark: ReadMark,
}

impl Connection {
    /// Wraps what was opened on the current runtime. In a box, because it is moved several times for each request.
    pub(super) fn new(
        sender: SendRequest<RequestBody>,
        driver: Driver,
        socket: Socket,
        is_tls: bool,
    ) -> Box<Self> {
        let gate = Arc::new(Gate::default());
        Box::new(Self {
            sender: Some(sender),
            driver: Some(driver),
            waker: gate.clone().into(),
            gate,
            socket,
            is_tls,
            opened: clock::now(),
            runtime: Handle::current().id(),
        })
    }

    /// Sends a request and waits for the head of its response.
    pub(super) async fn send(
        &mut self,
        request: Request<RequestBody>,
    ) -> Result<Response<HyperBody>, Failure> {
        self.socket.expect_response();
        // It is there until the connection is dropped.
        let Some(sender) = &mut self.sender else { return std::future::pending().await };
        let mut sending = pin!(sender.try_send_request(request));
        let sent = poll_fn(|context| self.poll_beside(context, |context| sending.as_mut().poll(context)));
        sent.await.map_err(|error| failure(error, self.socket.has_response()))
    }

    /// Polls a future or a body that waits for this connection, and reads and writes meanwhile.
    pub(super) fn poll_beside<T>(
        &mut self,
        context: &mut Context<'_>,
        mut poll: impl FnMut(&mut Context<'_>) -> Poll<T>,
    ) -> Poll<T> {
        let gate = self.gate.clone();
        let waker = self.waker.clone();
        let mut own = Context::from_waker(&waker);
        gate.begin(context.waker());
        for _ in 0..POLLS_MAX {
            // First, so that hyper knows that a task waits, and reads.
            let mut polled = poll(&mut own);
            if polled.is_pending() {
                self.poll_driver(&mut own);
                polled = poll(&mut own);
            }
            if polled.is_ready() {
                // What the connection wants to do now it does with the next poll.
                gate.end();
                return polled;
            }
            if !gate.take_again() {
                break;
            }
        }
        if gate.end() {
            context.waker().wake_by_ref();
        }
        Poll::Pending
    }

    fn poll_driver(&mut self, context: &mut Context<'_>) {
        let Some(driver) = &mut self.driver else { return };
        if Pin::new(driver).poll(context).is_ready() {
            // Its error has reached who waits for a response; it is needed nowhere else.
            self.driver = None;
        }
    }

    /// Keeps the connection after a complete response. `None` if it has ended, or if something followed the response.
    pub(super) fn keep(mut self: Box<Self>, now: Instant) -> Option<IdleConnection> {
        if !self.is_ready() || (self.is_tls && !self.socket.is_at_record_boundary()) {
            return None;
        }
        let mark = self.socket.mark();
        Some(IdleConnection { connection: self, since: now, mark })
    }

    /// Returns whether the last exchange has ended on both sides and the connection goes on.
    ///
    /// The caller's waker is not kept: it would keep the memory of a task that may end.
    fn is_ready(&mut self) -> bool {
        self.gate.forget();
        let waker = self.waker.clone();
        let mut context = Context::from_waker(&waker);
        let step = poll_fn(|context| {
            let mut ready = self.poll_sender(context);
            // Mostly the poll that has returned the end of the response has seen to everything else.
            if ready.is_pending() {
                self.poll_driver(context);
                ready = self.poll_sender(context);
            }
            ready
        });
        // Without the budget of the caller's task, which may be used up: that would look like a connection that is not ready.
        let step = pin!(tokio::task::unconstrained(step));
        matches!(step.poll(&mut context), Poll::Ready(true))
    }

    /// Returns whether another request may be sent, or not any more.
    fn poll_sender(&mut self, context: &mut Context<'_>) -> Poll<bool> {
        let Some(sender) = &mut self.sender else { return Poll::Ready(false) };
        sender.poll_ready(context).map(|ready| ready.is_ok())
    }
}

/// Ends TLS as RFC 8446 section 6.1 requires, if that is possible without waiting.
impl Drop for Connection {
    fn drop(&mut self) {
        // Without a sender, hyper closes the connection.
        self.sender = None;
        if !std::thread::panicking() {
            let mut context = Context::from_waker(Waker::noop());
            let step = pin!(tokio::task::unconstrained(poll_fn(|context| {
                self.poll_driver(context);
                Poll::Ready(())
            })));
            let _ = step.poll(&mut context);
        }
    }
}

/// Returns what the error of a request says about it. `is_begun`: a part of the response was received.
fn failure(mut error: TrySendError<Request<RequestBody>>, is_begun: bool) -> Failure {
    let unsent = error.take_message();
    let error = error.into_error();
    let is_connection_end = hyper_error::is_connection_end(&error);
    let kind = hyper_error::kind(error);
    match unsent {
        Some(message) => Failure::unsent(kind, message.into_body()),
        None if is_connection_end && !is_begun => Failure::unanswered(kind),
        // Bytes of the response arrived, so the request was received.
        None => Failure::ended(kind),
    }
}

impl IdleConnection {
    pub(super) const fn runtime(&self) -> runtime::Id {
        self.connection.runtime
    }

    /// Returns whether the connection may carry another request now: core's rule, and the lifetime.
    pub(super) fn may_be_reused(&self, now: Instant, idle_time: Duration, lifetime: Duration) -> bool {
        let is_silent = self.connection.socket.is_silent_since(self.mark);
        is_reusable(now.saturating_since(self.since), idle_time, is_silent)
            && now.saturating_since(self.connection.opened) <= lifetime
    }

    pub(super) fn into_connection(self) -> Box<Connection> {
        self.connection
    }
}
