//! What a connection has sent and received, to classify its loss.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use genesys_token_core::call::Loss;

/// Nothing has been received yet.
const FIRST: u8 = 0;
/// Bytes were received after the last ones that were sent.
const ANSWERED: u8 = 1;
/// Bytes were sent after a response, and nothing was received since then.
const ASKED_AGAIN: u8 = 2;

/// The exchanges of one connection without pipelining, shared with the errors of its requests.
#[derive(Clone, Debug, Default)]
pub(super) struct Exchanges(Arc<AtomicU8>);

impl Exchanges {
    pub(super) fn received(&self, bytes: usize) {
        if bytes > 0 && self.state() != ANSWERED {
            self.0.store(ANSWERED, Ordering::Relaxed);
        }
    }

    pub(super) fn sent(&self, bytes: usize) {
        if bytes > 0 && self.state() == ANSWERED {
            self.0.store(ASKED_AGAIN, Ordering::Relaxed);
        }
    }

    /// Returns how the connection was lost for its last request. `None`: a part of the response was received.
    pub(super) fn loss(&self) -> Option<Loss> {
        match self.state() {
            FIRST => Some(Loss::Unanswered { reused: false }),
            ASKED_AGAIN => Some(Loss::Unanswered { reused: true }),
            _ => None,
        }
    }

    fn state(&self) -> u8 {
        // Relaxed is enough: the channel that passes a request's error on orders it after what happened on the connection.
        self.0.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_silence_after_a_response_is_the_loss_of_a_kept_connection() {
        let exchanges = Exchanges::default();
        let known = exchanges.clone();
        exchanges.sent(10);
        exchanges.received(0);
        assert_eq!(known.loss(), Some(Loss::Unanswered { reused: false }));
        exchanges.received(1);
        assert_eq!(known.loss(), None);
        exchanges.sent(0);
        assert_eq!(known.loss(), None);
        exchanges.sent(10);
        exchanges.sent(10);
        assert_eq!(known.loss(), Some(Loss::Unanswered { reused: true }));
        exchanges.received(1);
        assert_eq!(known.loss(), None);
    }
}
