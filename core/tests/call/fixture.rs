//! A call, a clock, and the service's answers.

use genesys_token_core::call::{Call, GiveUp, Limits, Loss, Next, Replay};
use genesys_token_core::time::{Duration, Instant};
use genesys_token_core::wire::ResponseHead;

pub(crate) const BAD_CREDENTIALS: &str =
    r#"{"message":"Invalid login credentials.","code":"bad.credentials","status":401}"#;
pub(crate) const FORBIDDEN_ADDRESS: &str = r#"{"message":"no","code":"ip.not.authorized","status":401}"#;
pub(crate) const TOO_MANY: &str = r#"{"message":"Rate limit exceeded the maximum. Retry the request in [42] seconds","code":"too.many.requests.retry.after","status":429}"#;

pub(crate) const fn secs(secs: u64) -> Duration {
    Duration::from_secs(secs)
}

pub(crate) const START: Instant = Instant::from_secs(1_000);

pub(crate) struct Scene {
    pub(crate) call: Call,
    pub(crate) now: Instant,
    pub(crate) random: u32,
    /// The manager's answer to a refused token: whether another one can be expected.
    pub(crate) another: bool,
    /// The number of refused tokens that were reported.
    pub(crate) reported: u32,
}

impl Scene {
    pub(crate) fn of(method: &str) -> Self {
        Self::with(Replay::of_method(method), Limits::DEFAULT)
    }

    pub(crate) fn with(replay: Replay, limits: Limits) -> Self {
        Self { call: Call::new(replay, limits), now: START, random: 0, another: true, reported: 0 }
    }

    /// Creates a call with waits for the rate limit up to this.
    pub(crate) fn waiting(seconds: u64) -> Self {
        let mut limits = Limits::DEFAULT;
        limits.rate_limit_wait = secs(seconds);
        Self::with(Replay::of_method("GET"), limits)
    }

    /// Creates a call with this deadline.
    pub(crate) fn within(seconds: u64) -> Self {
        let mut limits = Limits::DEFAULT;
        limits.deadline = START + secs(seconds);
        Self::with(Replay::of_method("GET"), limits)
    }

    pub(crate) fn status(&mut self, status: u16) -> Next {
        self.answer(status, None, "")
    }

    pub(crate) fn too_many(&mut self, retry_after: &str) -> Next {
        self.answer(429, Some(retry_after), TOO_MANY)
    }

    pub(crate) fn answer(&mut self, status: u16, retry_after: Option<&str>, body: &str) -> Next {
        let mut head = ResponseHead::new(status);
        if let Some(value) = retry_after {
            head.header(b"Retry-After", value.as_bytes());
        }
        let (another, reported) = (self.another, &mut self.reported);
        self.call.answered(&head, body.as_bytes(), self.now, self.random, || {
            *reported += 1;
            another
        })
    }

    pub(crate) fn lose(&mut self, loss: Loss) -> Result<(), GiveUp> {
        self.call.lost(loss, self.now)
    }

    /// Returns the decision for a wait of this length from now.
    pub(crate) fn wait(&self, span: Duration) -> Next {
        Next::Wait { until: self.now + span }
    }
}
