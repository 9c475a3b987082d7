//! The real program against the sandbox: outputs, exit codes, messages, and where secrets go.
//!
//! What is about Unix, or compares with programs of Unix, is left out on Windows: shells and their completions, Unix sockets, permissions of
//! files, terminals, transcripts (they show paths), openssl and the Secret Service.
#![allow(
    clippy::unwrap_used,
    clippy::std_instead_of_core,
    clippy::std_instead_of_alloc,
    reason = "tests of a program for hosts; a failing unwrap is a failing test"
)]

mod api;
mod audit;
#[cfg(unix)]
mod broker;
#[cfg(unix)]
mod completions;
mod doctor;
mod exec;
mod failures;
mod get;
#[cfg(all(target_os = "linux", feature = "keyring"))]
mod keyring;
mod login;
#[cfg(feature = "probe")]
mod probe;
#[cfg(all(unix, feature = "probe"))]
mod probe_openssl;
mod profile;
mod provision;
mod regions;
#[cfg(feature = "sandbox")]
mod sandbox;
#[cfg(unix)]
mod terminal;
mod tool;
#[cfg(unix)]
mod transcript;
#[cfg(unix)]
mod transcripts;
#[cfg(unix)]
mod transcripts_complete;
mod usage;
mod verify;
