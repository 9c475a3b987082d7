//! The host client as the list of scenarios uses it, over whichever version of HTTP: what it observes in the words of the list.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use genesys_token_sandbox::scenarios::{Client, Observed};
use genesys_token_sandbox::{DEMO_CLIENT_ID, DEMO_CLIENT_SECRET};
use genesys_token_tokio::core::wire::Refusal;
use genesys_token_tokio::{
    ApiError, ApiRequest, CredentialError, CredentialSource, Credentials, CredentialsFuture, TokenClient,
    TokenClientBuilder, TokenError, TokenErrorKind, TransportError, TransportErrorKind,
};

/// The host client and the secret of its source.
pub(crate) struct Host {
    client: TokenClient,
    secret: Arc<Mutex<String>>,
}

impl Host {
    /// Builds a client that has the credentials of the sandbox's demonstration client.
    pub(crate) fn new(builder: TokenClientBuilder) -> Self {
        let secret = Arc::new(Mutex::new(DEMO_CLIENT_SECRET.to_owned()));
        let client = builder.credentials(SharedSecret(Arc::clone(&secret))).build().unwrap();
        Self { client, secret }
    }
}

struct SharedSecret(Arc<Mutex<String>>);

impl CredentialSource for SharedSecret {
    fn credentials(&self) -> CredentialsFuture<'_> {
        let credentials = Credentials::new(DEMO_CLIENT_ID, &self.0.lock().unwrap());
        Box::pin(std::future::ready(credentials.map_err(CredentialError::from)))
    }
}

impl Client for Host {
    async fn request_token(&mut self) -> Observed {
        match self.client.token().await {
            Ok(_) => Observed { outcome: "token".into(), message: String::new() },
            Err(error) => observed(&error, no_token(&error)),
        }
    }

    async fn call(&mut self) -> Observed {
        match self.client.api(ApiRequest::get("/api/v2/organizations/me")).await {
            Ok(_) => Observed { outcome: "called".into(), message: String::new() },
            Err(error) => {
                let outcome = match &error {
                    ApiError::Token(error) => no_token(error),
                    ApiError::Transport(error) => no_response(error),
                    ApiError::Refused(refused) => format!("call refused {}", words(refused.refusal())),
                    other => format!("{other:?}"),
                };
                observed(&error, outcome)
            }
        }
    }

    async fn replace_secret(&mut self, secret: &str) {
        secret.clone_into(&mut self.secret.lock().unwrap());
        self.client.credentials_changed();
    }

    async fn wait(&mut self) {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn observed(error: &impl std::error::Error, outcome: String) -> Observed {
    Observed { outcome, message: format!("{error}\n{error:?}") }
}

fn no_token(error: &TokenError) -> String {
    match error.kind() {
        TokenErrorKind::Refused { refusal, .. } => format!("refused {}", words(refusal)),
        TokenErrorKind::Protocol { error, .. } => format!("protocol {:?}", error.kind),
        TokenErrorKind::Capacity(_) => "too_long token".into(),
        TokenErrorKind::Transport(error) => no_response(error),
        other => format!("{other:?}"),
    }
}

fn no_response(error: &TransportError) -> String {
    let phase = error.phase();
    match error.kind() {
        TransportErrorKind::ResponseTooLarge { .. } => "too_long body".into(),
        TransportErrorKind::Connect(_) => "transport Connect Lost".into(),
        // The list has one word for all heads that cannot be used.
        TransportErrorKind::ResponseMalformed(_) | TransportErrorKind::ResponseHeadTooLarge => {
            "transport Response Malformed".into()
        }
        TransportErrorKind::Tls(error) => format!("transport TlsHandshake {:?}", error.kind()),
        TransportErrorKind::TimedOut => format!("transport {phase:?} Timeout"),
        TransportErrorKind::Closed => format!("transport {phase:?} Closed"),
        TransportErrorKind::ConnectionLost(_) => format!("transport {phase:?} Lost"),
        other => format!("{other:?}"),
    }
}

fn words(refusal: &Refusal) -> String {
    format!("{:?} {} {}", refusal.class(), refusal.status(), refusal.code()).trim_end().to_owned()
}
