//! Bodies of the Platform API that a token's life touches. Every member may be absent or null on the wire.

use serde::{Deserialize, Deserializer};

/// Whom an access token belongs to: the body of `GET /api/v2/tokens/me`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct TokenInfo {
    /// The organisation that the token works in.
    #[serde(deserialize_with = "or_default")]
    pub organization: Entity,
    /// The organisation of the OAuth client.
    #[serde(deserialize_with = "or_default")]
    pub home_organization: Entity,
    /// The scope granted.
    #[serde(deserialize_with = "or_default")]
    pub authorized_scope: Vec<String>,
    /// When the token ends for want of use, if the organisation has such a rule: ISO 8601.
    pub date_token_idles: Option<String>,
    /// The OAuth client.
    #[serde(rename = "OAuthClient", deserialize_with = "or_default")]
    pub oauth_client: OAuthClientInfo,
}

/// Something that has an id and a name.
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
    /// The grant that it may use.
    #[serde(deserialize_with = "or_default")]
    pub authorized_grant_type: String,
    /// The scope of the client.
    #[serde(deserialize_with = "or_default")]
    pub scope: Vec<String>,
    /// The roles that it has, and in which divisions.
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

/// What is null is as good as absent.
fn or_default<'de, D: Deserializer<'de>, T: Default + Deserialize<'de>>(from: D) -> Result<T, D::Error> {
    Ok(Option::deserialize(from)?.unwrap_or_default())
}
