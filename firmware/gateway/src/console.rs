//! Commands for a running gateway: one per line, answered in the log.
//!
//! | command | answer |
//! |---|---|
//! | `token` | `answer: token`, or why there is none |
//! | `call` | `answer: called`, or why not |
//! | `secret <text>` | `answer: ok`; `<text>` is the client secret until the next start |
//!
//! Write access to the console allows replacing the secret and making calls, but not reading the secret or a token: no command
//! prints them.

use zeroize::Zeroize as _;

/// A source of commands.
pub trait Console {
    /// Waits for the next byte. Implementations must be cancel safe.
    fn read(&mut self) -> impl Future<Output = u8>;
}

/// A console on which no byte ever arrives.
#[derive(Debug, Clone, Copy)]
pub struct NoConsole;

impl Console for NoConsole {
    async fn read(&mut self) -> u8 {
        core::future::pending().await
    }
}

/// Bytes of the longest command: `secret` with the longest secret.
const LINE: usize = 160;

/// A parsed command.
pub(crate) enum Command<'l> {
    Token,
    Call,
    Secret(&'l str),
    Unknown,
}

/// The line being received.
pub(crate) struct Line {
    bytes: [u8; LINE],
    length: usize,
    complete: bool,
}

impl Line {
    pub(crate) const fn new() -> Self {
        Self { bytes: [0; LINE], length: 0, complete: false }
    }

    /// Waits until the line is complete. Bytes beyond its capacity are dropped. Cancel safe.
    pub(crate) async fn read(&mut self, console: &mut impl Console) {
        while !self.complete {
            match console.read().await {
                b'\n' => self.complete = true,
                b'\r' => {}
                byte => {
                    if let Some(target) = self.bytes.get_mut(self.length) {
                        *target = byte;
                        self.length += 1;
                    }
                }
            }
        }
    }

    /// Parses the line.
    pub(crate) fn command(&self) -> Command<'_> {
        let text = self.bytes.get(..self.length).and_then(|text| core::str::from_utf8(text).ok());
        let text = text.unwrap_or_default();
        match text.split_once(' ').unwrap_or((text, "")) {
            ("token", "") => Command::Token,
            ("call", "") => Command::Call,
            ("secret", secret) => Command::Secret(secret),
            _ => Command::Unknown,
        }
    }

    /// Overwrites the line, which may have held a secret, and starts a new one.
    pub(crate) fn wipe(&mut self) {
        self.bytes.zeroize();
        (self.length, self.complete) = (0, false);
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.wipe();
    }
}
