//! What goes over the wire: the token request, and what the service answers.
//!
//! Knows nothing of time passing and of tokens held: that is [`lifecycle`](crate::lifecycle)'s.

pub mod failure;
pub mod grant;
pub mod head;
pub mod request;
pub mod response;

pub use failure::{
    ExchangeError, Field, ProtocolError, ProtocolErrorKind, Refusal, RefusalClass, api_refusal,
};
pub use grant::Grant;
pub use head::ResponseHead;
pub use request::TokenRequest;
pub use response::{TokenResponse, parse_token_response};
