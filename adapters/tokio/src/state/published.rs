//! The token as callers receive it: one copy of the text, and a reference count for each group of threads.

use std::sync::Arc;

use super::thread_cache::{self, ClientKey};
use crate::token::{Token, TokenData, TokenHandle};

/// Handles of one token. More threads than this share them.
const HANDLES: usize = thread_cache::THREAD_GROUPS;

/// The current token and its handles. Lives under the client's lock.
#[derive(Default)]
pub(super) struct PublishedToken {
    data: Option<Arc<TokenData>>,
    handles: [Option<Arc<TokenHandle>>; HANDLES],
}

impl PublishedToken {
    pub(super) fn data(&self) -> Option<&TokenData> {
        self.data.as_deref()
    }

    /// Replaces the token. The previous one is no longer handed out.
    pub(super) fn replace(&mut self, data: Option<TokenData>) {
        if let Some(old) = &self.data {
            old.retire();
        }
        *self = Self { data: data.map(Arc::new), handles: Default::default() };
    }

    /// Returns the token, and stores its handle in the cache of the calling thread.
    pub(super) fn token(&mut self, client: ClientKey) -> Option<Token> {
        let data = self.data.as_ref()?;
        let handle = self.handles.get_mut(thread_cache::thread_group())?;
        let handle = handle.get_or_insert_with(|| Arc::new(TokenHandle::new(data.clone())));
        thread_cache::store(client, handle);
        Some(Token(handle.clone()))
    }
}
