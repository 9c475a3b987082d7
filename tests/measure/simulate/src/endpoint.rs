//! A model of the token endpoint: a limit on requests, outages, one valid secret.
//!
//! The service documents neither the size nor the kind of its limit, so both are parameters. It documents the response with
//! status 400; whether it has `Retry-After` is not known, so one kind of limit sends it and the other does not.

use crate::{queue::Millis, random::Random};

/// A limit on granted tokens. Refused requests do not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Limit {
    /// This many in each minute; further requests get a `Retry-After` up to the next minute.
    PerMinute(u64),
    /// This many in each second; further requests get no `Retry-After`.
    PerSecond(u64),
}

/// The time during which the endpoint answers 503 to every request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Outage {
    pub(crate) from: Millis,
    pub(crate) to: Millis,
}

/// The endpoint's response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reply {
    Token,
    /// Status 400, "rate limit exceeded"; whole seconds of `Retry-After`, zero for none.
    Limited(u8),
    /// Status 400, `invalid_client`.
    BadCredentials,
    /// Status 503.
    Unavailable,
}

#[derive(Debug)]
pub(crate) struct Endpoint {
    limit: Limit,
    outage: Option<Outage>,
    /// The time from which the old secret is refused.
    secret_changed_at: Millis,
    /// The minute or second that `granted` counts in.
    window: u64,
    granted: u64,
}

impl Endpoint {
    pub(crate) fn new(limit: Limit, outage: Option<Outage>, secret_changed_at: Millis) -> Self {
        Self { limit, outage, secret_changed_at, window: 0, granted: 0 }
    }

    /// Answers a request. Requests must be in the order of their times.
    pub(crate) fn ask(&mut self, now: Millis, has_new_secret: bool) -> Reply {
        if self.outage.is_some_and(|outage| (outage.from..outage.to).contains(&now)) {
            return Reply::Unavailable;
        }
        let (length, most) = match self.limit {
            Limit::PerMinute(most) => (60_000, most),
            Limit::PerSecond(most) => (1_000, most),
        };
        if now / length != self.window {
            (self.window, self.granted) = (now / length, 0);
        }
        if self.granted >= most {
            let seconds = match self.limit {
                Limit::PerMinute(_) => (length - now % length).div_ceil(1000),
                Limit::PerSecond(_) => 0,
            };
            return Reply::Limited(u8::try_from(seconds).unwrap_or(u8::MAX));
        }
        self.granted += 1;
        if now >= self.secret_changed_at && !has_new_secret {
            return Reply::BadCredentials;
        }
        Reply::Token
    }
}

/// Returns the duration of a request: 50 ms to 150 ms. The endpoint decides at its beginning.
pub(crate) fn latency(random: &mut Random) -> Millis {
    50 + random.below(101)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_per_minute_tells_when_the_next_one_begins() {
        let mut endpoint = Endpoint::new(Limit::PerMinute(2), None, Millis::MAX);
        let replies = [1_000, 59_000, 59_000, 59_999, 60_000].map(|now| endpoint.ask(now, false));
        assert_eq!(replies, [Reply::Token, Reply::Token, Reply::Limited(1), Reply::Limited(1), Reply::Token]);
    }

    #[test]
    fn a_limit_per_second_tells_nothing() {
        let mut endpoint = Endpoint::new(Limit::PerSecond(1), None, Millis::MAX);
        let replies = [0, 999, 1_000].map(|now| endpoint.ask(now, false));
        assert_eq!(replies, [Reply::Token, Reply::Limited(0), Reply::Token]);
    }

    #[test]
    fn the_old_secret_ends_at_once_and_an_outage_answers_everybody() {
        let outage = Outage { from: 10, to: 20 };
        let mut endpoint = Endpoint::new(Limit::PerSecond(100), Some(outage), 5);
        assert_eq!(endpoint.ask(4, false), Reply::Token);
        assert_eq!(endpoint.ask(5, false), Reply::BadCredentials);
        assert_eq!(endpoint.ask(5, true), Reply::Token);
        assert_eq!(endpoint.ask(10, true), Reply::Unavailable);
        assert_eq!(endpoint.ask(20, true), Reply::Token);
    }
}
