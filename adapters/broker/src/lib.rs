#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]
#![allow(
    clippy::std_instead_of_core,
    clippy::std_instead_of_alloc,
    reason = "a program for hosts: std is at hand, and one name for each thing reads better"
)]

mod accounts;
pub mod config;
mod connection_timer;
mod daemon;
#[cfg(feature = "_fuzzing")]
#[doc(hidden)]
pub mod fuzzing;
mod hardening;
mod http;
mod metrics;
mod own_token;
mod peer;
mod random;
mod registry;
mod secret;
mod server;
mod service_manager;
mod status_table;
mod store;
mod store_metrics;
mod upstream;
mod watch;

pub use accounts::UnknownAccount;
pub use daemon::{DaemonError, read_config, run};
pub use metrics::NAMES as METRIC_NAMES;
pub use registry::RegistryError;
pub use secret::{NewSecret, new_store_key};
pub use server::ListenError;
pub use status_table::{fetch as fetch_status, table as status_table};
pub use store::StoreSetupError;
pub use upstream::UpstreamError;
