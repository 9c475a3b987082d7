//! Calls of the Platform API, on a schedule or by command.

use core::cell::RefCell;

use defmt::{info, warn};
use embassy_futures::select::{Either, select};
use embassy_time::{Duration, Ticker};
use genesys_token_embassy::core::settings::ClientSecret;
use genesys_token_embassy::{ApiRequest, TokenClient};
use genesys_token_provision::Schedule;

use crate::console::{Command, Console, Line};
use crate::log_format::{ShortApiError, ShortTokenError, log_advice};
use crate::outcome::Outcome;

/// Size of the response buffer in bytes; typical responses have 1 KB.
const RESPONSE: usize = 1536;

/// Makes scheduled calls and executes console commands until the number of calls or failures in `schedule` is reached.
pub(crate) async fn work<const TOKEN: usize>(
    client: TokenClient<'_, TOKEN>,
    schedule: Schedule<'_>,
    mut console: impl Console,
    secret: &RefCell<ClientSecret>,
) -> Outcome {
    let mut ticker = Ticker::every(Duration::from_secs(schedule.every.max(1).into()));
    let mut counts = CallCounts { answered: 0, failed: 0 };
    let (mut response, mut line) = ([0; RESPONSE], Line::new());
    // Without scheduled calls everything is done by command.
    let mut due = schedule.calls != Some(0) || next(schedule, &mut ticker, &mut line, &mut console).await;
    loop {
        let command = if due { None } else { Some(line.command()) };
        match command {
            None | Some(Command::Call) => {
                let called = client.api(&ApiRequest::get(schedule.path), &mut response).await;
                match (&called, due) {
                    (Ok(response), true) => {
                        counts.answered = counts.answered.saturating_add(1);
                        info!("call answered: {}, {} bytes", response.status(), response.body().len());
                    }
                    (Err(error), true) => {
                        counts.failed = counts.failed.saturating_add(1);
                        warn!("call failed: {}", ShortApiError(error));
                    }
                    (Ok(_), false) => info!("answer: called"),
                    (Err(error), false) => info!("answer: {}", ShortApiError(error)),
                }
                if let Err(error) = &called {
                    log_advice(error);
                }
            }
            Some(Command::Token) => match client.token(&mut response).await {
                Ok(_) => info!("answer: token"),
                Err(error) => {
                    info!("answer: {}", ShortTokenError(&error));
                    log_advice(&error);
                }
            },
            Some(Command::Secret(text)) => {
                let accepted = match (ClientSecret::new(text), secret.try_borrow_mut()) {
                    (Ok(new), Ok(mut secret)) => {
                        *secret = new;
                        client.credentials_changed();
                        true
                    }
                    _ => false,
                };
                info!("answer: {=str}", if accepted { "ok" } else { "this is not a valid client secret" });
            }
            Some(Command::Unknown) => {
                info!("answer: unknown command; the commands are token, call and secret");
            }
        }
        if !due {
            line.wipe();
        }
        if let Some(outcome) = counts.outcome(schedule) {
            return outcome;
        }
        due = next(schedule, &mut ticker, &mut line, &mut console).await;
    }
}

/// Waits until the next call is due or a command is complete. Returns whether a call is due.
async fn next(
    schedule: Schedule<'_>,
    ticker: &mut Ticker,
    line: &mut Line,
    console: &mut impl Console,
) -> bool {
    let tick = async {
        if schedule.calls == Some(0) {
            core::future::pending::<()>().await;
        }
        ticker.next().await;
    };
    matches!(select(tick, line.read(console)).await, Either::First(()))
}

/// Numbers of scheduled calls so far.
struct CallCounts {
    answered: u32,
    failed: u32,
}

impl CallCounts {
    /// Returns the outcome, once a limit of `schedule` is reached.
    fn outcome(&self, schedule: Schedule<'_>) -> Option<Outcome> {
        let done = schedule.calls.is_some_and(|wanted| wanted > 0 && self.answered >= wanted);
        let failed = schedule.failures.is_some_and(|limit| self.failed >= limit);
        if done { Some(Outcome::Done) } else { failed.then_some(Outcome::Failed) }
    }
}
