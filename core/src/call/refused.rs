//! The message for a refusal that is not answered by another attempt.

use core::fmt;

use crate::wire::{Refusal, RefusalClass};

/// A refusal that is the caller's, after [`Next::Refused`](super::Next::Refused): shown as the [`Refusal`] itself, and of a
/// refused token with what to do when a new one fares no better.
#[derive(Clone, Copy, Debug)]
pub struct RefusedCall<'a>(pub &'a Refusal);

impl fmt::Display for RefusedCall<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self.0, f)?;
        match self.0.class() {
            // Asked again already with a new token, if one was to be had.
            RefusalClass::AccessToken => f.write_str(
                "; if new tokens are refused as well, check that login host and API host are of one region",
            ),
            _ => Ok(()),
        }
    }
}
