//! Tests of the sandbox with a small raw TLS client.
#![allow(clippy::std_instead_of_alloc, reason = "runs on hosts only, where std is available")]
#![allow(clippy::unwrap_used, reason = "a failing helper fails its test")]

mod behaviours;
mod bodies;
mod client;
mod consent;
mod grants;
mod handle;
mod one_port;
mod paging;
mod program;
mod scenarios;
mod service;
mod tls;
