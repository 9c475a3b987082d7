//! Where a caller's task and the runner meet for an API call.
//!
//! The runner owns sockets and TLS, the caller owns its request and its buffers, and neither may hold what is the other's
//! across an await. So the caller runs its HTTP exchange itself, and for each piece of it puts a slip on the desk: open,
//! write what is in the window, flush, fill the window, release. The runner takes the slip, does it, and puts the answer
//! there. One caller sits at the desk at a time. One who goes away in the middle is noticed: the connection is dropped
//! then, since half a response may be on its way.

use core::cell::RefCell;
use core::future::poll_fn;
use core::task::Poll;

use embassy_sync::blocking_mutex::CriticalSectionMutex;
use embassy_sync::blocking_mutex::raw::CriticalSectionRawMutex;
use embassy_sync::mutex::Mutex;
use embassy_sync::waitqueue::{MultiWakerRegistration, WakerRegistration};
use embassy_time::Instant;

use crate::copy::copy;
use crate::shared::WAITERS;
use crate::transport::{Phase, TransportErrorKind};
use crate::wiped::wipe;

/// Bytes that go over the desk at a time.
pub(crate) const WINDOW: usize = 512;

/// What the caller wants.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Ask {
    /// A connection, old or new. Answered by 1 if it has served an exchange before, else 0.
    Open { deadline: Instant },
    /// Write so many bytes of the window, and send what was written if the request ends there.
    Write { count: usize, flush: bool },
    /// Read at most so many bytes into the window. Answered by their number.
    Read(usize),
    /// The exchange is over; whether the connection can serve another.
    Release { keep: bool },
}

type Answer = Result<usize, TransportErrorKind>;

enum Slip {
    None,
    Asked(Ask),
    InHand,
    Answered(Answer),
}

/// What the runner finds.
pub(crate) enum Event {
    Asked(Ask),
    /// The caller is gone. To be acknowledged.
    Gone,
}

pub(crate) struct Desk {
    state: CriticalSectionMutex<RefCell<State>>,
    window: Mutex<CriticalSectionRawMutex, [u8; WINDOW]>,
}

struct State {
    slip: Slip,
    /// Somebody sits there.
    taken: bool,
    /// Who sat there is gone, and the runner does not know yet.
    gone: bool,
    /// Nobody answers.
    shut: bool,
    /// How often it was shut: whoever sat there before is not answered by those who came after.
    shifts: u32,
    phase: Phase,
    caller: WakerRegistration,
    runner: WakerRegistration,
    waiters: MultiWakerRegistration<WAITERS>,
}

impl Desk {
    pub(crate) const fn new() -> Self {
        Self {
            state: CriticalSectionMutex::new(RefCell::new(State {
                slip: Slip::None,
                taken: false,
                gone: false,
                shut: false,
                shifts: 0,
                phase: Phase::Network,
                caller: WakerRegistration::new(),
                runner: WakerRegistration::new(),
                waiters: MultiWakerRegistration::new(),
            })),
            window: Mutex::new([0; WINDOW]),
        }
    }

    fn with<T>(&self, action: impl FnOnce(&mut State) -> T) -> T {
        self.state.lock(|state| action(&mut state.borrow_mut()))
    }
}

/// The caller's side.
impl Desk {
    /// Waits for a seat.
    pub(crate) async fn sit_down(&self) -> Result<Seat<'_>, TransportErrorKind> {
        poll_fn(|context| {
            self.with(|state| {
                if state.shut {
                    return Poll::Ready(Err(TransportErrorKind::NotRunning));
                }
                if state.taken || state.gone {
                    state.waiters.register(context.waker());
                    return Poll::Pending;
                }
                state.taken = true;
                state.slip = Slip::None;
                Poll::Ready(Ok(Seat { desk: self, shift: state.shifts, filled: 0, connected: false }))
            })
        })
        .await
    }
}

/// A caller at the desk. Dropping it leaves the desk, and gives up the connection unless that was released.
pub(crate) struct Seat<'d> {
    desk: &'d Desk,
    shift: u32,
    /// Bytes in the window that the runner does not know of yet.
    filled: usize,
    /// The runner keeps a connection for us.
    connected: bool,
}

