//! The same work done by core and by other libraries: reading a token response, writing a token request.
//!
//! Every parser returns the token, its type, its lifetime and the scope, or the error, and skips the other members.

pub mod bodies;
pub mod request;
pub mod response;
