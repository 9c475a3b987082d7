//! The caller's side of the channel.

use core::future::poll_fn;
use core::task::Poll;

use embassy_time::Instant;

use super::{ApiChannel, Command, Reply, State, WINDOW};
use crate::copy::copy;
use crate::transport::{Phase, TransportErrorKind};
use crate::wiped::wipe;

impl ApiChannel {
    /// Waits until no other caller holds the channel.
    pub(crate) async fn acquire(&self) -> Result<ChannelGuard<'_>, TransportErrorKind> {
        poll_fn(|context| {
            self.with(|inner| match inner.state {
                State::Closed { .. } => Poll::Ready(Err(TransportErrorKind::NotRunning)),
                State::Idle => {
                    inner.state = State::Acquired;
                    inner.phase = Phase::Network;
                    Poll::Ready(Ok(ChannelGuard { channel: self, buffered: 0, has_connection: false }))
                }
                _ => {
                    inner.waiters.register(context.waker());
                    Poll::Pending
                }
            })
        })
        .await
    }
}

/// Exclusive use of the channel. Dropping it releases the channel, and closes the connection unless that was released before.
pub(crate) struct ChannelGuard<'c> {
    channel: &'c ApiChannel,
    /// Bytes in the window that no command has transferred yet.
    buffered: usize,
    /// The runner keeps a connection for this caller.
    has_connection: bool,
}

impl ChannelGuard<'_> {
    /// Requests a connection. `true`: it has served an exchange before.
    pub(crate) async fn open(&mut self, deadline: Instant) -> Result<bool, TransportErrorKind> {
        self.has_connection = true;
        Ok(self.request(Command::Open { deadline }).await? != 0)
    }

    /// Returns the connection, to be kept for the next call or closed.
    pub(crate) async fn release(&mut self, keep: bool) {
        // An error means that the connection is closed already.
        let _ = self.request(Command::Release { keep }).await;
        self.has_connection = false;
    }

    /// Returns the phase that the exchange is in.
    pub(crate) fn phase(&self) -> Phase {
        self.channel.with(|inner| inner.phase)
    }

    /// Returns whether writing this many bytes fills the window, so that it has to be transferred.
    pub(crate) const fn fills_window(&self, count: usize) -> bool {
        self.buffered.saturating_add(count) >= WINDOW
    }

    /// Buffers bytes in the window, because a request is written in many small parts. Returns how many it took.
    pub(crate) async fn write(&mut self, bytes: &[u8]) -> Reply {
        let count = {
            let mut window = self.channel.window.lock().await;
            copy(bytes, window.get_mut(self.buffered..).unwrap_or_default())
        };
        self.buffered = self.buffered.saturating_add(count);
        if self.buffered >= WINDOW {
            self.transfer(false).await?;
        }
        Ok(count)
    }

    /// Writes what is buffered, and sends it.
    pub(crate) async fn flush(&mut self) -> Result<(), TransportErrorKind> {
        self.transfer(true).await
    }

    async fn transfer(&mut self, flush: bool) -> Result<(), TransportErrorKind> {
        let count = core::mem::take(&mut self.buffered);
        self.request(Command::Write { count, flush }).await.map(|_| ())
    }

    /// Reads at least one byte, or zero at the end of the stream.
    pub(crate) async fn read(&mut self, buffer: &mut [u8]) -> Reply {
        let count = self.request(Command::Read(buffer.len())).await?;
        let mut window = self.channel.window.lock().await;
        let received = window.get_mut(..count).unwrap_or_default();
        let taken = copy(received, buffer);
        wipe(received);
        Ok(taken)
    }

    async fn request(&mut self, command: Command) -> Reply {
        self.channel.with(|inner| {
            if inner.state.is_held() {
                inner.state = State::Requested(command);
                inner.runner.wake();
            }
        });
        poll_fn(|context| {
            self.channel.with(|inner| match inner.state {
                State::Replied(reply) => {
                    inner.state = State::Acquired;
                    Poll::Ready(reply)
                }
                state if state.is_held() => {
                    inner.caller.register(context.waker());
                    Poll::Pending
                }
                _ => Poll::Ready(Err(TransportErrorKind::NotRunning)),
            })
        })
        .await
    }
}

impl Drop for ChannelGuard<'_> {
    fn drop(&mut self) {
        self.channel.with(|inner| {
            inner.state = match inner.state {
                State::Closed { .. } => State::Closed { held: false },
                state if state.is_held() && self.has_connection => {
                    inner.runner.wake();
                    State::Abandoned
                }
                _ => State::Idle,
            };
            inner.waiters.wake();
        });
    }
}
