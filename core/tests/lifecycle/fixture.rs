//! A manager, a clock that only the test moves, and the service's responses as real bytes.

use genesys_token_core::lifecycle::{
    Answer, ExchangeReason, Failure, Generation, Outcome, Policy, Step, Ticket, TokenManager, WaitReason,
};
use genesys_token_core::time::{Duration, Instant};
use genesys_token_core::wire::{ResponseHead, parse_token_response};

pub(crate) const INVALID_CLIENT: &str = r#"{"error":"invalid_client","description":"authentication failed","error_description":"authentication failed"}"#;
pub(crate) const UNAUTHORIZED_CLIENT: &str = r#"{"error":"unauthorized_client","error_description":"client is not authorized to use the client_credential grant type"}"#;
pub(crate) const INVALID_SCOPE: &str = r#"{"error":"invalid_scope"}"#;
pub(crate) const INVALID_REQUEST: &str =
    r#"{"error":"invalid_request","error_description":"parameter missing"}"#;
pub(crate) const INVALID_GRANT: &str = r#"{"error":"invalid_grant"}"#;
pub(crate) const RATE_LIMIT_400: &str =
    r#"{"error":"invalid_request","error_description":"rate limit exceeded; try again later"}"#;
pub(crate) const TOO_MANY: &str = r#"{"message":"Rate limit exceeded the maximum. Retry the request in [42] seconds","code":"too.many.requests.retry.after","status":429}"#;
pub(crate) const HTML: &str = "<html><body>Bad Gateway</body></html>";

pub(crate) const fn secs(secs: u64) -> Duration {
    Duration::from_secs(secs)
}

/// The least and the greatest random value: the two ends of every jitter.
pub(crate) const LEAST: u32 = 0;
pub(crate) const MOST: u32 = u32::MAX;

