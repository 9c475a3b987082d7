//! A minimal adapter: it does what core decides.

use core::time::Duration as Span;
use std::string::ToString;

use genesys_token_core::lifecycle::{Answer, Failure, Outcome, Policy, Step, TokenManager};
use genesys_token_core::settings::{Client as Named, ClientAuth, ClientId, ClientSecret};
use genesys_token_core::time::{Duration, Instant};
use genesys_token_core::wire::{
    Grant, Refusal, RefusalClass, TokenRequest, api_refusal, parse_token_response,
};
use genesys_token_sandbox::scenarios::{Client, Fault, Observed, Scenario, Transport};
use genesys_token_sandbox::{Behaviour, DEMO_CLIENT_ID, DEMO_CLIENT_SECRET, Framing, Host, Message, Sandbox};

use crate::transport::received;

/// The longest `Retry-After` of the API that the client waits for, as in the service's own SDKs.
const LONGEST_WAIT: Duration = Duration::from_secs(180);

pub(crate) struct CoreOnly;

impl Transport for CoreOnly {
    type Client<'s> = CoreClient<'s>;

    fn name(&self) -> &'static str {
        "core only, with a fake clock"
    }

    fn not_applicable(&self, scenario: &Scenario) -> Option<&'static str> {
        scenario.faults.iter().find_map(|fault| match fault {
            Fault::Certificate(_) => Some("certificates are verified by the adapters"),
            Fault::Next(_, Behaviour::Answer(answer)) | Fault::Lasting(_, Behaviour::Answer(answer)) => {
                let framed = matches!(answer.delivery.framing, Framing::Announced(_));
                let raw = matches!(answer.message, Message::Raw(_));
                (framed || raw).then_some("HTTP is parsed by the adapters")
            }
            _ => None,
        })
    }

    async fn client<'s>(&self, _scenario: &Scenario, sandbox: &'s Sandbox) -> CoreClient<'s> {
        CoreClient {
            sandbox,
            manager: TokenManager::new(policy()),
            now: Instant::from_secs(1000),
            secret: DEMO_CLIENT_SECRET.to_owned(),
            transport_outcome: "",
        }
    }
}

/// New credentials are reported by the scenario: there is no source to ask.
fn policy() -> Policy {
    let mut policy = Policy::DEFAULT;
    policy.credentials_check = Duration::MAX;
    policy
}

pub(crate) struct CoreClient<'s> {
    sandbox: &'s Sandbox,
    manager: TokenManager<1024>,
    now: Instant,
    secret: String,
    /// Why there was no response, as the outcome of a scenario.
    transport_outcome: &'static str,
}

impl Client for CoreClient<'_> {
    async fn request_token(&mut self) -> Observed {
        if let Step::Exchange(_) = self.manager.poll(self.now) {
            self.exchange();
        }
        match self.manager.token(self.now) {
            Answer::Ready(_) => observed("token".into(), &""),
            Answer::Pending => observed("pending".into(), &""),
            Answer::Unavailable { failure, .. } => observed(self.outcome_of(failure), failure),
        }
    }

    async fn call(&mut self) -> Observed {
        loop {
            let requested = self.request_token().await;
            let Answer::Ready(token) = self.manager.token(self.now) else {
                return requested;
            };
            let (generation, authorization) = (token.generation, format!("Bearer {}", token.access_token()));
            let request = ("GET", "/api/v2/organizations/me");
            let behaviour =
                self.sandbox.respond(Host::Api, request, &[("Authorization", &authorization)], &[]);
            let (head, body) = match received(behaviour) {
                Ok(response) => response,
                Err(outcome) => return observed(outcome.into(), &""),
            };
            if head.status() == 200 {
                self.manager.token_used(generation, self.now);
                return observed("called".into(), &"");
            }
            let refusal = api_refusal(&head, &body);
            let wait = refusal.retry_after().filter(|wait| *wait <= LONGEST_WAIT);
            match (refusal.class(), wait) {
                (RefusalClass::AccessToken, _) if self.manager.token_refused(generation, self.now) => {}
                (RefusalClass::RateLimited, Some(wait)) => self.advance(wait),
                _ => return observed(format!("call refused {}", describe(&refusal)), &refusal),
            }
        }
    }

    async fn replace_secret(&mut self, secret: &str) {
        self.secret = secret.into();
        self.manager.credentials_changed(self.now);
    }

    async fn wait(&mut self) {
        let until = self.manager.next_deadline().expect("a deadline");
        self.advance(until.saturating_since(self.now));
    }
}

impl CoreClient<'_> {
    fn exchange(&mut self) {
        let ticket = self.manager.begin(self.now).expect("an exchange is due");
        let (id, secret) = (ClientId::<64>::new(DEMO_CLIENT_ID), ClientSecret::<128>::new(&self.secret));
        let (id, secret) = (id.unwrap(), secret.unwrap());
        let client = Named::confidential(&id, &secret, ClientAuth::Basic);
        let request = TokenRequest::new(client, Grant::ClientCredentials).unwrap();
        let (mut body, mut authorization) = ([0; 256], [0; 512]);
        let authorization = request.write_authorization(&mut authorization).unwrap().unwrap();
        let headers = [
            ("Content-Type", TokenRequest::CONTENT_TYPE),
            ("Authorization", core::str::from_utf8(authorization).unwrap()),
        ];
        let body = request.write_body(&mut body).unwrap();
        let behaviour = self.sandbox.respond(Host::Login, ("POST", "/oauth/token"), &headers, body);
        self.advance(Duration::from_millis(100));
        match received(behaviour) {
            Err(outcome) => {
                self.transport_outcome = outcome;
                self.manager.complete(ticket, self.now, Outcome::Failed(Failure::Transport(())), 0);
            }
            Ok((head, mut body)) => match parse_token_response(&head, &mut body) {
                Ok(token) => self.manager.complete(ticket, self.now, Outcome::Token(&token), 0),
                Err(error) => self.manager.complete(ticket, self.now, Outcome::Failed(error.into()), 0),
            },
        }
    }

    /// Advances the client's and the sandbox's clock.
    fn advance(&mut self, span: Duration) {
        self.now = self.now + span;
        self.sandbox.advance(Span::from_millis(span.as_millis()));
    }

    fn outcome_of(&self, failure: &Failure) -> String {
        match failure {
            Failure::Refused(refusal) => format!("refused {}", describe(refusal)),
            Failure::Protocol(error) => format!("protocol {:?}", error.kind),
            Failure::Capacity(_) => "too_long token".into(),
            Failure::Transport(()) => self.transport_outcome.into(),
            other => format!("{other:?}"),
        }
    }
}

fn observed(outcome: String, message: &dyn ToString) -> Observed {
    Observed { outcome, message: message.to_string() }
}

fn describe(refusal: &Refusal) -> String {
    format!("{:?} {} {}", refusal.class(), refusal.status(), refusal.code()).trim_end().to_owned()
}
