//! Modules that the fuzz targets share: formats of inputs, and reference implementations with which core is compared.
//!
//! The references are written to be obviously correct, not fast: they copy, allocate and recurse.

pub mod clients_file;
pub mod dns;
pub mod events;
pub mod form;
pub mod host_url;
pub mod json;
pub mod model;
pub mod number;
pub mod pieces;
pub mod response;
pub mod rustls_client;
pub mod settings;
pub mod tls_differences;
pub mod tls_outcome;
pub mod tls_script;
pub mod token;
