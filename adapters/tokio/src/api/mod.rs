//! Calls of the Platform API with the client's access token.

mod call;
mod error;
mod request;
mod response;
#[cfg(feature = "api-types")]
mod types;

pub use error::{ApiError, ApiRefusal};
pub use request::ApiRequest;
pub use response::ApiResponse;
#[cfg(feature = "api-types")]
pub use types::{Entity, OAuthClientInfo, RoleDivision, TokenInfo};
