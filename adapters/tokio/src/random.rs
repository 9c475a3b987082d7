//! Random values for jitter.

use std::hash::{BuildHasher as _, Hasher as _, RandomState};

/// Returns a uniformly distributed value. Not for secrets: it spreads the refreshes of many processes over time.
///
/// The standard library keys its hash maps with randomness of the operating system, each `RandomState` differently.
pub(crate) fn value() -> u32 {
    let wide = RandomState::new().build_hasher().finish();
    u32::try_from(wide >> 32).unwrap_or(u32::MAX)
}
