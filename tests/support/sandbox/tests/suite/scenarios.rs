//! The list itself, and the results that lets nothing be skipped.

use std::collections::HashSet;

use genesys_token_sandbox::scenarios::{
    Client, Observed, Operation, Outcome, Results, Scenario, Transport, list, run,
};
use genesys_token_sandbox::{Host, Sandbox};

/// A transport whose client reports a constant outcome.
struct Constant {
    outcome: &'static str,
    skip: Option<&'static str>,
}

impl Transport for Constant {
    type Client<'s> = ConstantClient;

    fn name(&self) -> &'static str {
        "constant"
    }

    fn not_applicable(&self, _scenario: &Scenario) -> Option<&'static str> {
        self.skip
    }

    async fn client(&self, _scenario: &Scenario, _sandbox: &Sandbox) -> ConstantClient {
        ConstantClient(self.outcome)
    }
}

struct ConstantClient(&'static str);

impl Client for ConstantClient {
    async fn request_token(&mut self) -> Observed {
        Observed { outcome: self.0.into(), message: "a hostile message".into() }
    }

    async fn call(&mut self) -> Observed {
        self.request_token().await
    }

    async fn replace_secret(&mut self, _secret: &str) {}

    async fn wait(&mut self) {}
}

#[test]
fn names_are_unique_and_every_scenario_has_outcomes() {
    let all = list();
    let names: HashSet<_> = all.iter().map(|scenario| scenario.name).collect();
    assert_eq!(names.len(), all.len());
    for scenario in &all {
        assert!(!scenario.outcomes.is_empty(), "{}", scenario.name);
        assert!(
            scenario.calls.is_empty()
                || (*scenario.calls.end() > 0) == (scenario.operation == Operation::Call)
        );
    }
}

#[test]
fn outcomes_are_compared_exactly_except_for_missing_transport_details() {
    let allowed = |outcome: &Outcome, reported: &str| outcome.allows(reported);
    let all = list();
    let outcome_of = |name| all.iter().find(|scenario| scenario.name == name).unwrap().outcomes[0];
    let cut = outcome_of("cut in the body");
    for reported in ["transport", "transport Body", "transport Body Closed"] {
        assert!(allowed(&cut, reported), "{reported}");
    }
    for reported in ["", "token", "transport B", "transport Body Lost", "transport Body Closed now", "trans"]
    {
        assert!(!allowed(&cut, reported), "{reported}");
    }
    let limited = outcome_of("429");
    assert!(allowed(&limited, "refused RateLimited 429"));
    for reported in
        ["refused", "refused RateLimited", "refused RateLimited 429 x", "refused RateLimited 4290"]
    {
        assert!(!allowed(&limited, reported), "{reported}");
    }
    for reported in ["token", "called", "tokens", "", "anything but a token"] {
        assert!(!allowed(&Outcome::NoToken, reported), "{reported}");
    }
    assert!(allowed(&Outcome::NoToken, "protocol Syntax"));
}

async fn result(transport: &Constant, sandbox: &Sandbox, name: &str) -> String {
    let scenario = list().into_iter().find(|scenario| scenario.name == name).unwrap();
    let mut results = Results::new("constant");
    results.add(run(transport, &scenario, sandbox).await);
    results.finish().unwrap_err()
}

#[tokio::test]
async fn wrong_outcomes_missing_requests_and_leaked_secrets_are_failures() {
    let sandbox = Sandbox::builder().start().await.unwrap();
    let transport = Constant { outcome: "token", skip: None };
    let wrong = result(&transport, &sandbox, "no response").await;
    assert!(wrong.contains("no response: token (a hostile message)\n"), "{wrong}");
    assert!(wrong.contains("no response: 0 requests at Login\n"), "{wrong}");
    assert!(wrong.contains("no response: a secret, or bytes of the response, in the message\n"), "{wrong}");
    assert!(wrong.contains("regular: not run\n"), "{wrong}");

    let transport = Constant { outcome: "refused RateLimited 429", skip: None };
    let wrong = result(&transport, &sandbox, "429").await;
    assert!(!wrong.contains("429: refused"), "{wrong}");
    assert!(wrong.contains("429: no recovery: refused RateLimited 429\n"), "{wrong}");
    // The sandbox is reset after each scenario.
    assert_eq!(sandbox.remaining(Host::Login), 0);
}

#[tokio::test]
async fn a_scenario_is_run_once_or_skipped_with_a_reason() {
    let sandbox = Sandbox::builder().clear_text().start().await.unwrap();
    let skipping = |reason| Constant { outcome: "", skip: Some(reason) };
    let mut results = Results::new("constant");
    for scenario in list() {
        results.add(run(&skipping("not applicable here"), &scenario, &sandbox).await);
    }
    let table = results.clone().finish().unwrap();
    assert!(table.contains("no response: not applicable, not applicable here\n"), "{table}");
    let first = &list()[0];
    results.add(run(&skipping("not applicable here"), first, &sandbox).await);
    assert!(results.finish().unwrap_err().contains("regular: run twice\n"));
    let mut results = Results::new("constant");
    results.add(run(&skipping(""), first, &sandbox).await);
    assert!(results.finish().unwrap_err().contains("regular: skipped without a reason\n"));
}
