//! The sandbox, looked at through a small raw TLS client.
#![allow(clippy::std_instead_of_alloc, reason = "a program of hosts: std is at hand")]
#![allow(clippy::unwrap_used, reason = "helpers of tests fail their tests")]

mod behaviours;
mod bodies;
mod client;
mod grants;
mod handle;
mod program;
mod scenarios;
mod service;
mod tls;
