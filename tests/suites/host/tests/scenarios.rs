//! The scenarios of authorised calls over HTTP/2: the API host is reached through a server that has it.

#[path = "../../../../adapters/tokio/tests/suite/scenario_client.rs"]
mod scenario_client;

use std::time::Duration;

use genesys_token_sandbox::Sandbox;
use genesys_token_sandbox::scenarios::{Operation, Results, Scenario, Transport, list, run};
use genesys_token_tokio::TokenClient;
use genesys_token_tokio::core::lifecycle::Policy;
use genesys_token_tokio::core::settings::Endpoint;
use genesys_token_tokio::core::time;
use host::relay::Relay;

use crate::scenario_client::Host;

#[tokio::test]
async fn every_scenario_of_a_call_has_its_expected_outcome() {
    let mut results = Results::new(OverHttp2.name());
    for scenario in list() {
        let sandbox = Sandbox::builder().start().await.unwrap();
        results.add(run(&OverHttp2, &scenario, &sandbox).await);
    }
    println!("{}", results.finish().unwrap_or_else(|failures| panic!("{failures}")));
}

struct OverHttp2;

impl Transport for OverHttp2 {
    type Client<'s> = Host;

    fn name(&self) -> &'static str {
        "tokio, rustls and HTTP/2"
    }

    fn not_applicable(&self, scenario: &Scenario) -> Option<&'static str> {
        (scenario.operation != Operation::Call).then_some("the token endpoint is asked over HTTP/1.1")
    }

    async fn client(&self, _: &Scenario, sandbox: &Sandbox) -> Host {
        let relay = Relay::start(sandbox).await;
        let mut policy = Policy::default();
        policy.exchange_spacing = time::Duration::from_millis(20);
        policy.backoff_min = time::Duration::from_millis(20);
        policy.backoff_max = time::Duration::from_millis(40);
        let endpoint = Endpoint::explicit("localhost", sandbox.login_addr().port(), "/oauth/token").unwrap();
        let builder = TokenClient::builder(endpoint.with_api("localhost", relay.port).unwrap())
            .extra_roots_pem(sandbox.root_pem())
            .extra_roots_pem(relay.root_pem)
            .policy(policy)
            .total_timeout(Duration::from_secs(20));
        Host::new(builder)
    }
}
