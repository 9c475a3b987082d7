//! Calls of the Platform API, on a schedule.

use defmt::{info, warn};
use embassy_time::{Duration, Ticker};
use genesys_token_embassy::{ApiRequest, TokenClient};

use crate::program::Outcome;
use crate::settings::Schedule;
use crate::words::{OfCall, advise};

/// Room for the answer to a call: some 1 KB is usual.
const ANSWER: usize = 2048;

/// Calls until it has called, or failed, as often as was wanted.
pub(crate) async fn work<const TOKEN: usize, const HEADS: usize>(
    client: TokenClient<'_, TOKEN, HEADS>,
    schedule: Schedule<'_>,
) -> Outcome {
    let mut ticker = Ticker::every(Duration::from_secs(schedule.every.max(1).into()));
    let (mut answered, mut failed) = (0_u32, 0_u32);
    let mut answer = [0; ANSWER];
    if schedule.calls == Some(0) {
        // Whatever is done is told over the console.
        return core::future::pending().await;
    }
    loop {
        match client.api(&ApiRequest::get(schedule.path), &mut answer).await {
            Ok(response) => {
                answered = answered.saturating_add(1);
                info!("call answered: {}, {} bytes", response.status(), response.body().len());
            }
            Err(error) => {
                failed = failed.saturating_add(1);
                warn!("call failed: {}", OfCall(&error));
                advise(&error);
            }
        }
        if schedule.calls.is_some_and(|wanted| answered >= wanted) {
            return Outcome::Done;
        }
        if schedule.failures.is_some_and(|most| failed >= most) {
            return Outcome::Failed;
        }
        ticker.next().await;
    }
}
