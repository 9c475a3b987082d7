//! Access tokens, refresh tokens and authorization codes.

use core::time::Duration;
use std::collections::HashMap;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::{SecureRandom, SystemRandom};

use crate::clients::GrantType;

/// An issued access token, which may have expired.
pub(crate) struct AccessToken {
    pub(crate) client_id: String,
    pub(crate) grant: GrantType,
    expires_at: Duration,
    used_at: Duration,
    idle_timeout: Option<Duration>,
}

/// An authorization code that has not been used.
pub(crate) struct Code {
    pub(crate) client_id: String,
    pub(crate) redirect_uri: String,
    /// `BASE64URL(SHA256(verifier))`, with PKCE.
    pub(crate) challenge: Option<String>,
    pub(crate) expires_at: Duration,
}

/// All issued tokens and codes by their text.
#[derive(Default)]
pub(crate) struct Tokens {
    access: HashMap<String, AccessToken>,
    pub(crate) refresh: HashMap<String, String>,
    pub(crate) codes: HashMap<String, Code>,
}

impl Tokens {
    /// Issues an access token that expires after `life`, or after `idle_timeout` without use.
    pub(crate) fn issue(
        &mut self,
        client_id: &str,
        grant: GrantType,
        now: Duration,
        (life, idle_timeout): (Duration, Option<Duration>),
    ) -> String {
        let text = opaque();
        let expires_at = now + life;
        let token =
            AccessToken { client_id: client_id.into(), grant, expires_at, used_at: now, idle_timeout };
        self.access.insert(text.clone(), token);
        text
    }

    /// Returns the token if it is valid. `touch` resets its inactivity timer.
    pub(crate) fn alive(&mut self, text: &str, now: Duration, touch: bool) -> Option<&AccessToken> {
        let token = self.access.get_mut(text)?;
        if now >= token.expires_at || token.idle_timeout.is_some_and(|idle| now >= token.used_at + idle) {
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

    /// Revokes everything issued to a client, as the service does when a client is deleted or disabled.
    pub(crate) fn revoke_client(&mut self, client_id: &str) {
        self.access.retain(|_, token| token.client_id != client_id);
        self.refresh.retain(|_, owner| owner != client_id);
        self.codes.retain(|_, code| code.client_id != client_id);
    }
}

/// Returns 86 random URL-safe characters.
pub(crate) fn opaque() -> String {
    URL_SAFE_NO_PAD.encode(random::<64>())
}

/// Returns a correlation id in the format of a random UUID.
pub(crate) fn correlation_id() -> String {
    let hex: String = format!("{:032x}", u128::from_be_bytes(random()));
    format!("{}-{}-4{}-a{}-{}", &hex[..8], &hex[8..12], &hex[13..16], &hex[17..20], &hex[20..])
}

fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    SystemRandom::new().fill(&mut bytes).expect("the operating system provides random bytes");
    bytes
}
