//! The state of a grant: how often it can be used, and whether it was.

use core::fmt;

use crate::wire::GrantUse;

/// The state of a [`TokenManager`](super::TokenManager)'s grant: [`ClientCredentials`] or [`AnyGrant`].
///
/// A type and not a value, so that a device with a repeatable grant has no code for the others.
pub trait GrantState: fmt::Debug + sealed::Sealed {
    /// Returns whether the grant can be used as often as tokens are needed.
    fn is_repeatable(&self) -> bool;
    /// Notes that an exchange begins.
    fn sent(&mut self);
    /// Notes that the outcome shows that the grant was not used.
    fn unspent(&mut self);
    /// Notes that a token was issued, with or without a refresh token.
    fn token_issued(&mut self, has_refresh_token: bool);
    /// Returns whether the grant was sent and may therefore be used up.
    fn is_spent(&self) -> bool;
}

/// Client credentials: never used up (RFC 6749 section 4.4).
#[derive(Clone, Copy, Debug, Default)]
pub struct ClientCredentials;

/// Any grant, including those that can be used only once.
///
/// It counts as spent once it is sent, until the outcome shows the contrary.
#[derive(Clone, Copy, Debug)]
pub struct AnyGrant {
    usage: GrantUse,
    is_spent: bool,
}

impl AnyGrant {
    /// Creates a grant that was not sent yet.
    #[must_use]
    pub const fn new(usage: GrantUse) -> Self {
        Self { usage, is_spent: false }
    }
}

impl GrantState for ClientCredentials {
    fn is_repeatable(&self) -> bool {
        true
    }

    fn sent(&mut self) {}

    fn unspent(&mut self) {}

    fn token_issued(&mut self, _has_refresh_token: bool) {}

    fn is_spent(&self) -> bool {
        false
    }
}

impl GrantState for AnyGrant {
    fn is_repeatable(&self) -> bool {
        self.usage == GrantUse::Repeatable
    }

    fn sent(&mut self) {
        self.is_spent = !self.is_repeatable();
    }

    fn unspent(&mut self) {
        self.is_spent = false;
    }

    /// A refresh token replaces the grant; without one, the refresh token that was sent stays valid (RFC 6749 section 6). If the
    /// caller has replaced the grant meanwhile, the new one was not sent, and stays as it is.
    fn token_issued(&mut self, has_refresh_token: bool) {
        if self.is_spent && (has_refresh_token || self.usage == GrantUse::Refresh) {
            *self = Self::new(GrantUse::Refresh);
        }
    }

    fn is_spent(&self) -> bool {
        self.is_spent
    }
}

mod sealed {
    /// Keeps other crates from implementing the trait, so that it can grow.
    pub trait Sealed {}
    impl Sealed for super::ClientCredentials {}
    impl Sealed for super::AnyGrant {}
}
