//! The script of a hostile server, with the expected behaviour of the client.

use core::fmt;

use tls_peer::peer::Peer;

/// The response of the correct server.
pub(super) const ANSWER: &[u8] = b"pong";

pub(super) struct Case {
    pub(super) name: String,
    pub(super) script: Script,
    pub(super) expected: Expectation,
    pub(super) leaf: Leaf,
}

pub(super) type Script = Box<dyn FnOnce(&mut Peer) + Send>;

#[derive(Debug, Clone, Copy)]
pub(super) enum Expectation {
    /// The response and a `close_notify` arrive.
    Answer,
    /// The client refuses the connection and sends nothing after its `ClientHello`. The beginning of the error, or several separated
    /// by `|`.
    Refused(&'static str),
    /// The client connects, receives these bytes, and then fails with this error.
    Failed(&'static str, &'static [u8]),
}
pub(super) use Expectation::{Answer, Failed, Refused};

impl fmt::Display for Expectation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Answer => f.write_str("answered"),
            Refused(error) => f.write_str(error),
            Failed(error, _) => write!(f, "later: {error}"),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Leaf {
    P256,
    Rsa,
    /// A key for Ed25519, which no engine supports.
    Ed25519,
    /// No certificate.
    None,
    /// A text in the place of a certificate.
    Malformed,
    /// The same certificate six times.
    Six,
}

impl Case {
    pub(super) fn new(
        name: impl Into<String>,
        expected: Expectation,
        script: impl FnOnce(&mut Peer) + Send + 'static,
    ) -> Self {
        Self { name: name.into(), script: Box::new(script), expected, leaf: Leaf::P256 }
    }

    pub(super) fn with(mut self, leaf: Leaf) -> Self {
        self.leaf = leaf;
        self
    }
}
