//! Whether a request may be sent again.

/// The methods that are idempotent by RFC 9110 section 9.2.2.
const IDEMPOTENT: [&str; 6] = ["GET", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE"];

/// Whether a request may be sent again, and whether that is possible.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Replay {
    idempotent: bool,
    body_is_replayable: bool,
}

impl Replay {
    /// Takes the default of the method (RFC 9110 section 9.2.2; case-sensitive), for a body that can be sent again, or none.
    #[must_use]
    pub fn of_method(method: &str) -> Self {
        let idempotent = IDEMPOTENT.iter().any(|name| name.as_bytes() == method.as_bytes());
        Self { idempotent, body_is_replayable: true }
    }

    /// Marks the request as idempotent although its method is not: the caller knows that a second one is harmless.
    #[must_use]
    pub const fn idempotent(self) -> Self {
        Self { idempotent: true, ..self }
    }

    /// Marks the body as a stream that can be sent only once.
    #[must_use]
    pub const fn one_shot_body(self) -> Self {
        Self { body_is_replayable: false, ..self }
    }

    /// Returns whether the service may receive it twice.
    #[must_use]
    pub const fn is_idempotent(self) -> bool {
        self.idempotent
    }

    /// Returns whether the body can be sent again.
    #[must_use]
    pub const fn body_is_replayable(self) -> bool {
        self.body_is_replayable
    }
}
