//! Conversions to and from [`heapless::String`], with the feature `heapless`.
//!
//! | Value | To `String<N>` | From `&String<M>` |
//! |---|---|---|
//! | [`Text`], [`Scope`], [`ClientId`] | `TryFrom` | `TryFrom` |
//! | [`Region`] | `TryFrom` | `TryFrom` |
//! | [`Endpoint`] | its hosts, by [`to_string`] | `TryFrom` |
//! | [`Secret`] | [`Secret::expose_string`] | `TryFrom` |
//! | [`ClientSecret`] | – | `TryFrom` |
//! | errors, and all else with `Display` | `TryFrom` for those of this package, [`to_string`] | – |
//!
//! Nothing is truncated: a value that does not fit is a [`CapacityError`] with the size needed. A `String` is not wiped when it is
//! dropped.

use core::fmt::{self, Display, Write as _};

use heapless::String;

use crate::call::GiveUp;
use crate::lifecycle::Failure;
use crate::secret::Secret;
use crate::settings::{ClientId, ClientSecret, ConfigError, Endpoint, Region, RegionError, Scope};
use crate::text::{CapacityError, Text};
use crate::wire::authorization::AuthorizationError;
use crate::wire::{ExchangeError, ProtocolError, Refusal};

/// Writes a value as its `Display` shows it: a host name, a number, the message of an error. `what` names it in the error.
///
/// # Errors
/// [`CapacityError`] with the size needed, if it is longer than `N` bytes.
pub fn to_string<const N: usize>(
    what: &'static str,
    value: &(impl Display + ?Sized),
) -> Result<String<N>, CapacityError> {
    let mut writer = Writer { string: String::new(), needed: 0 };
    // The writer does not fail, so an error is the value's own, and what it wrote before counts.
    let _ = write!(writer, "{value}");
    let Writer { string, needed } = writer;
    if needed > N { Err(CapacityError { what, needed, capacity: N }) } else { Ok(string) }
}

/// Writes as long as all fits, and counts all.
struct Writer<const N: usize> {
    string: String<N>,
    needed: usize,
}

impl<const N: usize> fmt::Write for Writer<N> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.needed = self.needed.saturating_add(text.len());
        if self.needed <= N {
            // It fits.
            let _ = self.string.push_str(text);
        }
        Ok(())
    }
}

/// Implements `TryFrom<&Type>` for `String`.
macro_rules! to_string {
    ($($type:ty, $what:literal $(, $generic:ident)?;)*) => {$(
        /// [`CapacityError`] if it does not fit.
        impl<const N: usize $(, const $generic: usize)?> TryFrom<&$type> for String<N> {
            type Error = CapacityError;

            fn try_from(value: &$type) -> Result<Self, CapacityError> {
                to_string($what, value)
            }
        }
    )*};
}

to_string! {
    Text<M>, "text", M;
    Scope<M>, "scope", M;
    ClientId<M>, "client id", M;
    Region, "region";
    CapacityError, "the error's message";
    ConfigError, "the error's message";
    RegionError, "the error's message";
    ProtocolError, "the error's message";
    Refusal, "the error's message";
    ExchangeError, "the error's message";
    AuthorizationError, "the error's message";
    GiveUp, "the error's message";
}

/// [`CapacityError`] if it does not fit.
impl<const N: usize, D> TryFrom<&Failure<D>> for String<N> {
    type Error = CapacityError;

    fn try_from(failure: &Failure<D>) -> Result<Self, CapacityError> {
        to_string("the error's message", failure)
    }
}

/// Implements `TryFrom<&String>` by what the type makes of a `&str`.
macro_rules! from_string {
    ($($type:ty, $error:ty, $from:expr $(, $generic:ident)?;)*) => {$(
        /// As from a `&str`.
        impl<const N: usize $(, const $generic: usize)?> TryFrom<&String<N>> for $type {
            type Error = $error;

            fn try_from(string: &String<N>) -> Result<Self, $error> {
                $from(string.as_str())
            }
        }
    )*};
}

from_string! {
    Text<M>, CapacityError, |text| Self::new("text", text), M;
    Secret<M>, CapacityError, |text| Self::new("secret", text), M;
    Scope<M>, ConfigError, Self::new, M;
    ClientId<M>, ConfigError, Self::new, M;
    ClientSecret<M>, ConfigError, Self::new, M;
    Region, RegionError, Self::try_from;
    Endpoint, ConfigError, Self::try_from;
}

impl<const N: usize> Secret<N> {
    /// Copies the text into a string, which is not wiped when it is dropped. As for [`expose`](Self::expose): do not log it.
    ///
    /// # Errors
    /// [`CapacityError`] if the text is longer than `M` bytes.
    pub fn expose_string<const M: usize>(&self) -> Result<String<M>, CapacityError> {
        to_string("secret", self.expose())
    }
}
