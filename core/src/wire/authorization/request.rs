//! The authorization request, RFC 6749 section 4.1.1.

use core::fmt;

use super::super::form;
use super::super::sink::Sink;
use crate::settings::{Endpoint, Scope};
use crate::text::{CapacityError, Quoted};

/// Path of the authorization endpoint.
const PATH: &str = "/oauth/authorize";
const HTTPS: u16 = 443;

/// An authorization request: the URL to open in the user's browser. The values are borrowed.
#[derive(Clone, Copy)]
pub struct AuthorizationRequest<'a> {
    client_id: &'a str,
    redirect_uri: &'a str,
    state: &'a str,
    code_challenge: &'a str,
    scope: &'a str,
    org_name: &'a str,
    provider: &'a str,
    prompt_login: bool,
}

impl<'a> AuthorizationRequest<'a> {
    /// Creates a request for a code. `state` is not guessable, and used once (RFC 6749 section 10.12).
    #[must_use]
    pub const fn new(client_id: &'a str, redirect_uri: &'a str, state: &'a str) -> Self {
        Self {
            client_id,
            redirect_uri,
            state,
            code_challenge: "",
            scope: "",
            org_name: "",
            provider: "",
            prompt_login: false,
        }
    }

    /// Returns the same request with a code challenge of the method `S256` (RFC 7636 section 4.3).
    #[must_use]
    pub const fn with_code_challenge(self, code_challenge: &'a str) -> Self {
        Self { code_challenge, ..self }
    }

    /// Returns the same request with a scope.
    #[must_use]
    pub fn with_scope<const N: usize>(self, scope: &'a Scope<N>) -> Self {
        Self { scope: scope.as_str(), ..self }
    }

    /// Returns the same request for users of this organisation, by its short name: the login form does not ask for it. The service needs it with
    /// [`with_provider`](Self::with_provider).
    #[must_use]
    pub const fn with_org_name(self, org_name: &'a str) -> Self {
        Self { org_name, ..self }
    }

    /// Returns the same request with an identity provider of the organisation, such as `okta`.
    #[must_use]
    pub const fn with_provider(self, provider: &'a str) -> Self {
        Self { provider, ..self }
    }

    /// Returns the same request with `prompt=login`: the user logs in again even if the browser has a session.
    #[must_use]
    pub const fn with_prompt_login(self) -> Self {
        Self { prompt_login: true, ..self }
    }

    /// Returns the exact length of the URL in bytes.
    #[must_use]
    pub fn url_len(&self, endpoint: &Endpoint) -> usize {
        let mut nothing = Sink::with_escaped_spaces(&mut []);
        self.write(endpoint, &mut nothing);
        nothing.needed()
    }

    /// Writes the URL to the start of `buffer` and returns it. It has the path of the token endpoint with `authorize` in place of the
    /// last `token`, if it ends so, else `/oauth/authorize`.
    ///
    /// # Errors
    /// [`CapacityError`] if `buffer` is shorter than [`AuthorizationRequest::url_len`].
    pub fn write_url<'b>(&self, endpoint: &Endpoint, buffer: &'b mut [u8]) -> Result<&'b str, CapacityError> {
        let mut sink = Sink::with_escaped_spaces(buffer);
        self.write(endpoint, &mut sink);
        // Everything that was written is ASCII, so the fallback is never taken.
        Ok(core::str::from_utf8(sink.finish("authorization URL")?).unwrap_or_default())
    }

    fn write(&self, endpoint: &Endpoint, sink: &mut Sink<'_>) {
        let host = endpoint.login_host();
        let is_ipv6 = host.as_bytes().contains(&b':');
        sink.put(if is_ipv6 { b"https://[" } else { b"https://" });
        sink.put(host.as_bytes());
        sink.put(if is_ipv6 { b"]" } else { b"" });
        if endpoint.login_port() != HTTPS {
            sink.put(b":");
            put_number(endpoint.login_port(), sink);
        }
        match endpoint.token_path().strip_suffix("/token") {
            Some(before) => {
                sink.put(before.as_bytes());
                sink.put(b"/authorize");
            }
            None => sink.put(PATH.as_bytes()),
        }
        form::parameter("?client_id=", self.client_id.as_bytes(), sink);
        form::parameter("&redirect_uri=", self.redirect_uri.as_bytes(), sink);
        sink.put(b"&response_type=code");
        if !self.code_challenge.is_empty() {
            form::parameter("&code_challenge=", self.code_challenge.as_bytes(), sink);
            sink.put(b"&code_challenge_method=S256");
        }
        for (before, value) in [
            ("&state=", self.state),
            ("&scope=", self.scope),
            ("&org=", self.org_name),
            ("&provider=", self.provider),
        ] {
            if !value.is_empty() {
                form::parameter(before, value.as_bytes(), sink);
            }
        }
        if self.prompt_login {
            sink.put(b"&prompt=login");
        }
    }
}

/// Appends the decimal digits of a number.
fn put_number(number: u16, sink: &mut Sink<'_>) {
    let mut divisor = 10_000;
    while divisor > 1 && number / divisor == 0 {
        divisor /= 10;
    }
    while divisor > 0 {
        let digit = number / divisor % 10;
        sink.put(&[b'0' + u8::try_from(digit).unwrap_or(0)]);
        divisor /= 10;
    }
}

/// Without the state.
impl fmt::Debug for AuthorizationRequest<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthorizationRequest")
            .field("client_id", &Quoted(self.client_id))
            .field("redirect_uri", &Quoted(self.redirect_uri))
            .field("state", &format_args!("[redacted]"))
            .finish_non_exhaustive()
    }
}
