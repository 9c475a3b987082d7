//! The same work done by core and by its peers: a token response read, a token request written.
//!
//! Every parser gives the token, its type, its lifetime and the scope, or the error; what else a body holds it skips.

pub mod bodies;
pub mod request;
pub mod response;
