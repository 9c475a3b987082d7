//! Runs a scenario.

use core::time::Duration;

use super::results::ScenarioResult;
use super::{Fault, NEW_SECRET, Operation, Recovery, Scenario};
use crate::behaviour::Host;
use crate::certificates::Certificate;
use crate::clients::{Client as Registered, DEMO_CLIENT_ID, DEMO_CLIENT_SECRET};
use crate::sandbox::Sandbox;

/// A kind of client.
pub trait Transport {
    /// A client of this kind; `'s` is the lifetime of the sandbox.
    type Client<'s>: Client;

    /// Returns its name in the results.
    fn name(&self) -> &'static str;

    /// Returns why this scenario does not apply to this transport, or `None` if it applies.
    fn not_applicable(&self, scenario: &Scenario) -> Option<&'static str>;

    /// Creates a client with the sandbox's demo credentials and trust anchor, without an access token, with the scenario's deadline
    /// for exchanges.
    fn client<'s>(&self, scenario: &Scenario, sandbox: &'s Sandbox)
    -> impl Future<Output = Self::Client<'s>>;
}

/// A client under test.
pub trait Client {
    /// Requests a token and reports the outcome before a second exchange begins.
    fn request_token(&mut self) -> impl Future<Output = Observed>;

    /// Makes one authorised call, `GET /api/v2/organizations/me`, and reports the outcome.
    fn call(&mut self) -> impl Future<Output = Observed>;

    /// Replaces the secret and notifies the client of the change.
    fn replace_secret(&mut self, secret: &str) -> impl Future<Output = ()>;

    /// Waits for a short time; with a fake clock, until the client's next deadline.
    fn wait(&mut self) -> impl Future<Output = ()>;
}

/// The observed behaviour of a client.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Observed {
    /// The outcome, as described in the [module](super).
    pub outcome: String,
    /// Its error messages and log lines. They must not contain a secret or bytes of a hostile response.
    pub message: String,
}

/// The number of waits until a client must have recovered: with waits of 20 ms, one minute.
const WAITS: usize = 3000;

/// Text that occurs only in secrets and hostile responses.
const FORBIDDEN: [&str; 3] = [DEMO_CLIENT_SECRET, NEW_SECRET, "hostile"];

/// Runs one scenario. Resets the sandbox before and after; nothing else may use it meanwhile.
pub async fn run<T: Transport>(transport: &T, scenario: &Scenario, sandbox: &Sandbox) -> ScenarioResult {
    if let Some(reason) = transport.not_applicable(scenario) {
        return ScenarioResult::not_applicable(scenario, reason);
    }
    sandbox.add_client(Registered::demo());
    sandbox.kill_tokens();
    scenario.end(sandbox);
    let mut client = transport.client(scenario, sandbox).await;
    let mut execution = Execution { scenario, sandbox, client: &mut client, failures: Vec::new() };
    let observed = execution.attempt().await;
    scenario.end(sandbox);
    execution.recover().await;
    let failures = execution.failures;
    ScenarioResult::run(scenario, observed.outcome, failures)
}

/// Starting and ending the faults.
impl Scenario {
    /// Starts its faults.
    pub fn begin(&self, sandbox: &Sandbox) {
        self.faults.iter().for_each(|fault| fault.begin(sandbox));
    }

    /// Ends its faults: both hosts give regular answers and the login host presents a valid certificate. Revoked tokens stay revoked
    /// and a replaced secret stays replaced.
    pub fn end(&self, sandbox: &Sandbox) {
        for host in [Host::Login, Host::Api] {
            sandbox.clear_script(host);
        }
        // Without TLS there is no certificate.
        let _ = sandbox.present(Host::Login, Certificate::Valid);
    }
}

impl Fault {
    fn begin(&self, sandbox: &Sandbox) {
        match self {
            Self::Next(host, behaviour) => sandbox.script(*host, behaviour.clone()),
            Self::Lasting(host, behaviour) => sandbox.always(*host, behaviour.clone()),
            // Without TLS there is no certificate, and the outcome will not be the expected one.
            Self::Certificate(certificate) => {
                let _ = sandbox.present(Host::Login, *certificate);
            }
            Self::TokensRevoked => sandbox.kill_tokens(),
            Self::SecretReplaced => sandbox.rotate_secret(DEMO_CLIENT_ID, NEW_SECRET),
        }
    }
}

struct Execution<'a, C> {
    scenario: &'a Scenario,
    sandbox: &'a Sandbox,
    client: &'a mut C,
    failures: Vec<String>,
}

impl<C: Client> Execution<'_, C> {
    async fn attempt(&mut self) -> Observed {
        let scenario = self.scenario;
        if scenario.operation == Operation::Call {
            let observed = self.client.request_token().await;
            self.check(observed.outcome == "token", || format!("no token before the faults: {observed:?}"));
        }
        self.sandbox.clear_record();
        scenario.begin(self.sandbox);
        let observed = match scenario.operation {
            Operation::Token => self.client.request_token().await,
            Operation::Call => self.client.call().await,
        };
        let allowed = scenario.outcomes.iter().any(|outcome| outcome.allows(&observed.outcome));
        self.check(allowed, || format!("{} ({})", observed.outcome, observed.message));
        let leaked = FORBIDDEN.iter().find(|text| observed.message.contains(**text));
        self.check(leaked.is_none(), || "a secret, or bytes of the response, in the message".into());
        for (host, expected) in [(Host::Login, &scenario.requests), (Host::Api, &scenario.calls)] {
            let count = self.arrivals(host).len();
            self.check(expected.contains(&count), || format!("{count} requests at {host:?}"));
        }
        observed
    }

    async fn recover(&mut self) {
        let before = self.arrivals(Host::Login);
        if self.scenario.recovery == Recovery::OnNewCredentials {
            self.sandbox.rotate_secret(DEMO_CLIENT_ID, NEW_SECRET);
            self.client.replace_secret(NEW_SECRET).await;
        }
        let wanted = match self.scenario.operation {
            Operation::Token => "token",
            Operation::Call => "called",
        };
        let mut last = String::new();
        for _ in 0..WAITS {
            let observed = match self.scenario.operation {
                Operation::Token => self.client.request_token().await,
                Operation::Call => self.client.call().await,
            };
            if observed.outcome == wanted || self.scenario.recovery == Recovery::NotNeeded {
                last = observed.outcome;
                break;
            }
            last = observed.outcome;
            self.client.wait().await;
        }
        self.check(last == wanted, || format!("no recovery: {last}"));
        let after = self.arrivals(Host::Login);
        match self.scenario.recovery {
            Recovery::NotNeeded => {
                let more = after.len() - before.len();
                self.check(more == 0, || format!("{more} token requests although it has a valid token"));
            }
            Recovery::Automatic { not_before } => {
                let (Some(last), Some(next)) = (before.last(), after.get(before.len())) else {
                    return;
                };
                let span = next.saturating_sub(*last);
                self.check(span >= not_before, || format!("next request after {span:?}"));
            }
            Recovery::OnNewCredentials => {}
        }
    }

    /// Returns the arrival times of requests at this host.
    fn arrivals(&self, host: Host) -> Vec<Duration> {
        let record = self.sandbox.record().into_iter();
        record.filter(|request| request.host == host).map(|request| request.at).collect()
    }

    fn check(&mut self, holds: bool, failure: impl FnOnce() -> String) {
        if !holds {
            self.failures.push(failure());
        }
    }
}
