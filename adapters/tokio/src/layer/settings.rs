//! Settings that the services of a layer share.

use std::fmt;
use std::sync::Arc;

use genesys_token_core::call::Limits;

use crate::client::TokenClient;
use crate::origin::Origin;

/// Settings of a layer and of all its services.
#[derive(Clone)]
pub(super) struct LayerSettings<C> {
    pub(super) client: TokenClient,
    /// The hosts that receive the token.
    pub(super) origins: Arc<[Origin]>,
    pub(super) limits: Limits,
    /// Copies request bodies.
    pub(super) copy: C,
}

impl<C> fmt::Debug for LayerSettings<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenLayer")
            .field("client", &self.client)
            .field("origins", &self.origins)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}
