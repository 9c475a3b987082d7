//! An authorization request with its secrets.

use std::fmt;
use std::sync::Arc;

use genesys_token_core::settings::{ClientId, Endpoint, Scope};
use genesys_token_core::wire::authorization::{self, Expected, base64url, parse_authorization_response};
use rustls::SupportedCipherSuite;
use rustls::crypto::CryptoProvider;
use rustls::crypto::hash::HashAlgorithm;
use zeroize::Zeroizing;

use super::error::LoginError;
use crate::builder::default_provider;
use crate::grant::Grant;
use crate::secret::SecretString;

/// One authorization request (RFC 6749 section 4.1.1) with a new `state` and a new code verifier, for one login.
///
/// Send the user's browser to [`url`](Self::url). Where it is redirected to, either a [`RedirectListener`](super::RedirectListener)
/// listens, or the program receives the URL in another way and passes it to [`grant`](Self::grant).
pub struct AuthorizationRequest {
    endpoint: Endpoint,
    client_id: ClientId,
    redirect_uri: String,
    state: SecretString,
    code_verifier: SecretString,
    code_challenge: String,
    scope: Option<Scope>,
    org_name: String,
    provider: String,
    prompt_login: bool,
    issuer: Option<String>,
}

impl AuthorizationRequest {
    /// Creates a request with 256 random bits each for state and code verifier.
    ///
    /// # Errors
    /// [`LoginError::NoCryptography`].
    pub fn new(
        endpoint: &Endpoint,
        client_id: &ClientId,
        redirect_uri: impl Into<String>,
    ) -> Result<Self, LoginError> {
        let provider = default_provider().ok_or(LoginError::NoCryptography)?;
        Self::with_provider(&provider, endpoint, client_id, redirect_uri)
    }

    /// Creates a request with the randomness and the SHA-256 of this provider.
    ///
    /// # Errors
    /// [`LoginError::NoCryptography`] if it has none.
    pub fn with_provider(
        provider: &Arc<CryptoProvider>,
        endpoint: &Endpoint,
        client_id: &ClientId,
        redirect_uri: impl Into<String>,
    ) -> Result<Self, LoginError> {
        let code_verifier = random_text(provider)?;
        let digest = sha256(provider, code_verifier.expose().as_bytes())?;
        Ok(Self {
            endpoint: *endpoint,
            client_id: *client_id,
            redirect_uri: redirect_uri.into(),
            state: random_text(provider)?,
            code_verifier,
            code_challenge: base64url(&digest).map(char::from).into_iter().collect(),
            scope: None,
            org_name: String::new(),
            provider: String::new(),
            prompt_login: false,
            issuer: None,
        })
    }

    /// Sets the scope to request. Default: all that the OAuth client may have.
    #[must_use]
    pub fn scope(mut self, scope: Scope) -> Self {
        self.scope = Some(scope);
        self
    }

    /// Sets the short name of the organisation, so that the login form does not ask for it.
    #[must_use]
    pub fn org_name(mut self, org_name: impl Into<String>) -> Self {
        self.org_name = org_name.into();
        self
    }

    /// Sets an identity provider of the organisation, such as `okta`; needs [`org_name`](Self::org_name).
    #[must_use]
    pub fn identity_provider(mut self, provider: impl Into<String>) -> Self {
        self.provider = provider.into();
        self
    }

    /// Makes the user log in again even if the browser has a session.
    #[must_use]
    pub fn prompt_login(mut self) -> Self {
        self.prompt_login = true;
        self
    }

    /// Refuses redirects whose `iss` is another one (RFC 9207). Default: `iss` is not compared, because the issuer identifier of Genesys
    /// Cloud is not published, and a client of one service needs no defence against mix-up (RFC 9700 section 4.4).
    #[must_use]
    pub fn issuer(mut self, issuer: impl Into<String>) -> Self {
        self.issuer = Some(issuer.into());
        self
    }

    /// Returns the URL to open in the user's browser. It contains the state: a program that knows it can end this login.
    #[must_use]
    pub fn url(&self) -> String {
        let mut request = authorization::AuthorizationRequest::new(
            self.client_id.as_str(),
            &self.redirect_uri,
            self.state.expose(),
        )
        .with_code_challenge(&self.code_challenge)
        .with_org_name(&self.org_name)
        .with_provider(&self.provider);
        if let Some(scope) = &self.scope {
            request = request.with_scope(scope);
        }
        if self.prompt_login {
            request = request.with_prompt_login();
        }
        let mut buffer = vec![0; request.url_len(&self.endpoint)];
        // The buffer has the exact length, so the fallback is never taken.
        request.write_url(&self.endpoint, &mut buffer).unwrap_or_default().to_owned()
    }

    /// Returns the redirect URI.
    #[must_use]
    pub fn redirect_uri(&self) -> &str {
        &self.redirect_uri
    }

    /// Reads the URL to which the browser was redirected, or its query, and returns the grant for
    /// [`TokenClientBuilder::grant`](crate::TokenClientBuilder::grant).
    ///
    /// # Errors
    /// [`LoginError::Redirect`].
    pub fn grant(&self, redirect: &str) -> Result<Grant, LoginError> {
        let mut text = Zeroizing::new(redirect.as_bytes().to_vec());
        let expected = Expected { state: self.state.expose(), issuer: self.issuer.as_deref() };
        let response = parse_authorization_response(&mut text, expected)?;
        Ok(Grant::AuthorizationCodePkce {
            code: SecretString::new(response.code()),
            redirect_uri: self.redirect_uri.clone(),
            code_verifier: self.code_verifier.clone(),
        })
    }
}

/// Returns 256 random bits as text.
fn random_text(provider: &CryptoProvider) -> Result<SecretString, LoginError> {
    let mut random = Zeroizing::new([0; 32]);
    provider.secure_random.fill(&mut *random).map_err(|_| LoginError::NoCryptography)?;
    let text = Zeroizing::new(base64url(&random));
    Ok(SecretString::new(std::str::from_utf8(&*text).unwrap_or_default()))
}

/// Hashes with the SHA-256 of a cipher suite of TLS 1.3: it spares another implementation.
fn sha256(provider: &CryptoProvider, text: &[u8]) -> Result<[u8; 32], LoginError> {
    let hash = provider.cipher_suites.iter().find_map(|suite| match suite {
        SupportedCipherSuite::Tls13(suite) => {
            Some(suite.common.hash_provider).filter(|hash| hash.algorithm() == HashAlgorithm::SHA256)
        }
        SupportedCipherSuite::Tls12(_) => None,
    });
    let digest = hash.ok_or(LoginError::NoCryptography)?.hash(text);
    digest.as_ref().try_into().map_err(|_| LoginError::NoCryptography)
}

/// Shows neither state nor code verifier.
impl fmt::Debug for AuthorizationRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthorizationRequest")
            .field("client_id", &self.client_id)
            .field("redirect_uri", &self.redirect_uri)
            .finish_non_exhaustive()
    }
}
