//! The endpoint's responses as core parses them: each is parsed once, from real bytes.

use genesys_token_core::time::Duration;
use genesys_token_core::wire::{ExchangeError, Refusal, ResponseHead, TokenResponse, parse_token_response};

/// Every response that occurs in one simulation.
#[derive(Debug)]
pub(crate) struct Replies<'b> {
    pub(crate) token: TokenResponse<'b>,
    pub(crate) bad_credentials: Refusal,
    pub(crate) unavailable: Refusal,
    /// The refusals by the seconds of `Retry-After`.
    limited: Vec<Refusal>,
}

/// Memory for the response of a token.
pub(crate) const BODY: usize = 128;

impl<'b> Replies<'b> {
    /// Parses the responses. `None` if core's result is not the expected one.
    pub(crate) fn new(lifetime: Duration, buffer: &'b mut [u8; BODY]) -> Option<Self> {
        let text =
            format!(r#"{{"access_token":"t","token_type":"bearer","expires_in":{}}}"#, lifetime.as_secs());
        let body = buffer.get_mut(..text.len())?;
        body.copy_from_slice(text.as_bytes());
        let limited = r#"{"error":"invalid_request","description":"rate limit exceeded; try again later",
            "error_description":"rate limit exceeded; try again later"}"#;
        let bad_credentials = r#"{"error":"invalid_client","description":"authentication failed",
            "error_description":"authentication failed"}"#;
        Some(Self {
            token: parse_token_response(&ResponseHead::new(200), body).ok()?,
            bad_credentials: refusal(400, 0, bad_credentials)?,
            unavailable: refusal(503, 0, "")?,
            limited: (0..=60).map(|seconds| refusal(400, seconds, limited)).collect::<Option<_>>()?,
        })
    }

    /// Returns the lifetime of every token.
    pub(crate) fn lifetime(&self) -> Duration {
        self.token.expires_in()
    }

    /// Returns the refusal with this many seconds of `Retry-After`; zero for none.
    pub(crate) fn limited(&self, seconds: u8) -> Option<&Refusal> {
        self.limited.get(usize::from(seconds))
    }
}

fn refusal(status: u16, retry_after: u8, body: &str) -> Option<Refusal> {
    let mut head = ResponseHead::new(status);
    if retry_after > 0 {
        head.header(b"Retry-After", retry_after.to_string().as_bytes());
    }
    match parse_token_response(&head, &mut body.as_bytes().to_vec()) {
        Err(ExchangeError::Refused(refusal)) => Some(refusal),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use genesys_token_core::wire::RefusalClass;

    #[test]
    fn the_core_reads_the_answers_as_meant() {
        let mut buffer = [0; BODY];
        let replies = Replies::new(Duration::from_secs(86_399), &mut buffer).expect("legal answers");
        assert_eq!(replies.lifetime(), Duration::from_secs(86_399));
        assert_eq!(replies.bad_credentials.class(), RefusalClass::Credentials);
        assert_eq!(replies.unavailable.class(), RefusalClass::Unavailable);
        let limited = |seconds| replies.limited(seconds).map(|it| (it.class(), it.retry_after()));
        assert_eq!(limited(0), Some((RefusalClass::RateLimited, None)));
        assert_eq!(limited(42), Some((RefusalClass::RateLimited, Some(Duration::from_secs(42)))));
    }
}
