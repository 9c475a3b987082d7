//! Registered OAuth clients.

use core::fmt;
use core::time::Duration;

use crate::limits::RateLimit;

/// The id of the client that is registered by default.
pub const DEMO_CLIENT_ID: &str = "7a1c2e90-5d34-4b8e-9f06-3c1d8e2b4a75";
/// The secret of the default clients: public, for the sandbox only.
pub const DEMO_CLIENT_SECRET: &str = "demo-secret_Qk3vX9tLw2ZpR7";

/// The id of the program's default client for authorization codes.
pub const DEMO_CODE_CLIENT_ID: &str = "c0de2e90-5d34-4b8e-9f06-3c1d8e2b4a75";
/// The id of the program's default client for SAML assertions.
pub const DEMO_SAML_CLIENT_ID: &str = "5a312e90-5d34-4b8e-9f06-3c1d8e2b4a75";

/// A registered OAuth client.
#[derive(Clone, PartialEq, Eq)]
pub struct Client {
    /// The client id; a GUID in the real service.
    pub id: String,
    /// Its only secret.
    pub secret: String,
    /// Its display name.
    pub name: String,
    /// The grant types it may use; the real service allows exactly one.
    pub grant_types: Vec<GrantType>,
    /// Scopes of access tokens for users. Client credentials have none.
    pub scope: Vec<String>,
    /// Ids of the roles assigned to it.
    pub roles: Vec<String>,
    /// Permissions of these roles.
    pub permissions: Vec<String>,
    /// Redirect URIs of the authorization code grant. If empty, every `http` URI on `localhost` or `127.0.0.1` is allowed.
    pub redirect_uris: Vec<String>,
    /// Lifetime of its access tokens; `None` for the sandbox's.
    pub token_lifetime: Option<Duration>,
    /// Inactivity timeout of its access tokens; `None` for the sandbox's.
    pub idle_timeout: Option<Duration>,
    /// Its rate limit at the token endpoint; `None` for the sandbox's.
    pub token_limit: Option<RateLimit>,
    /// The rate limit of each of its access tokens at the Platform API; `None` for the sandbox's.
    pub api_limit: Option<RateLimit>,
}

/// The grant types a client can be registered for, by their names in the service's client model.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum GrantType {
    /// `CLIENT-CREDENTIALS`.
    ClientCredentials,
    /// `CODE`: authorization codes, with PKCE or a secret, and their refresh tokens.
    Code,
    /// `SAML2-BEARER`.
    Saml2Bearer,
}

impl GrantType {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::ClientCredentials => "CLIENT-CREDENTIALS",
            Self::Code => "CODE",
            Self::Saml2Bearer => "SAML2-BEARER",
        }
    }
}

impl Client {
    /// Creates a client for client credentials, without permissions.
    #[must_use]
    pub fn new(id: &str, secret: &str) -> Self {
        Self {
            id: id.into(),
            secret: secret.into(),
            name: "Sandbox client".into(),
            grant_types: vec![GrantType::ClientCredentials],
            scope: Vec::new(),
            roles: vec!["b3f1b3a4-0d6f-4c6e-8a53-6a5e0a4f9d10".into()],
            permissions: Vec::new(),
            redirect_uris: Vec::new(),
            token_lifetime: None,
            idle_timeout: None,
            token_limit: None,
            api_limit: None,
        }
    }

    /// Returns the client of [`DEMO_CLIENT_ID`] and [`DEMO_CLIENT_SECRET`].
    #[must_use]
    pub fn demo() -> Self {
        Self::new(DEMO_CLIENT_ID, DEMO_CLIENT_SECRET)
    }

    /// Returns whether the authorization endpoint may redirect to `uri`.
    pub(crate) fn allows_redirect(&self, uri: &str) -> bool {
        if !self.redirect_uris.is_empty() {
            return self.redirect_uris.iter().any(|allowed| allowed == uri);
        }
        let Some(rest) = uri.strip_prefix("http://") else { return false };
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let (host, port) = authority.split_once(':').unwrap_or((authority, "80"));
        matches!(host, "localhost" | "127.0.0.1") && port.parse::<u16>().is_ok()
    }

    /// Replaces the grant types.
    #[must_use]
    pub fn for_grants(mut self, grant_types: impl Into<Vec<GrantType>>) -> Self {
        self.grant_types = grant_types.into();
        self
    }

    /// Sets the scopes.
    #[must_use]
    pub fn with_scope(mut self, scope: &[&str]) -> Self {
        self.scope = scope.iter().map(|&scope| scope.into()).collect();
        self
    }

    /// Sets the permissions.
    #[must_use]
    pub fn with_permissions(mut self, permissions: &[&str]) -> Self {
        self.permissions = permissions.iter().map(|&permission| permission.into()).collect();
        self
    }
}

/// Omits the secret.
impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("id", &self.id)
            .field("grant_types", &self.grant_types)
            .finish_non_exhaustive()
    }
}
