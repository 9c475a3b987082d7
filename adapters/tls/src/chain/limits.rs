//! Limits of the work that a chain may cause.

/// The greatest number of certificates besides the server's own that are used. The engine `tls13` ignores further ones.
pub const MAX_INTERMEDIATES: usize = 4;

/// The greatest number of signatures that are verified for one chain. A chain that requires more is refused.
///
/// A well-configured chain requires one per certificate of its path. A hostile server can require a hundred with CAs of the same
/// name, each of which could have signed the certificates of the others. The README's table has the cost in instructions.
pub const MAX_SIGNATURES: u8 = 8;
