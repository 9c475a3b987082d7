//! The list of scenarios with core only: the transport is a function, the clock is a number.
#![allow(clippy::std_instead_of_alloc, reason = "a test on hosts")]
#![allow(clippy::unwrap_used, reason = "a test")]

mod client;
mod transport;

use genesys_token_sandbox::Sandbox;
use genesys_token_sandbox::scenarios::{Results, Transport, list, run};

use client::CoreOnly;

#[tokio::test]
async fn every_scenario_has_its_expected_outcome() {
    let mut results = Results::new(CoreOnly.name());
    for scenario in list() {
        // One sandbox per scenario, because its clock advances with the client's.
        let sandbox = Sandbox::builder().clear_text().start().await.unwrap();
        results.add(run(&CoreOnly, &scenario, &sandbox).await);
    }
    println!("{}", results.finish().unwrap_or_else(|failures| panic!("{failures}")));
}
