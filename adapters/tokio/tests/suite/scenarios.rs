//! The list of scenarios over real sockets and verified TLS.

use std::rc::Rc;
use std::sync::Mutex;
use std::time::Duration;

use genesys_token_sandbox::Sandbox;
use genesys_token_sandbox::scenarios::{Client as _, Deadline, Results, Scenario, Transport, list, run};
use genesys_token_tokio::core::lifecycle::Policy;
use tokio::sync::Semaphore;
use tokio::task::LocalSet;

use crate::fixture::{builder, sandbox};
use crate::scenario_client::Host;

/// The number of concurrent scenarios, most of which wait most of the time.
const AT_ONCE: usize = 16;

#[tokio::test]
async fn every_scenario_has_its_expected_outcome() {
    let results = Rc::new(Mutex::new(Results::new(OverSockets.name())));
    let permits = Rc::new(Semaphore::new(AT_ONCE));
    let tasks = LocalSet::new();
    for scenario in list() {
        let (results, permits) = (Rc::clone(&results), Rc::clone(&permits));
        tasks.spawn_local(async move {
            let _permit = permits.acquire().await.unwrap();
            let result = run(&OverSockets, &scenario, &sandbox().await).await;
            results.lock().unwrap().add(result);
        });
    }
    tasks.await;
    let results = results.lock().unwrap().clone();
    println!("{}", results.finish().unwrap_or_else(|failures| panic!("{failures}")));
}

/// Words of the message, by the name of the scenario.
#[tokio::test]
async fn errors_say_what_to_do() {
    let advice: [(&str, &[&str]); 23] = [
        ("unknown client", &["localhost", "client id, secret and region", "client not found"]),
        ("wrong secret", &["localhost", "a wrong region looks the same", "authentication failed"]),
        ("client of another grant", &["grant type"]),
        ("rate limit of the token endpoint", &["too many requests"]),
        ("429 with a date", &["retry after 2 s"]),
        ("scope", &["roles"]),
        ("403 in HTML", &["proxy"]),
        ("404", &["path"]),
        ("502 in HTML", &["try again later"]),
        ("200 in HTML", &["a login page"]),
        ("200 without a body", &["cut short"]),
        ("no token", &["access_token"]),
        ("another token type", &["bearer"]),
        ("an oversized token", &["3000"]),
        ("an oversized success", &["16384"]),
        ("closed without a response", &["try again"]),
        ("reset without a response", &["failed"]),
        ("cut in the body", &["within the response"]),
        ("TLS refused", &["TLS 1.2 or 1.3"]),
        ("no TLS at all", &["does not speak TLS"]),
        ("an expired certificate", &["has expired (on 20"]),
        ("a certificate that is not valid yet", &["clock is most likely wrong"]),
        ("a certificate for another host", &["(elsewhere.sandbox.test)"]),
    ];
    let sandbox = sandbox().await;
    let scenarios = list();
    for (name, words) in advice {
        let scenario = scenarios.iter().find(|scenario| scenario.name == name).expect(name);
        scenario.begin(&sandbox);
        let observed = OverSockets.client(scenario, &sandbox).await.request_token().await;
        scenario.end(&sandbox);
        assert!(words.iter().all(|word| observed.message.contains(word)), "{name}: {}", observed.message);
    }
}

struct OverSockets;

impl Transport for OverSockets {
    type Client<'s> = Host;

    fn name(&self) -> &'static str {
        "tokio, rustls and hyper over sockets"
    }

    fn not_applicable(&self, _scenario: &Scenario) -> Option<&'static str> {
        None
    }

    async fn client(&self, scenario: &Scenario, sandbox: &Sandbox) -> Host {
        let timeout = match scenario.deadline {
            Deadline::Expires => Duration::from_secs(3),
            _ => Duration::from_secs(20),
        };
        let mut policy = Policy::default();
        policy.exchange_timeout = Duration::from_secs(40).into();
        Host::new(builder(sandbox).policy(policy).total_timeout(timeout))
    }
}
