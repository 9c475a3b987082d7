//! The channel between a caller's task and the runner during an API call.
//!
//! The runner owns sockets and TLS, the caller owns its request and its buffers, and neither may borrow from the other across an
//! await. So the caller runs the HTTP exchange itself, over a stream whose operations are [`Command`]s to the runner: open a
//! connection, write what is in the window, read into the window, release the connection. One command is in progress at a time.
//!
//! One caller holds the channel at a time ([`ChannelGuard`]). When a caller is dropped in the middle of an exchange, the runner
//! closes the connection, because a part of a response may still be in transit.

mod caller;
mod runner_side;
mod stream;

use core::cell::RefCell;

use embassy_sync::blocking_mutex::CriticalSectionMutex;
use embassy_sync::blocking_mutex::raw::CriticalSectionRawMutex;
use embassy_sync::mutex::Mutex;
use embassy_sync::waitqueue::WakerRegistration;
use embassy_time::Instant;

use crate::transport::{Phase, TransportErrorKind};
use crate::waiters::Waiters;

pub(crate) use caller::ChannelGuard;
pub(crate) use runner_side::Event;
pub(crate) use stream::ChannelStream;

/// Bytes transferred by one command.
pub(crate) const WINDOW: usize = 512;

/// An operation that the caller requests.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Command {
    /// Provide a connection, kept or new. The reply is 1 if it has served an exchange before, else 0.
    Open { deadline: Instant },
    /// Write this many bytes of the window, and send buffered data if the request is complete.
    Write { count: usize, flush: bool },
    /// Read at most this many bytes into the window. The reply is their number.
    Read(usize),
    /// The exchange is over. `keep`: the connection may serve another.
    Release { keep: bool },
}

type Reply = Result<usize, TransportErrorKind>;

/// The state of the channel. At most one [`ChannelGuard`] exists at any time.
#[derive(Clone, Copy)]
enum State {
    /// No runner: every request fails. `held`: a guard from before the runner stopped still exists.
    Closed { held: bool },
    /// A runner, and no guard.
    Idle,
    /// A guard that has requested nothing, or has received the last reply.
    Acquired,
    /// The guard's command waits for the runner.
    Requested(Command),
    /// The runner executes the command.
    InProgress,
    /// The runner's reply waits for the guard.
    Replied(Reply),
    /// The guard was dropped while the runner kept a connection for it, which the runner has to close.
    Abandoned,
    /// A runner, and a guard that was acquired while an earlier runner was in charge: its requests fail, and the next caller waits
    /// until it is dropped, because it may still access the window.
    Revoked,
}

impl State {
    /// Returns whether the guard that exists belongs to this runner.
    const fn is_held(self) -> bool {
        matches!(self, Self::Acquired | Self::Requested(_) | Self::InProgress | Self::Replied(_))
    }
}

pub(crate) struct ApiChannel {
    state: CriticalSectionMutex<RefCell<Inner>>,
    /// The bytes of the command in progress. Locked by the runner during a command, otherwise by the caller.
    window: Mutex<CriticalSectionRawMutex, [u8; WINDOW]>,
}

struct Inner {
    state: State,
    phase: Phase,
    caller: WakerRegistration,
    runner: WakerRegistration,
    waiters: Waiters,
}

impl ApiChannel {
    pub(crate) const fn new() -> Self {
        Self {
            state: CriticalSectionMutex::new(RefCell::new(Inner {
                state: State::Idle,
                phase: Phase::Network,
                caller: WakerRegistration::new(),
                runner: WakerRegistration::new(),
                waiters: Waiters::new(),
            })),
            window: Mutex::new([0; WINDOW]),
        }
    }

    fn with<T>(&self, action: impl FnOnce(&mut Inner) -> T) -> T {
        self.state.lock(|state| action(&mut state.borrow_mut()))
    }
}
