//! Sources of client id and secret.

#[cfg(feature = "command")]
mod command;
mod dotenv;
mod env;
mod error;
mod file;
mod host_url;
#[cfg(feature = "command")]
mod pipe;
#[cfg(feature = "command")]
mod process;
mod source;

#[cfg(feature = "command")]
pub use command::CommandCredentials;
pub use dotenv::Dotenv;
pub use env::EnvCredentials;
pub use error::CredentialError;
pub use file::FileCredentials;
pub use host_url::HostUrl;
pub use source::{CredentialSource, Credentials, CredentialsFuture, StaticCredentials};
