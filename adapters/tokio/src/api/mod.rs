//! Calls of the Platform API with the client's access token.

mod body;
mod call;
mod error;
mod forwarding;
#[cfg(feature = "api-types")]
mod json;
#[cfg(feature = "stream")]
mod paging;
mod request;
mod response;
mod streaming;
mod target;
#[cfg(feature = "api-types")]
mod types;

pub use error::{ApiError, ApiRefusal};
pub use forwarding::{ForwardBody, ForwardedBody};
#[cfg(feature = "stream")]
pub use paging::Pages;
pub use request::ApiRequest;
pub use response::ApiResponse;
pub use streaming::{StreamingRequest, StreamingResponse};
#[cfg(feature = "api-types")]
pub use types::{Entity, OAuthClientInfo, RoleDivision, TokenInfo};
