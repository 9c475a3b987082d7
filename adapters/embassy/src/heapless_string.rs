//! Conversions to `heapless::String`, with the feature `heapless`.

use genesys_token_core::heapless::String;
use genesys_token_core::heapless_string::to_string;
use genesys_token_core::text::CapacityError;

use crate::api::ApiError;
#[cfg(feature = "serde")]
use crate::api::JsonError;
use crate::client::Token;
use crate::clock::ClockError;
use crate::credentials::CredentialError;
use crate::error::{TokenError, TokenErrorKind};
use crate::resolver::NameLookupError;
use crate::transport::{TransportError, TransportErrorKind};

macro_rules! messages {
    ($($error:ty)*) => {$(
        /// The message of the error. [`CapacityError`] with the size needed if it does not fit.
        impl<const N: usize> TryFrom<&$error> for String<N> {
            type Error = CapacityError;

            fn try_from(error: &$error) -> Result<Self, CapacityError> {
                to_string("the error's message", error)
            }
        }
    )*};
}

messages! {
    ApiError
    ClockError
    CredentialError
    NameLookupError
    TokenError
    TokenErrorKind
    TransportError
    TransportErrorKind
}

#[cfg(feature = "serde")]
messages! {
    JsonError
}

impl Token<'_> {
    /// Copies the access token into a string, which is not wiped when it is dropped. As for [`expose`](Self::expose): do not log it.
    ///
    /// # Errors
    /// [`CapacityError`] with the size needed, if the token is longer than `N` bytes.
    pub fn expose_string<const N: usize>(&self) -> Result<String<N>, CapacityError> {
        to_string("the access token", self.expose())
    }
}
