//! The list itself, and the ledger that lets nothing be skipped.

use std::collections::HashSet;

use genesys_token_sandbox::scenarios::{
    Client, Ledger, Outcome, Said, Scenario, Transport, Trial, list, run,
};
use genesys_token_sandbox::{Host, Sandbox};

/// Says the same whatever happens.
struct Parrot {
    says: &'static str,
    left_aside: Option<&'static str>,
}

impl Transport for Parrot {
    type Client<'s> = Voice;

    fn name(&self) -> &'static str {
        "parrot"
    }

    fn not_applicable(&self, _scenario: &Scenario) -> Option<&'static str> {
        self.left_aside
    }

    async fn client(&self, _scenario: &Scenario, _sandbox: &Sandbox) -> Voice {
        Voice(self.says)
    }
}

struct Voice(&'static str);

impl Client for Voice {
    async fn ask(&mut self) -> Said {
        Said { outcome: self.0.into(), message: "a hostile word".into() }
    }

    async fn call(&mut self) -> Said {
        self.ask().await
    }

    async fn replace_secret(&mut self, _secret: &str) {}

    async fn rest(&mut self) {}
}

#[test]
fn names_are_unique_and_expectations_are_there() {
    let all = list();
    let names: HashSet<_> = all.iter().map(|scenario| scenario.name).collect();
    assert_eq!(names.len(), all.len());
    for scenario in &all {
        assert!(!scenario.outcomes.is_empty(), "{}", scenario.name);
        assert!(scenario.calls.is_empty() || (*scenario.calls.end() > 0) == (scenario.trial == Trial::Call));
    }
}

#[test]
fn words_are_compared_whole_but_a_transport_may_know_less() {
    let admitted = |outcome: &Outcome, said: &str| outcome.admits(said);
    let all = list();
    let outcome_of = |name| all.iter().find(|scenario| scenario.name == name).unwrap().outcomes[0];
    let cut = outcome_of("cut in the body");
    for said in ["transport", "transport Body", "transport Body Closed"] {
        assert!(admitted(&cut, said), "{said}");
    }
    for said in ["", "token", "transport B", "transport Body Lost", "transport Body Closed now", "trans"] {
        assert!(!admitted(&cut, said), "{said}");
    }
    let limited = outcome_of("429");
    assert!(admitted(&limited, "refused RateLimited 429"));
    for said in ["refused", "refused RateLimited", "refused RateLimited 429 x", "refused RateLimited 4290"] {
        assert!(!admitted(&limited, said), "{said}");
    }
    for said in ["token", "called", "tokens", "", "anything but a token"] {
        assert!(!admitted(&Outcome::NoToken, said), "{said}");
    }
    assert!(admitted(&Outcome::NoToken, "protocol Syntax"));
}

async fn finding(parrot: &Parrot, sandbox: &Sandbox, name: &str) -> String {
    let scenario = list().into_iter().find(|scenario| scenario.name == name).unwrap();
    let mut ledger = Ledger::new("parrot");
    ledger.enter(run(parrot, &scenario, sandbox).await);
    ledger.close().unwrap_err()
}

#[tokio::test]
async fn whoever_says_something_else_does_nothing_or_tells_secrets_is_found_out() {
    let sandbox = Sandbox::builder().start().await.unwrap();
    let parrot = Parrot { says: "token", left_aside: None };
    let wrong = finding(&parrot, &sandbox, "silence").await;
    assert!(wrong.contains("silence: token (a hostile word)\n"), "{wrong}");
    assert!(wrong.contains("silence: 0 requests at Login\n"), "{wrong}");
    assert!(wrong.contains("silence: a secret, or bytes of the response, in the message\n"), "{wrong}");
    assert!(wrong.contains("faithful: not played\n"), "{wrong}");

    let parrot = Parrot { says: "refused RateLimited 429", left_aside: None };
    let wrong = finding(&parrot, &sandbox, "429").await;
    assert!(!wrong.contains("429: refused"), "{wrong}");
    assert!(wrong.contains("429: no recovery, but refused RateLimited 429\n"), "{wrong}");
    // Faithful again, whatever came before.
    assert_eq!(sandbox.remaining(Host::Login), 0);
}

#[tokio::test]
async fn a_scenario_is_played_once_or_left_aside_with_a_reason() {
    let sandbox = Sandbox::builder().clear_text().start().await.unwrap();
    let left_aside = |reason| Parrot { says: "", left_aside: Some(reason) };
    let mut ledger = Ledger::new("parrot");
    for scenario in list() {
        ledger.enter(run(&left_aside("it is a parrot"), &scenario, &sandbox).await);
    }
    let table = ledger.clone().close().unwrap();
    assert!(table.contains("silence: not applicable, it is a parrot\n"), "{table}");
    let first = &list()[0];
    ledger.enter(run(&left_aside("it is a parrot"), first, &sandbox).await);
    assert!(ledger.close().unwrap_err().contains("faithful: played twice\n"));
    let mut ledger = Ledger::new("parrot");
    ledger.enter(run(&left_aside(""), first, &sandbox).await);
    assert!(ledger.close().unwrap_err().contains("faithful: left aside without a reason\n"));
}
