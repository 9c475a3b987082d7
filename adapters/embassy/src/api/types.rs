//! Bodies of the Platform API that concern tokens, with fixed capacities. Every member may be absent or null on the wire.

use genesys_token_core::heapless::{String, Vec};
use serde::{Deserialize, Deserializer};

/// An id: a UUID, or a hash of it.
pub type Id = String<64>;

/// The capacity of names in bytes.
const NAME: usize = 64;
/// The capacity of lists.
const LIST: usize = 16;

/// The owner of an access token: the body of `GET /api/v2/tokens/me`, which [`verify`](crate::TokenClient::verify) requests.
///
/// Names of up to 64 bytes, lists of up to 16: a body that exceeds one is [`JsonError::Type`](crate::JsonError::Type). A program that
/// needs fewer members, or longer ones, derives a type of its own.
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
    pub authorized_scope: Vec<String<NAME>, LIST>,
    /// Time at which the token expires unless it is used, if the organisation has an inactivity timeout: ISO 8601.
    pub date_token_idles: Option<String<32>>,
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
    pub id: Id,
    /// The name.
    #[serde(deserialize_with = "or_default")]
    pub name: String<NAME>,
}

/// The OAuth client of a token.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct OAuthClientInfo {
    /// The client id.
    #[serde(deserialize_with = "or_default")]
    pub id: Id,
    /// Its name.
    #[serde(deserialize_with = "or_default")]
    pub name: String<NAME>,
    /// The grant type of the client.
    #[serde(deserialize_with = "or_default")]
    pub authorized_grant_type: String<32>,
    /// The scope of the client.
    #[serde(deserialize_with = "or_default")]
    pub scope: Vec<String<NAME>, LIST>,
    /// Its roles, each in a division.
    #[serde(deserialize_with = "or_default")]
    pub role_divisions: Vec<RoleDivision, LIST>,
    /// `active`, `disabled` or `inactive`.
    #[serde(deserialize_with = "or_default")]
    pub state: String<16>,
}

/// A role in a division.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct RoleDivision {
    /// The role.
    #[serde(deserialize_with = "or_default")]
    pub role_id: Id,
    /// The division.
    #[serde(deserialize_with = "or_default")]
    pub division_id: Id,
}

/// The body of a refusal by the Platform API. [`Refusal`](crate::core::wire::Refusal) has what decisions need, from any body; this has
/// the service's details as well.
///
/// A message of up to 256 bytes, up to four details: a body that exceeds one is [`JsonError::Type`](crate::JsonError::Type).
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct ErrorBody {
    /// The HTTP status code.
    #[serde(deserialize_with = "or_default")]
    pub status: u16,
    /// The service's error code.
    #[serde(deserialize_with = "or_default")]
    pub code: String<64>,
    /// A message for people.
    #[serde(deserialize_with = "or_default")]
    pub message: String<256>,
    /// The correlation id.
    #[serde(deserialize_with = "or_default")]
    pub context_id: Id,
    /// What the error concerns.
    #[serde(deserialize_with = "or_default")]
    pub details: Vec<ErrorDetail, 4>,
}

/// A detail of a refusal.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct ErrorDetail {
    /// The error code.
    #[serde(deserialize_with = "or_default")]
    pub error_code: String<64>,
    /// The member of the request.
    #[serde(deserialize_with = "or_default")]
    pub field_name: String<NAME>,
    /// The id of the object concerned.
    #[serde(deserialize_with = "or_default")]
    pub entity_id: Id,
    /// Its name.
    #[serde(deserialize_with = "or_default")]
    pub entity_name: String<NAME>,
}

/// Reads null as absent.
fn or_default<'de, D: Deserializer<'de>, T: Default + Deserialize<'de>>(from: D) -> Result<T, D::Error> {
    Ok(Option::deserialize(from)?.unwrap_or_default())
}
