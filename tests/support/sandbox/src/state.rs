//! The state of the simulated service, and its settings.

use core::time::Duration;
use std::collections::HashMap;

use crate::clients::Client;
use crate::limits::{RateLimit, Windows};
use crate::tokens::{Code, Tokens, opaque};

/// The settings of the service.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) clients: Vec<Client>,
    pub(crate) organization: String,
    pub(crate) token_lifetime: Duration,
    pub(crate) idle_timeout: Option<Duration>,
    pub(crate) token_limit: Option<RateLimit>,
    pub(crate) api_limit: Option<RateLimit>,
    pub(crate) basic: BasicDecoding,
}

/// How the token endpoint decodes id and secret of Basic client authentication. Which one the real service uses is unknown.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum BasicDecoding {
    /// As received. The official SDKs send them like this.
    #[default]
    Literal,
    /// Form-decoded (RFC 6749 section 2.3.1): `%2D` is `-`, `+` is a space.
    FormEncoded,
}

/// The addresses of both hosts, for hints.
#[derive(Clone, Debug, Default)]
pub(crate) struct Urls {
    pub(crate) login: String,
    pub(crate) api: String,
}

/// The mutable state.
pub(crate) struct State {
    /// The service's clock: real time since the start plus the skipped time.
    pub(crate) now: Duration,
    pub(crate) skipped: Duration,
    pub(crate) clients: HashMap<String, Client>,
    pub(crate) tokens: Tokens,
    pub(crate) token_windows: Windows,
    pub(crate) api_windows: Windows,
    pub(crate) settings: Settings,
    pub(crate) urls: Urls,
}

/// RFC 6749 section 4.1.2 recommends ten minutes at most.
const CODE_LIFE: Duration = Duration::from_secs(600);

impl State {
    pub(crate) fn new(mut settings: Settings, urls: Urls) -> Self {
        let registered = core::mem::take(&mut settings.clients);
        let clients = registered.into_iter().map(|client| (client.id.clone(), client)).collect();
        Self {
            now: Duration::ZERO,
            skipped: Duration::ZERO,
            clients,
            tokens: Tokens::default(),
            token_windows: Windows::default(),
            api_windows: Windows::default(),
            settings,
            urls,
        }
    }

    /// Issues an authorization code, as after a user's consent.
    pub(crate) fn authorize(
        &mut self,
        client_id: &str,
        redirect_uri: &str,
        challenge: Option<&str>,
    ) -> String {
        let text = opaque();
        let code = Code {
            client_id: client_id.into(),
            redirect_uri: redirect_uri.into(),
            challenge: challenge.map(Into::into),
            expires_at: self.now + CODE_LIFE,
        };
        self.tokens.codes.insert(text.clone(), code);
        text
    }
}