/// Returns the body of a success; `None` omits `expires_in`.
pub(crate) fn token_body(text: &str, lifetime: Option<u64>) -> String {
    match lifetime {
        Some(secs) => format!(r#"{{"access_token":"{text}","token_type":"bearer","expires_in":{secs}}}"#),
        None => format!(r#"{{"access_token":"{text}","token_type":"bearer"}}"#),
    }
}

/// Returns the body of a success, with or without a refresh token.
pub(crate) fn token_body_with(text: &str, lifetime: Option<u64>, with_refresh_token: bool) -> String {
    let body = token_body(text, lifetime);
    if with_refresh_token { body.replace('}', r#","refresh_token":"next"}"#) } else { body }
}

/// Returns core's failure for a response without a token.
pub(crate) fn refusal<D>(status: u16, headers: &[(&str, &str)], body: &str) -> Failure<D> {
    let mut head = ResponseHead::new(status);
    for (name, value) in headers {
        head.header(name.as_bytes(), value.as_bytes());
    }
    let mut body = body.as_bytes().to_vec();
    parse_token_response(&head, &mut body).expect_err("a refusal").into()
}

/// The same with `Retry-After` in seconds.
pub(crate) fn refusal_after<D>(status: u16, retry_after: u64, body: &str) -> Failure<D> {
    refusal(status, &[("Retry-After", &retry_after.to_string())], body)
}

/// Returns core's failure for a body that is not a legal response.
pub(crate) fn nonsense<D>() -> Failure<D> {
    refusal(200, &[], "{")
}

pub(crate) struct Scene {
    pub(crate) manager: TokenManager<64>,
    pub(crate) now: Instant,
    /// The random value of every `complete`.
    pub(crate) random: u32,
    tokens: u32,
}

impl Scene {
    pub(crate) fn new() -> Self {
        Self::with(|_| {})
    }

    /// Creates a scene with a policy. Time does not begin at zero, so that no test passes only because of zero.
    pub(crate) fn with(change: impl FnOnce(&mut Policy)) -> Self {
        let mut policy = Policy::DEFAULT;
        // Tests of the checks set it again; in the others a wait has no checks.
        policy.credentials_check = Duration::MAX;
        change(&mut policy);
        Self {
            manager: TokenManager::new(policy),
            now: Instant::from_secs(1_000_000),
            random: LEAST,
            tokens: 0,
        }
    }

    /// Creates a scene in which a token of this lifetime has just been obtained, without delay.
    pub(crate) fn holding(lifetime: u64) -> Self {
        let mut scene = Self::new();
        scene.exchange(lifetime);
        scene
    }

    pub(crate) fn pass(&mut self, span: Duration) {
        self.now = self.now + span;
    }

    pub(crate) fn poll(&mut self) -> Step {
        let step = self.manager.poll(self.now);
        if let Step::Wait { until, .. } = step {
            assert!(until > self.now, "a wait that is over is no wait");
            assert_eq!(self.manager.next_deadline(), Some(until));
        }
        step
    }

    /// Polls; asserts that an exchange is due.
    pub(crate) fn due(&mut self) -> ExchangeReason {
        match self.poll() {
            Step::Exchange(reason) => {
                assert_eq!(self.manager.next_deadline(), Some(self.now), "due is due now");
                reason
            }
            step => panic!("no exchange due but {step:?}"),
        }
    }

    /// Polls; asserts that there is a wait, and returns its length and reason.
    pub(crate) fn wait(&mut self) -> (Duration, WaitReason) {
        match self.poll() {
            Step::Wait { until, reason } => (until.saturating_since(self.now), reason),
            step => panic!("no wait but {step:?}"),
        }
    }

    /// Waits exactly as long as `wait` says: one millisecond earlier, the step must still be the wait.
    pub(crate) fn sit_out(&mut self) {
        let (span, reason) = self.wait();
        self.pass(span.saturating_sub(Duration::from_millis(1)));
        assert_eq!(self.wait(), (Duration::from_millis(1), reason));
        self.pass(Duration::from_millis(1));
    }

    pub(crate) fn begin(&mut self) -> Ticket {
        self.due();
        let ticket = self.manager.begin(self.now).expect("a ticket, for an exchange is due");
        assert!(self.manager.begin(self.now).is_none(), "one exchange in flight");
        ticket
    }

    /// Completes the exchange of `ticket` with this body of a success. The test must choose distinct token texts.
    pub(crate) fn respond(&mut self, ticket: Ticket, body: &str) {
        let mut body = body.as_bytes().to_vec();
        let response = parse_token_response(&ResponseHead::new(200), &mut body).expect("a token response");
        self.manager.complete(ticket, self.now, Outcome::Token(&response), self.random);
    }

    pub(crate) fn fail_with(&mut self, ticket: Ticket, failure: Failure) {
        self.manager.complete(ticket, self.now, Outcome::Failed(failure), self.random);
    }

    /// Runs the due exchange in no time; it obtains a token with a distinct text.
    pub(crate) fn exchange(&mut self, lifetime: u64) -> Generation {
        let ticket = self.begin();
        self.tokens += 1;
        self.respond(ticket, &token_body(&format!("token-{}", self.tokens), Some(lifetime)));
        self.generation()
    }

    /// Runs the due exchange in no time; it fails.
    pub(crate) fn exchange_fails(&mut self, failure: Failure) {
        let ticket = self.begin();
        self.fail_with(ticket, failure);
    }

    /// Repeats that `times` over and waits in between, but not after the last one.
    pub(crate) fn exchanges_fail(&mut self, times: usize, failure: &Failure) {
        for nth in 0..times {
            if nth > 0 {
                self.sit_out();
            }
            self.exchange_fails(failure.clone());
        }
    }

    /// Returns the text of the valid token.
    pub(crate) fn token(&self) -> Option<&str> {
        match self.manager.token(self.now) {
            Answer::Ready(token) => {
                assert!(self.now < token.expires_at, "a token was returned after its end");
                Some(token.access_token())
            }
            _ => None,
        }
    }

    pub(crate) fn generation(&self) -> Generation {
        match self.manager.token(self.now) {
            Answer::Ready(token) => token.generation,
            answer => panic!("no token but {answer:?}"),
        }
    }

    pub(crate) fn is_pending(&self) -> bool {
        matches!(self.manager.token(self.now), Answer::Pending)
    }

    /// Returns when the next exchange is due, as a caller without a token sees it.
    pub(crate) fn retry_at(&self) -> Option<Instant> {
        match self.manager.token(self.now) {
            Answer::Unavailable { retry_at, .. } => retry_at,
            answer => panic!("not unavailable but {answer:?}"),
        }
    }
}
