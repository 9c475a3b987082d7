//! Calls of the Platform API, on a schedule or by command.

use core::cell::RefCell;

use defmt::{info, warn};
use embassy_futures::select::{Either, select};
use embassy_time::{Duration, Ticker};
use genesys_token_embassy::core::settings::ClientSecret;
use genesys_token_embassy::{ApiRequest, TokenClient};

use crate::console::{Command, Console, Line};
use crate::program::Outcome;
use crate::settings::Schedule;
use crate::words::{OfCall, OfToken, advise};

/// Room for the answer to a call: some 1 KB is usual.
const ANSWER: usize = 1536;

/// Calls until it has called, or failed, as often as was wanted; obeys the console besides.
pub(crate) async fn work<const TOKEN: usize>(
    client: TokenClient<'_, TOKEN>,
    schedule: Schedule<'_>,
    mut console: impl Console,
    secret: &RefCell<ClientSecret>,
) -> Outcome {
    let mut ticker = Ticker::every(Duration::from_secs(schedule.every.max(1).into()));
    let mut tally = Tally { answered: 0, failed: 0 };
    let (mut answer, mut line) = ([0; ANSWER], Line::new());
    // Without a schedule everything is done by command.
    let mut due = schedule.calls != Some(0) || next(schedule, &mut ticker, &mut line, &mut console).await;
    loop {
        let commanded = if due { None } else { Some(line.command()) };
        match commanded {
            None | Some(Command::Call) => {
                let called = client.api(&ApiRequest::get(schedule.path), &mut answer).await;
                match (&called, due) {
                    (Ok(response), true) => {
                        tally.answered = tally.answered.saturating_add(1);
                        info!("call answered: {}, {} bytes", response.status(), response.body().len());
                    }
                    (Err(error), true) => {
                        tally.failed = tally.failed.saturating_add(1);
                        warn!("call failed: {}", OfCall(error));
                    }
                    (Ok(_), false) => info!("answer: called"),
                    (Err(error), false) => info!("answer: {}", OfCall(error)),
                }
                if let Err(error) = &called {
                    advise(error);
                }
            }
            Some(Command::Token) => match client.token(&mut answer).await {
                Ok(_) => info!("answer: token"),
                Err(error) => {
                    info!("answer: {}", OfToken(&error));
                    advise(&error);
                }
            },
            Some(Command::Secret(text)) => {
                let taken = match (ClientSecret::new(text), secret.try_borrow_mut()) {
                    (Ok(new), Ok(mut secret)) => {
                        *secret = new;
                        client.credentials_changed();
                        true
                    }
                    _ => false,
                };
                info!("answer: {=str}", if taken { "ok" } else { "this is no client secret" });
            }
            Some(Command::Unknown) => info!("answer: the commands are token, call, secret"),
        }
        if !due {
            line.wipe();
        }
        if let Some(outcome) = tally.outcome(schedule) {
            return outcome;
        }
        due = next(schedule, &mut ticker, &mut line, &mut console).await;
    }
}

/// Waits for the next call that is due, or for a command. Says which it was.
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

/// Scheduled calls so far.
struct Tally {
    answered: u32,
    failed: u32,
}

impl Tally {
    /// The end, when it is reached.
    fn outcome(&self, schedule: Schedule<'_>) -> Option<Outcome> {
        let done = schedule.calls.is_some_and(|wanted| wanted > 0 && self.answered >= wanted);
        let failed = schedule.failures.is_some_and(|most| self.failed >= most);
        if done { Some(Outcome::Done) } else { failed.then_some(Outcome::Failed) }
    }
}
