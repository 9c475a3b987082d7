//! The device client as an actor in scenarios.

use std::sync::{Arc, Mutex};

use embassy_sync::blocking_mutex::raw::CriticalSectionRawMutex;
use embassy_sync::signal::Signal;
use embassy_time::Timer;
use genesys_token_embassy::{
    ApiError, ApiRequest, CredentialError, CredentialSource, Credentials, TokenClient,
};
use genesys_token_sandbox::scenarios::{Client, Observed, Scenario, Transport};
use genesys_token_sandbox::{DEMO_CLIENT_ID, DEMO_CLIENT_SECRET, Sandbox};

use crate::outcomes::{no_response, no_token, observed, terms_of};

/// The current secret, and whether a token was requested: before that the device has no credentials.
#[derive(Clone)]
pub(crate) struct Kept {
    secret: Arc<Mutex<String>>,
    asked: Arc<Signal<CriticalSectionRawMutex, ()>>,
}

impl Default for Kept {
    fn default() -> Self {
        Self { secret: Arc::new(Mutex::new(DEMO_CLIENT_SECRET.into())), asked: Arc::new(Signal::new()) }
    }
}

impl CredentialSource for Kept {
    async fn credentials(&mut self) -> Result<Credentials, CredentialError> {
        self.asked.wait().await;
        self.asked.signal(());
        Ok(Credentials::new(DEMO_CLIENT_ID, &self.secret.lock().expect("no panic while locked"))?)
    }
}

pub(crate) struct OverTap<'t, const TOKEN: usize> {
    pub(crate) client: TokenClient<'t, TOKEN>,
    pub(crate) kept: &'t Kept,
    pub(crate) not_applicable: fn(&Scenario) -> Option<&'static str>,
}

impl<'t, const TOKEN: usize> Transport for OverTap<'t, TOKEN> {
    type Client<'s> = Device<'t, TOKEN>;

    fn name(&self) -> &'static str {
        "embassy-net and embedded-tls over a TAP interface"
    }

    fn not_applicable(&self, scenario: &Scenario) -> Option<&'static str> {
        (self.not_applicable)(scenario)
    }

    async fn client<'s>(&self, _scenario: &Scenario, _sandbox: &'s Sandbox) -> Device<'t, TOKEN> {
        Device { client: self.client, kept: self.kept }
    }
}

pub(crate) struct Device<'t, const TOKEN: usize> {
    client: TokenClient<'t, TOKEN>,
    kept: &'t Kept,
}

impl<const TOKEN: usize> Client for Device<'_, TOKEN> {
    async fn request_token(&mut self) -> Observed {
        self.kept.asked.signal(());
        match self.client.token(&mut [0; 2048]).await {
            Ok(_) => Observed { outcome: "token".into(), message: String::new() },
            Err(error) => observed(&error, no_token(&error)),
        }
    }

    async fn call(&mut self) -> Observed {
        let mut body = [0; 4096];
        match self.client.api(&ApiRequest::get("/api/v2/organizations/me"), &mut body).await {
            Ok(_) => Observed { outcome: "called".into(), message: String::new() },
            Err(error) => {
                let outcome = match &error {
                    ApiError::Token(error) => no_token(error),
                    ApiError::Transport(error) => no_response(error),
                    ApiError::Refused(refused) => format!("call refused {}", terms_of(refused.refusal())),
                    other => format!("{other:?}"),
                };
                observed(&error, outcome)
            }
        }
    }

    async fn replace_secret(&mut self, secret: &str) {
        secret.clone_into(&mut self.kept.secret.lock().expect("no panic while locked"));
        self.client.credentials_changed();
    }

    async fn wait(&mut self) {
        Timer::after_millis(20).await;
    }
}
