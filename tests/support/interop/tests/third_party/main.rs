//! The host client with OAuth servers of other authors: every grant, every way of client authentication, lost responses.

mod client_credentials;
mod codes;
mod lost_responses;
mod setup;