impl Seat<'_> {
    /// `true`: the connection has served an exchange before.
    pub(crate) async fn open(&mut self, deadline: Instant) -> Result<bool, TransportErrorKind> {
        self.connected = true;
        Ok(self.ask(Ask::Open { deadline }).await? != 0)
    }

    /// Keeps the connection for the next call, or closes it.
    pub(crate) async fn release(&mut self, keep: bool) {
        // An answer other than yes means that there is none any more.
        let _ = self.ask(Ask::Release { keep }).await;
        self.connected = false;
    }

    /// How far the exchange has come.
    pub(crate) fn phase(&self) -> Phase {
        self.desk.with(|state| state.phase)
    }

    /// Collects bytes in the window: a request is written in many small parts. How many it took.
    pub(crate) async fn write(&mut self, bytes: &[u8]) -> Answer {
        let count = {
            let mut window = self.desk.window.lock().await;
            copy(bytes, window.get_mut(self.filled..).unwrap_or_default())
        };
        self.filled = self.filled.saturating_add(count);
        if self.filled >= WINDOW {
            self.hand_over(false).await?;
        }
        Ok(count)
    }

    pub(crate) async fn flush(&mut self) -> Result<(), TransportErrorKind> {
        self.hand_over(true).await
    }

    async fn hand_over(&mut self, flush: bool) -> Result<(), TransportErrorKind> {
        let count = core::mem::take(&mut self.filled);
        self.ask(Ask::Write { count, flush }).await.map(|_| ())
    }

    pub(crate) async fn read(&mut self, buffer: &mut [u8]) -> Answer {
        let count = self.ask(Ask::Read(buffer.len())).await?;
        let mut window = self.desk.window.lock().await;
        let came = window.get_mut(..count).unwrap_or_default();
        let taken = copy(came, buffer);
        wipe(came);
        Ok(taken)
    }

    async fn ask(&mut self, ask: Ask) -> Answer {
        self.desk.with(|state| {
            if self.shift == state.shifts {
                state.slip = Slip::Asked(ask);
                state.runner.wake();
            }
        });
        poll_fn(|context| {
            self.desk.with(|state| {
                if self.shift != state.shifts {
                    return Poll::Ready(Err(TransportErrorKind::NotRunning));
                }
                if let Slip::Answered(answer) = &state.slip {
                    let answer = *answer;
                    state.slip = Slip::None;
                    return Poll::Ready(answer);
                }
                state.caller.register(context.waker());
                Poll::Pending
            })
        })
        .await
    }
}

impl Drop for Seat<'_> {
    fn drop(&mut self) {
        self.desk.with(|state| {
            state.taken = false;
            if self.connected && self.shift == state.shifts {
                state.gone = true;
                state.runner.wake();
            }
            state.waiters.wake();
        });
    }
}

/// The runner's side.
impl Desk {
    /// Somebody answers from now on.
    pub(crate) fn attend(&self) {
        self.with(|state| {
            state.shut = false;
            state.waiters.wake();
        });
    }

    /// Nobody answers any more, until [`Self::attend`].
    pub(crate) fn shut(&self) {
        self.with(|state| {
            state.shut = true;
            state.shifts = state.shifts.wrapping_add(1);
            state.slip = Slip::None;
            state.gone = false;
            state.caller.wake();
            state.waiters.wake();
        });
        // Free, unless the caller is just about to take what came; then it wipes.
        if let Ok(mut window) = self.window.try_lock() {
            wipe(&mut *window);
        }
    }

    /// The next slip, or that the caller has gone.
    pub(crate) async fn next(&self) -> Event {
        poll_fn(|context| {
            self.with(|state| {
                if state.gone {
                    return Poll::Ready(Event::Gone);
                }
                if let Slip::Asked(ask) = state.slip {
                    state.slip = Slip::InHand;
                    return Poll::Ready(Event::Asked(ask));
                }
                state.runner.register(context.waker());
                Poll::Pending
            })
        })
        .await
    }

    /// Puts the slip back, to be found again.
    pub(crate) fn put_back(&self, ask: Ask) {
        self.with(|state| {
            if matches!(state.slip, Slip::InHand) {
                state.slip = Slip::Asked(ask);
            }
        });
    }

    pub(crate) fn answer(&self, answer: Answer) {
        self.with(|state| {
            if matches!(state.slip, Slip::InHand) {
                state.slip = Slip::Answered(answer);
                state.caller.wake();
            }
        });
    }

    pub(crate) fn enter(&self, phase: Phase) {
        self.with(|state| state.phase = phase);
    }

    /// Waits until the caller goes away in the middle of an exchange.
    pub(crate) async fn gone(&self) {
        poll_fn(|context| {
            self.with(|state| {
                if state.gone {
                    return Poll::Ready(());
                }
                state.runner.register(context.waker());
                Poll::Pending
            })
        })
        .await;
    }

    /// The connection of the one who is gone does not exist any more: the next one may sit down.
    pub(crate) async fn acknowledge(&self) {
        wipe(&mut *self.window.lock().await);
        self.with(|state| {
            if state.gone {
                state.gone = false;
                state.slip = Slip::None;
                state.waiters.wake();
            }
        });
    }

    /// The window, for the runner while a slip is in its hand.
    pub(crate) async fn window(
        &self,
    ) -> embassy_sync::mutex::MutexGuard<'_, CriticalSectionRawMutex, [u8; WINDOW]> {
        self.window.lock().await
    }
}
