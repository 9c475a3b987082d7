//! Everything the service hands out: access tokens, refresh tokens, authorization codes.

use core::time::Duration;
use std::collections::HashMap;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::{SecureRandom, SystemRandom};

use crate::clients::GrantType;

/// A live, or no longer live, access token.
pub(crate) struct AccessToken {
    pub(crate) client_id: String,
    pub(crate) grant: GrantType,
    dies_at: Duration,
    used_at: Duration,
}

/// An authorization code that waits for its one use.
pub(crate) struct Code {
    pub(crate) client_id: String,
    pub(crate) redirect_uri: String,
    /// `BASE64URL(SHA256(verifier))`, with PKCE.
    pub(crate) challenge: Option<String>,
    pub(crate) dies_at: Duration,
}

/// All of them, by their text.
pub(crate) struct Tokens {
    access: HashMap<String, AccessToken>,
    pub(crate) refresh: HashMap<String, String>,
    pub(crate) codes: HashMap<String, Code>,
    idle_timeout: Option<Duration>,
}

impl Tokens {
    pub(crate) fn new(idle_timeout: Option<Duration>) -> Self {
        Self { access: HashMap::new(), refresh: HashMap::new(), codes: HashMap::new(), idle_timeout }
    }

    /// Whether refresh tokens are issued: with an inactivity timeout the service has none.
    pub(crate) fn refreshable(&self) -> bool {
        self.idle_timeout.is_none()
    }

    /// A new access token that dies after `life`.
    pub(crate) fn issue(
        &mut self,
        client_id: &str,
        grant: GrantType,
        now: Duration,
        life: Duration,
    ) -> String {
        let text = opaque();
        let token = AccessToken { client_id: client_id.into(), grant, dies_at: now + life, used_at: now };
        self.access.insert(text.clone(), token);
        text
    }

    /// The token if it is alive. `touch` resets its idle timer.
    pub(crate) fn alive(&mut self, text: &str, now: Duration, touch: bool) -> Option<&AccessToken> {
        let idle_timeout = self.idle_timeout;
        let token = self.access.get_mut(text)?;
        if now >= token.dies_at || idle_timeout.is_some_and(|idle| now >= token.used_at + idle) {
            return None;
        }
        if touch {
            token.used_at = now;
        }
        Some(token)
    }

    pub(crate) fn live(&mut self, now: Duration) -> usize {
        let texts: Vec<String> = self.access.keys().cloned().collect();
        texts.iter().filter(|text| self.alive(text, now, false).is_some()).count()
    }

    pub(crate) fn revoke(&mut self, text: &str) {
        self.access.remove(text);
    }

    pub(crate) fn revoke_all(&mut self) {
        self.access.clear();
    }

    /// What the service does when a client is deleted or disabled.
    pub(crate) fn revoke_client(&mut self, client_id: &str) {
        self.access.retain(|_, token| token.client_id != client_id);
        self.refresh.retain(|_, owner| owner != client_id);
        self.codes.retain(|_, code| code.client_id != client_id);
    }
}

/// 86 URL-safe characters.
pub(crate) fn opaque() -> String {
    URL_SAFE_NO_PAD.encode(random::<64>())
}

/// A correlation id in the form of a random UUID.
pub(crate) fn correlation_id() -> String {
    let hex: String = format!("{:032x}", u128::from_be_bytes(random()));
    format!("{}-{}-4{}-a{}-{}", &hex[..8], &hex[8..12], &hex[13..16], &hex[17..20], &hex[20..])
}

fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    SystemRandom::new().fill(&mut bytes).expect("the operating system has randomness");
    bytes
}
