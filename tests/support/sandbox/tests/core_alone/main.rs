//! The list of scenarios over core alone: the transport is a function, the clock is a number.
#![allow(clippy::std_instead_of_alloc, reason = "a test on hosts")]
#![allow(clippy::unwrap_used, reason = "a test")]

mod client;
mod transport;

use genesys_token_sandbox::Sandbox;
use genesys_token_sandbox::scenarios::{Ledger, Transport, list, run};

use client::CoreAlone;

#[tokio::test]
async fn every_scenario_comes_out_as_it_must() {
    let mut ledger = Ledger::new(CoreAlone.name());
    for scenario in list() {
        // One for each, because its time runs ahead with the client's clock.
        let sandbox = Sandbox::builder().clear_text().start().await.unwrap();
        ledger.enter(run(&CoreAlone, &scenario, &sandbox).await);
    }
    println!("{}", ledger.close().unwrap_or_else(|wrong| panic!("{wrong}")));
}
