//! The board's log: decoded as it is received, and kept for tests.

use core::fmt;
use std::io::Read;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use defmt_decoder::{DecodeError, Table};

/// One line of the log.
#[derive(Clone, Debug)]
pub struct Line {
    /// The timestamp: seconds since the board's start, by its own clock.
    pub at: String,
    /// The level: `INFO`, `WARN`, `ERROR` …
    pub level: String,
    /// The message.
    pub text: String,
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:>12} {:<5} {}", self.at, self.level, self.text)
    }
}

/// The lines received so far, and a signal for new ones.
#[derive(Default)]
pub(crate) struct Log {
    state: Mutex<State>,
    grown: Condvar,
}

#[derive(Default)]
struct State {
    lines: Vec<Line>,
    ended: bool,
}

impl Log {
    /// Decodes the output of `board` until it is closed. Each line is passed to `listener` as well.
    pub(crate) fn listen(&self, mut board: impl Read, table: &Table, listener: &dyn Fn(&Line)) {
        let mut decoder = table.new_stream_decoder();
        let mut buffer = [0; 4096];
        while let Ok(count @ 1..) = board.read(&mut buffer) {
            decoder.received(&buffer[..count]);
            loop {
                let line = match decoder.decode() {
                    Ok(frame) => Line {
                        at: frame.display_timestamp().map(|at| at.to_string()).unwrap_or_default(),
                        level: frame.level().map(|level| level.as_str().to_uppercase()).unwrap_or_default(),
                        text: frame.display_message().to_string(),
                    },
                    Err(DecodeError::UnexpectedEof) => break,
                    Err(DecodeError::Malformed) => {
                        Line { at: String::new(), level: "ERROR".into(), text: "(cannot be decoded)".into() }
                    }
                };
                listener(&line);
                self.state().lines.push(line);
                self.grown.notify_all();
            }
        }
        self.state().ended = true;
        self.grown.notify_all();
    }

    pub(crate) fn lines(&self) -> Vec<Line> {
        self.state().lines.clone()
    }

    /// Waits until `count` lines contain `text`. Returns `false` when the log ends or `limit` expires before.
    pub(crate) fn wait_for(&self, text: &str, count: usize, limit: Duration) -> bool {
        let end = Instant::now() + limit;
        let mut state = self.state();
        loop {
            if state.lines.iter().filter(|line| line.text.contains(text)).count() >= count {
                return true;
            }
            let left = end.saturating_duration_since(Instant::now());
            if state.ended || left.is_zero() {
                return false;
            }
            state = self.grown.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
