//! What a request allows.

/// The methods that are idempotent by RFC 9110 section 9.2.2.
const IDEMPOTENT: [&str; 6] = ["GET", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE"];

/// Whether a request may be sent again, and whether it can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Replay {
    idempotent: bool,
    body_again: bool,
}

impl Replay {
    /// As the method says (RFC 9110 section 9.2.2; case matters), with a body that can be sent again, or none.
    #[must_use]
    pub fn of_method(method: &str) -> Self {
        let idempotent = IDEMPOTENT.iter().any(|name| name.as_bytes() == method.as_bytes());
        Self { idempotent, body_again: true }
    }

    /// Twice does no harm, although the method is not idempotent by itself: the caller knows.
    #[must_use]
    pub const fn idempotent(self) -> Self {
        Self { idempotent: true, ..self }
    }

    /// The body is gone once it was sent.
    #[must_use]
    pub const fn body_once(self) -> Self {
        Self { body_again: false, ..self }
    }

    /// Whether the service may get it twice.
    #[must_use]
    pub const fn is_idempotent(self) -> bool {
        self.idempotent
    }

    /// Whether the body can be sent again.
    #[must_use]
    pub const fn has_body_again(self) -> bool {
        self.body_again
    }
}
