//! Errors of the benchmark.

/// An error that ends it.
pub(crate) type AnyError = Box<dyn std::error::Error + Send + Sync>;
