//! Registered OAuth clients.

use core::fmt;

/// The id of the client that is registered by default.
pub const DEMO_CLIENT_ID: &str = "7a1c2e90-5d34-4b8e-9f06-3c1d8e2b4a75";
/// The secret of the default client: public, for the sandbox only.
pub const DEMO_CLIENT_SECRET: &str = "demo-secret_Qk3vX9tLw2ZpR7";

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
        }
    }

    /// Returns the client of [`DEMO_CLIENT_ID`] and [`DEMO_CLIENT_SECRET`].
    #[must_use]
    pub fn demo() -> Self {
        Self::new(DEMO_CLIENT_ID, DEMO_CLIENT_SECRET)
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
