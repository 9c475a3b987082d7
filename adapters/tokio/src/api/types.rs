//! Bodies of the Platform API that concern tokens. Every member may be absent or null on the wire.

use serde::{Deserialize, Deserializer};

/// The owner of an access token: the body of `GET /api/v2/tokens/me`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct TokenInfo {
    /// The organisation that the token gives access to.
    #[serde(deserialize_with = "or_default")]
    pub organization: Entity,
    /// The organisation of the OAuth client.
    #[serde(deserialize_with = "or_default")]
    pub home_organization: Entity,
    /// The scope granted.
    #[serde(deserialize_with = "or_default")]
    pub authorized_scope: Vec<String>,
    /// Time at which the token expires unless it is used, if the organisation has an inactivity timeout: ISO 8601.
    pub date_token_idles: Option<String>,
    /// The OAuth client.
    #[serde(rename = "OAuthClient", deserialize_with = "or_default")]
    pub oauth_client: OAuthClientInfo,
}

/// An object with id and name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Entity {
    /// The id.
    #[serde(deserialize_with = "or_default")]
    pub id: String,
    /// The name.
    #[serde(deserialize_with = "or_default")]
    pub name: String,
}

/// The OAuth client of a token.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct OAuthClientInfo {
    /// The client id.
    #[serde(deserialize_with = "or_default")]
    pub id: String,
    /// Its name.
    #[serde(deserialize_with = "or_default")]
    pub name: String,
    /// The grant type of the client.
    #[serde(deserialize_with = "or_default")]
    pub authorized_grant_type: String,
    /// The scope of the client.
    #[serde(deserialize_with = "or_default")]
    pub scope: Vec<String>,
    /// Its roles, each in a division.
    #[serde(deserialize_with = "or_default")]
    pub role_divisions: Vec<RoleDivision>,
    /// `active`, `disabled` or `inactive`.
    #[serde(deserialize_with = "or_default")]
    pub state: String,
}

/// A role in a division.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct RoleDivision {
    /// The role.
    #[serde(deserialize_with = "or_default")]
    pub role_id: String,
    /// The division.
    #[serde(deserialize_with = "or_default")]
    pub division_id: String,
}

/// Reads null as absent.
fn or_default<'de, D: Deserializer<'de>, T: Default + Deserialize<'de>>(from: D) -> Result<T, D::Error> {
    Ok(Option::deserialize(from)?.unwrap_or_default())
}
