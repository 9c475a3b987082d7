//! Commands for a program that runs: a line each, answered in the log.
//!
//! | command | answer |
//! |---|---|
//! | `token` | `answer: token`, or why there is none |
//! | `call` | `answer: called`, or why not |
//! | `secret <text>` | `answer: ok`; the client secret is this from now on, until the next start |
//!
//! Whoever can write to the console can replace the secret and spend calls, but read neither secret nor token: there is no
//! command for that.

use zeroize::Zeroize as _;

/// Where commands come from.
pub trait Console {
    /// Waits for the next byte. Must be cancel safe.
    fn read(&mut self) -> impl Future<Output = u8>;
}

/// No console: nothing ever comes.
#[derive(Debug, Clone, Copy)]
pub struct NoConsole;

impl Console for NoConsole {
    async fn read(&mut self) -> u8 {
        core::future::pending().await
    }
}

/// A command with the longest secret.
const LINE: usize = 160;

/// A command.
pub(crate) enum Command<'l> {
    Token,
    Call,
    Secret(&'l str),
    Unknown,
}

/// The line that is being written.
pub(crate) struct Line {
    bytes: [u8; LINE],
    length: usize,
    whole: bool,
}

impl Line {
    pub(crate) const fn new() -> Self {
        Self { bytes: [0; LINE], length: 0, whole: false }
    }

    /// Waits until it is whole. Of one that is too long the rest is lost. Cancel safe.
    pub(crate) async fn read(&mut self, console: &mut impl Console) {
        while !self.whole {
            match console.read().await {
                b'\n' => self.whole = true,
                b'\r' => {}
                byte => {
                    if let Some(place) = self.bytes.get_mut(self.length) {
                        *place = byte;
                        self.length += 1;
                    }
                }
            }
        }
    }

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

    /// It may have held a secret.
    pub(crate) fn wipe(&mut self) {
        self.bytes.zeroize();
        (self.length, self.whole) = (0, false);
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.wipe();
    }
}
