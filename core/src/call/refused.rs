//! The message for a refusal that is returned to the caller.

use core::fmt;

use crate::wire::{Refusal, RefusalClass};

/// The refusal that is returned to the caller after [`Next::Refused`](super::Next::Refused). Its message is that of the
/// [`Refusal`]; for a refused token it also says what to do if a new token is refused as well.
#[derive(Clone, Copy, Debug)]
pub struct RefusedCall<'a>(pub &'a Refusal);

impl fmt::Display for RefusedCall<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self.0, f)?;
        match self.0.class() {
            // The request was sent again with a new token, if there was one.
            RefusalClass::AccessToken => f.write_str(
                "; if new tokens are refused as well, check that login host and API host are of one region",
            ),
            _ => Ok(()),
        }
    }
}
