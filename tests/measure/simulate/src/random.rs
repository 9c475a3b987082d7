//! Random values that are the same in every run and on every machine.

/// `SplitMix64`: an addition and two multiplications; every seed is suitable.
#[derive(Clone, Debug)]
pub(crate) struct Random(u64);

impl Random {
    /// Returns the random numbers of one device in one fleet. Fleets with the same seed have the same devices, whatever their
    /// clients.
    pub(crate) fn of_device(seed: u64, device: u32) -> Self {
        let mut random = Self(seed ^ (u64::from(device) << 32));
        let state = random.next();
        Self(state)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Returns 32 bits, the random value for a token manager.
    pub(crate) fn word(&mut self) -> u32 {
        u32::try_from(self.next() >> 32).unwrap_or(u32::MAX)
    }

    /// Returns a uniformly distributed value below `bound`; zero if that is zero.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        let product = u128::from(self.next()) * u128::from(bound);
        u64::try_from(product >> 64).unwrap_or(0)
    }
}
