//! The ways in which tutorials and SDKs keep a token. Only the habit is modelled, in its best form: no crash except the
//! documented one.

use genesys_token_core::time::{Duration, Instant};

use super::{Client, Replies, Supply, Wish};
use crate::endpoint::Reply;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Habit {
    /// A timer requests a token a fixed time before the end of the current one, without jitter; after a failure again after a
    /// fixed time.
    Timer {
        margin: Duration,
        retry: Duration,
        /// A failure ends the program, and its token is lost; its supervisor restarts it after `retry`.
        fails_hard: bool,
        /// A 401 of the API drops the token and requests another one at once.
        minds_401: bool,
    },
    /// Another token is requested only after a 401 of the API, or when a call finds none.
    On401,
    /// A token is requested for each call, and discarded after it.
    PerCall,
}

impl Habit {
    /// As in tutorials: `setTimeout(refresh, (expires_in - 300) * 1000)`, with a pause of five seconds between attempts.
    pub(crate) const MARGIN_300: Self = Self::Timer {
        margin: Duration::from_secs(300),
        retry: Duration::from_secs(5),
        fails_hard: false,
        minds_401: true,
    };
    /// The service's Go SDK with `AutomaticTokenRefresh`: it sleeps for `expires_in` − 60 s, and panics on failure. The program
    /// is restarted after ten seconds. It ignores a 401.
    pub(crate) const GO_SDK: Self = Self::Timer {
        margin: Duration::from_secs(60),
        retry: Duration::from_secs(10),
        fails_hard: true,
        minds_401: false,
    };
}

/// A device with a habit.
#[derive(Debug)]
pub(crate) struct Habitual {
    habit: Habit,
    has_token: bool,
    in_flight: bool,
    ask_at: Instant,
}

impl Habitual {
    pub(crate) fn new(habit: Habit) -> Self {
        let ask_at = if habit == Habit::PerCall { Instant::FAR_FUTURE } else { Instant::ZERO };
        Self { habit, has_token: false, in_flight: false, ask_at }
    }

    fn ask(&mut self, now: Instant) {
        if !self.in_flight {
            self.ask_at = now;
        }
    }
}

impl Client for Habitual {
    fn wish(&mut self, now: Instant) -> Wish {
        if self.in_flight || now < self.ask_at {
            return Wish::Sleep(if self.in_flight { Instant::FAR_FUTURE } else { self.ask_at });
        }
        self.in_flight = true;
        self.ask_at = Instant::FAR_FUTURE;
        Wish::Request
    }

    fn answered(&mut self, now: Instant, reply: Reply, replies: &Replies<'_>, _random: u32) {
        self.in_flight = false;
        let granted = reply == Reply::Token;
        self.has_token |= granted;
        if let Habit::Timer { margin, retry, fails_hard, .. } = self.habit {
            self.ask_at = now + if granted { replies.lifetime().saturating_sub(margin) } else { retry };
            self.has_token &= granted || !fails_hard;
        }
    }

    fn supply(&mut self, now: Instant, waited: bool) -> Supply {
        match self.habit {
            _ if self.has_token => Supply::Token,
            Habit::Timer { .. } if self.in_flight => Supply::Pending,
            Habit::Timer { .. } => Supply::Nothing,
            Habit::On401 | Habit::PerCall if waited => Supply::Nothing,
            Habit::On401 | Habit::PerCall => {
                self.ask(now);
                Supply::Pending
            }
        }
    }

    fn holds(&self, _now: Instant) -> bool {
        self.has_token
    }

    fn accepted(&mut self, _now: Instant) {
        self.has_token &= self.habit != Habit::PerCall;
    }

    fn refused(&mut self, now: Instant) -> bool {
        match self.habit {
            Habit::Timer { minds_401: false, .. } => false,
            Habit::Timer { .. } | Habit::On401 => {
                self.has_token = false;
                self.ask(now);
                true
            }
            Habit::PerCall => {
                self.has_token = false;
                false
            }
        }
    }
}
