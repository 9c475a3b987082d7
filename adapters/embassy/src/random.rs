//! Uniformly distributed values for jitter and nonces. None protects a secret.

use embassy_time::Instant;

/// `SplitMix64`, seeded with the program's value. The clock's ticks are mixed in at each step.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) const fn new(seed: u32) -> Self {
        Self((seed as u64) << 32 | seed as u64)
    }

    pub(crate) fn next(&mut self) -> u32 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15) ^ Instant::now().as_ticks();
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        // The upper half.
        u32::try_from((mixed ^ (mixed >> 31)) >> 32).unwrap_or(0)
    }
}
