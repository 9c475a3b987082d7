//! The outcome of a TLS connection.

/// The result of a connection, from the client's view.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Whether the handshake was completed.
    pub connected: bool,
    /// The application data that the client received.
    pub received: Vec<u8>,
    pub end: End,
    /// The error that ended the connection, for the reader of a difference.
    pub error: Option<String>,
}

/// The end of a connection.
#[derive(Debug, Default, PartialEq, Eq, Clone, Copy)]
pub enum End {
    /// The transport ended, or a record or message was refused.
    #[default]
    Failed,
    /// By the server's `close_notify`.
    Closed,
}

impl Outcome {
    /// Returns how the outcomes of two clients of the same server differ.
    #[must_use]
    pub fn difference(&self, other: &Self) -> Option<&'static str> {
        if self.connected != other.connected {
            return Some("one of them connected");
        }
        if self.end != other.end {
            return Some("one of them saw a proper end");
        }
        (self.received != other.received).then_some("they received different data")
    }
}
