//! The stores through their public API: what all of them have in common, files, and real Redis servers that end, pause, fail over or become
//! unreachable.
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
