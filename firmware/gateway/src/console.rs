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

use core::cell::RefCell;

use defmt::info;
use genesys_token_embassy::core::settings::ClientSecret;
use genesys_token_embassy::{ApiRequest, TokenClient};

use crate::words::{OfCall, OfToken, advise};

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
/// Room for the answer to a call.
const ANSWER: usize = 2048;
/// Room for an access token.
const TOKEN_ROOM: usize = 1024;

/// Obeys, for ever.
pub(crate) async fn listen<const TOKEN: usize, const HEADS: usize>(
    client: TokenClient<'_, TOKEN, HEADS>,
    path: &str,
    mut console: impl Console,
    secret: &RefCell<ClientSecret>,
) {
    let mut line = [0; LINE];
    loop {
        let length = read_line(&mut console, &mut line).await;
        let text = line.get(..length).and_then(|text| core::str::from_utf8(text).ok()).unwrap_or_default();
        match text.split_once(' ').unwrap_or((text, "")) {
            ("token", "") => {
                let mut room = [0; TOKEN_ROOM];
                match client.token(&mut room).await {
                    Ok(_) => info!("answer: token"),
                    Err(error) => {
                        info!("answer: {}", OfToken(&error));
                        advise(&error);
                    }
                }
            }
            ("call", "") => {
                let mut answer = [0; ANSWER];
                match client.api(&ApiRequest::get(path), &mut answer).await {
                    Ok(_) => info!("answer: called"),
                    Err(error) => {
                        info!("answer: {}", OfCall(&error));
                        advise(&error);
                    }
                }
            }
            ("secret", text) => match ClientSecret::new(text) {
                Ok(new) => {
                    *secret.borrow_mut() = new;
                    client.credentials_changed();
                    info!("answer: ok");
                }
                Err(_) => info!("answer: this is no client secret"),
            },
            _ => info!("answer: the commands are token, call, secret"),
        }
        line.fill(0);
    }
}

/// Reads a line; of one that is too long the rest is lost.
async fn read_line(console: &mut impl Console, line: &mut [u8]) -> usize {
    let mut length = 0;
    loop {
        match console.read().await {
            b'\n' => return length,
            b'\r' => {}
            byte => {
                if let Some(place) = line.get_mut(length) {
                    *place = byte;
                    length += 1;
                }
            }
        }
    }
}
