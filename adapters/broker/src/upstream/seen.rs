//! What is known of the last token of one set of credentials.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use genesys_token_tokio::core::lifecycle::Generation;
use genesys_token_tokio::{Token, TokenClient};
use zeroize::Zeroizing;

/// The last token, as requests need it.
pub(super) struct Seen {
    refresh_margin: Duration,
    record: Mutex<Option<Record>>,
}

struct Record {
    generation: Generation,
    /// The remaining lifetime at which the token is no longer handed out.
    margin: Duration,
    /// The token and a line end, for all responses; wiped with the last of them.
    line: Bytes,
}

impl Seen {
    pub(super) fn new(refresh_margin: Duration) -> Self {
        Self { refresh_margin, record: Mutex::default() }
    }

    /// Returns whether a token of this client may be handed out. As in core, the margin is at most a quarter of the lifetime.
    pub(super) fn is_outside_margin(&self, client: &TokenClient, token: &Token) -> bool {
        token.expires_in() > self.read(client, token, |record| record.margin)
    }

    /// Returns the token with a line end, if it may be handed out.
    pub(super) fn line(&self, client: &TokenClient, token: &Token) -> Option<Bytes> {
        let left = token.expires_in();
        self.read(client, token, |record| (left > record.margin).then(|| record.line.clone()))
    }

    /// Wipes the copy of the token.
    pub(super) fn forget(&self) {
        *self.record.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Reads the record of a token; the first time it is made.
    fn read<T>(&self, client: &TokenClient, token: &Token, read: impl FnOnce(&Record) -> T) -> T {
        let mut record = self.record.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(record) = &*record
            && record.generation == token.generation()
        {
            return read(record);
        }
        let mut line = Zeroizing::new(Vec::with_capacity(token.expose().len() + 1));
        line.extend_from_slice(token.expose_bytes());
        line.push(b'\n');
        // The token may be old already: its first consumer may ask late.
        let lifetime = client.status().token_age.unwrap_or_default() + token.expires_in();
        read(record.insert(Record {
            generation: token.generation(),
            margin: self.refresh_margin.min(lifetime / 4),
            line: Bytes::from_owner(line),
        }))
    }
}
