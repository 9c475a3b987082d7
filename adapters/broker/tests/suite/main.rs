//! The broker as a process, between consumers over real sockets and a sandbox of the service over verified TLS.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![allow(clippy::std_instead_of_core, clippy::std_instead_of_alloc, reason = "tests for hosts")]

mod broker;
mod config_file;
mod fairness;
mod forwarding;
mod http_client;
mod library;
mod limits;
mod lost_connection;
mod monitoring;
mod observation;
mod official_sdks;
mod operations;
mod packaging;
mod readme;
mod redis_fleet;
mod reload;
mod sdk_settings;
mod secrets;
mod service_manager;
mod shell_files;
mod soak;
mod store;
mod streaming;
mod tls_listener;
mod token_endpoint;
mod unix_socket;
