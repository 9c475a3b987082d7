//! The stores through their public API: what all of them do, what happens to files, and what ends, pauses, failovers and interrupted paths
//! of real Redis servers do.
#![cfg(all(feature = "file", feature = "redis", target_os = "linux"))]
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::std_instead_of_core,
    clippy::std_instead_of_alloc,
    reason = "tests for hosts"
)]

#[cfg(feature = "redis-cluster")]
mod cluster;
mod file;
mod fixture;
mod fleet;
mod memory;
mod partition;
mod redis;
mod scenario;
mod sentinel;
