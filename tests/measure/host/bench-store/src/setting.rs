//! The runtime, and where the server listens.

use std::path::{Path, PathBuf};

use tokio::runtime::Runtime;

use crate::error::AnyError;

/// Returns a runtime of one thread, as most services have for such work.
pub(crate) fn runtime() -> Result<Runtime, AnyError> {
    Ok(tokio::runtime::Builder::new_current_thread().enable_all().build()?)
}

/// Returns the socket of the server in this folder.
pub(crate) fn socket(folder: &Path) -> PathBuf {
    folder.join("redis.socket")
}
