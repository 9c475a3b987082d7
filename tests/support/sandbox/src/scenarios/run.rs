//! How a scenario is played.

use core::time::Duration;

use super::ledger::Finding;
use super::{Fault, NEW_SECRET, Recovery, Scenario, Trial};
use crate::behaviour::Host;
use crate::certificates::Certificate;
use crate::clients::{Client as Registered, DEMO_CLIENT_ID, DEMO_CLIENT_SECRET};
use crate::sandbox::Sandbox;

/// A kind of client: the way its bytes go.
pub trait Transport {
    /// One client of this kind, for a sandbox that lives at least so long.
    type Client<'s>: Client;

    /// What it is called in a ledger.
    fn name(&self) -> &'static str;

    /// Why this scenario says nothing about this transport; `None` if it does.
    fn not_applicable(&self, scenario: &Scenario) -> Option<&'static str>;

    /// A new client of the sandbox's demo client id and secret that trusts its root, has no token yet, and has a deadline for its
    /// exchanges as the scenario wants it.
    fn client<'s>(&self, scenario: &Scenario, sandbox: &'s Sandbox)
    -> impl Future<Output = Self::Client<'s>>;
}

/// One client under test.
pub trait Client {
    /// Asks for a token and says what comes of it, before a second exchange begins.
    fn ask(&mut self) -> impl Future<Output = Said>;

    /// Makes one authorised call, `GET /api/v2/organizations/me`, and says what comes of it.
    fn call(&mut self) -> impl Future<Output = Said>;

    /// Has, and knows that it has, another secret from now on.
    fn replace_secret(&mut self, secret: &str) -> impl Future<Output = ()>;

    /// Lets a moment pass; with a clock of its own, until something may happen.
    fn rest(&mut self) -> impl Future<Output = ()>;
}

/// What a client says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Said {
    /// Its outcome in the [words](super) of scenarios.
    pub outcome: String,
    /// All that it tells people: text of errors, log lines. No secret and no byte of a hostile response may stand in it.
    pub message: String,
}

/// How often a client may rest until it has recovered: with rests of 20 ms a minute.
const RESTS: usize = 3000;

/// Words that are in secrets and in hostile responses, and nowhere else.
const UNSPEAKABLE: [&str; 3] = [DEMO_CLIENT_SECRET, NEW_SECRET, "hostile"];

/// Plays one scenario. The sandbox is made faithful first and left so; nothing else may use it meanwhile.
pub async fn run<T: Transport>(transport: &T, scenario: &Scenario, sandbox: &Sandbox) -> Finding {
    if let Some(reason) = transport.not_applicable(scenario) {
        return Finding::not_applicable(scenario, reason);
    }
    sandbox.add_client(Registered::demo());
    sandbox.kill_tokens();
    scenario.end(sandbox);
    let mut client = transport.client(scenario, sandbox).await;
    let mut play = Play { scenario, sandbox, client: &mut client, wrong: Vec::new() };
    let said = play.trial().await;
    scenario.end(sandbox);
    play.recover().await;
    let wrong = play.wrong;
    Finding::played(scenario, said.outcome, wrong)
}

/// For those who play in their own way.
impl Scenario {
    /// Its faults begin.
    pub fn begin(&self, sandbox: &Sandbox) {
        self.faults.iter().for_each(|fault| fault.begin(sandbox));
    }

    /// They are over: both hosts are faithful, and the login host presents a valid certificate. Dead tokens and an old secret stay
    /// what they are.
    pub fn end(&self, sandbox: &Sandbox) {
        for host in [Host::Login, Host::Api] {
            sandbox.clear_script(host);
        }
        // In clear text there is no certificate to present.
        let _ = sandbox.present(Host::Login, Certificate::Valid);
    }
}

impl Fault {
    fn begin(&self, sandbox: &Sandbox) {
        match self {
            Self::Next(host, behaviour) => sandbox.script(*host, behaviour.clone()),
            Self::Lasting(host, behaviour) => sandbox.always(*host, behaviour.clone()),
            // In clear text there is none, and what comes of it is not what it must be.
            Self::Presents(certificate) => {
                let _ = sandbox.present(Host::Login, *certificate);
            }
            Self::TokensDie => sandbox.kill_tokens(),
            Self::SecretReplaced => sandbox.rotate_secret(DEMO_CLIENT_ID, NEW_SECRET),
        }
    }
}

struct Play<'a, C> {
    scenario: &'a Scenario,
    sandbox: &'a Sandbox,
    client: &'a mut C,
    wrong: Vec<String>,
}

impl<C: Client> Play<'_, C> {
    async fn trial(&mut self) -> Said {
        let scenario = self.scenario;
        if scenario.trial == Trial::Call {
            let said = self.client.ask().await;
            self.check(said.outcome == "token", || format!("no token before the faults: {said:?}"));
        }
        self.sandbox.clear_record();
        scenario.begin(self.sandbox);
        let said = match scenario.trial {
            Trial::Token => self.client.ask().await,
            Trial::Call => self.client.call().await,
        };
        let admitted = scenario.outcomes.iter().any(|outcome| outcome.admits(&said.outcome));
        self.check(admitted, || format!("{} ({})", said.outcome, said.message));
        let spoken = UNSPEAKABLE.iter().find(|word| said.message.contains(**word));
        self.check(spoken.is_none(), || "a secret, or bytes of the response, in the message".into());
        for (host, expected) in [(Host::Login, &scenario.requests), (Host::Api, &scenario.calls)] {
            let count = self.received(host).len();
            self.check(expected.contains(&count), || format!("{count} requests at {host:?}"));
        }
        said
    }

    async fn recover(&mut self) {
        let before = self.received(Host::Login);
        if self.scenario.recovery == Recovery::OnNewCredentials {
            self.sandbox.rotate_secret(DEMO_CLIENT_ID, NEW_SECRET);
            self.client.replace_secret(NEW_SECRET).await;
        }
        let wanted = match self.scenario.trial {
            Trial::Token => "token",
            Trial::Call => "called",
        };
        let mut last = String::new();
        for _ in 0..RESTS {
            let said = match self.scenario.trial {
                Trial::Token => self.client.ask().await,
                Trial::Call => self.client.call().await,
            };
            if said.outcome == wanted || self.scenario.recovery == Recovery::Unneeded {
                last = said.outcome;
                break;
            }
            last = said.outcome;
            self.client.rest().await;
        }
        self.check(last == wanted, || format!("no recovery, but {last}"));
        let after = self.received(Host::Login);
        match self.scenario.recovery {
            Recovery::Unneeded => {
                let more = after.len() - before.len();
                self.check(more == 0, || format!("{more} requests for a token that is there"));
            }
            Recovery::ByItself { not_before } => {
                let (Some(last), Some(next)) = (before.last(), after.get(before.len())) else {
                    return;
                };
                let span = next.saturating_sub(*last);
                self.check(span >= not_before, || format!("asked again after {span:?}"));
            }
            Recovery::OnNewCredentials => {}
        }
    }

    /// When requests came to this host.
    fn received(&self, host: Host) -> Vec<Duration> {
        let record = self.sandbox.record().into_iter();
        record.filter(|request| request.host == host).map(|request| request.at).collect()
    }

    fn check(&mut self, right: bool, otherwise: impl FnOnce() -> String) {
        if !right {
            self.wrong.push(otherwise());
        }
    }
}
