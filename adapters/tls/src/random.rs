//! Adapters for generators of newer versions of `rand_core`. The engines take those of 0.6, as the crates below them do.
//!
//! Both newer versions distinguish generators that can fail; an engine has no use for one that failed. Such a generator needs
//! the adapter `UnwrapErr` of its version, which panics then, or a generator that is seeded from it.

/// Implements the traits of `rand_core` 0.6 by methods of the same names.
#[cfg(any(feature = "rand_core-09", feature = "rand_core-010"))]
macro_rules! adapt {
    ($name:ident, $rng:path) => {
        impl<R: $rng> rand_core::RngCore for $name<R> {
            fn next_u32(&mut self) -> u32 {
                self.0.next_u32()
            }

            fn next_u64(&mut self) -> u64 {
                self.0.next_u64()
            }

            fn fill_bytes(&mut self, bytes: &mut [u8]) {
                self.0.fill_bytes(bytes);
            }

            /// Does not fail.
            fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), rand_core::Error> {
                self.0.fill_bytes(bytes);
                Ok(())
            }
        }

        impl<R: $rng> rand_core::CryptoRng for $name<R> {}

        /// Without the generator, which is a secret.
        impl<R> core::fmt::Debug for $name<R> {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.debug_struct(stringify!($name)).finish_non_exhaustive()
            }
        }
    };
}

/// A cryptographic generator of `rand_core` 0.9, or a reference to one, as one of `rand_core` 0.6.
#[cfg(feature = "rand_core-09")]
pub struct Rand09<R>(pub R);

#[cfg(feature = "rand_core-09")]
adapt!(Rand09, rand_core_09::CryptoRng);

/// A cryptographic generator of `rand_core` 0.10, or a reference to one, as one of `rand_core` 0.6.
#[cfg(feature = "rand_core-010")]
pub struct Rand010<R>(pub R);

#[cfg(feature = "rand_core-010")]
adapt!(Rand010, rand_core_010::CryptoRng);
