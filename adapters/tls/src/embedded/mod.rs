//! embedded-tls with guards around it.
//!
//! - [`record_filter`]: between socket and engine; passes only records that are legal at that point;
//! - [`cipher`]: inside the engine; checks decrypted records before the engine parses them;
//! - [`messages`]: the structure of handshake messages, which the cipher guard checks;
//! - [`transcript`]: inside the engine; enforces the order of handshake messages;
//! - [`offer`]: on the outgoing `ClientHello`; replaces signature schemes that are not supported;
//! - [`server_hello`]: checks the `ServerHello` before the engine parses it;
//! - [`verifier`]: verifies the server's chain and its `CertificateVerify`;
//! - [`state`]: what these share.

mod cipher;
mod engine;
mod fault_code;
mod messages;
mod offer;
mod reader;
mod record_filter;
mod server_hello;
mod session;
mod state;
mod suite;
mod transcript;
mod unsupported_scheme;
mod verifier;
mod workspace;

pub use engine::EmbeddedTls;
pub use session::Session;
pub use workspace::Workspace;
