//! The wire format: the token request and the responses of the service.
//!
//! It knows neither the time nor the current token, which are [`lifecycle`](crate::lifecycle)'s. The order to read in:
//! [`request`] and [`grant`] for what is sent, then [`response`], [`refusal`] and [`failure`] for what is received, [`head`] for
//! the headers; [`authorization`] for the login of a user in a browser. Every rule about bytes from the network is in the table of its
//! module.

pub mod authorization;
mod basic;
mod bytes;
mod char_class;
mod checked;
mod content_coding;
mod date;
pub mod failure;
mod field;
pub mod form;
pub mod grant;
pub mod head;
mod json;
mod parameters;
mod plain_json;
mod protocol_error;
pub mod redirect;
pub mod refusal;
pub mod request;
pub mod response;
mod sink;
mod string;
mod swar;
mod value;
mod wiped;

pub use checked::check_json;
pub use content_coding::content_coding;
pub use failure::ExchangeError;
pub use field::Field;
pub use grant::{Grant, GrantUse};
pub use head::{RateLimit, ResponseHead};
pub use plain_json::{PlainJson, plain_json};
pub use protocol_error::{ProtocolError, ProtocolErrorKind};
pub use redirect::{RedirectResponse, parse_redirect};
pub use refusal::{Refusal, RefusalClass, api_refusal};
pub use request::TokenRequest;
pub use response::{TokenResponse, parse_token_response};
pub use value::is_b64token;
