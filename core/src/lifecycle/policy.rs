//! The numbers of all decisions, with their units and sources.

use core::fmt;

use crate::time::Duration;

/// The difference between the longest time that an adapter gives an exchange and the time after which it is presumed lost: the
/// processor may be busy with a handshake, and a timer may fire late. Our choice.
const EXCHANGE_MARGIN: Duration = Duration::from_secs(5);

/// The numbers of all decisions.
///
/// All are spans in milliseconds ([`Duration`]). Take [`Policy::DEFAULT`] and change single fields. No combination of values
/// makes the manager panic, loop, or return a token that has ended; each field documents the effect of unusual values.
///
/// "Service" sources are the reference of the service's behaviour: token validity 300 s to 172,800 s by default and up to
/// 38,880,000 s, a token endpoint limit of unknown size that is answered with status 400, and an inactivity timeout
/// of 5 minutes to 8 hours that an organisation may set.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Policy {
    /// The least time between the refresh and the end of a token. Default 300 s.
    ///
    /// Never more than a quarter of the lifetime: a token of 300 s, the shortest the service grants, is refreshed at the latest
    /// 75 s before its end. Source: our choice. An outage of five minutes has no effect; the service's own Go SDK takes 60 s.
    pub refresh_margin: Duration,
    /// The refresh begins earlier than that by a random part of this. Default 4 h.
    ///
    /// Never more than a tenth of the lifetime, which is 30 s of 300 s and 2.4 h of a day; on average that costs one request in
    /// twenty. Source: our choice, by simulation (`cargo xtask simulate`). Machines that started together, for example after a
    /// power cut, do not all refresh together a day later, and an outage of minutes does not coincide with the end of all their
    /// tokens.
    pub refresh_jitter: Duration,
    /// The time after which an exchange that has not ended is presumed lost, like a transport failure. Default 30 s.
    ///
    /// It must be longer than the adapter's own deadlines for an exchange, because a later response is not used;
    /// [`covering`](Self::covering) ensures that. Source: our choice, three times the adapters' default deadline.
    pub exchange_timeout: Duration,
    /// The least time between the beginnings of two exchanges. Default 1 s.
    ///
    /// One exception: the first exchange after the API refused a token is due without delay. Zero removes the limit, and is for
    /// tests. Source: our choice. Whatever the service answers, however short its tokens are and however often credentials
    /// change, requests are not more frequent.
    pub exchange_spacing: Duration,
    /// The least wait after a transport failure, a 5xx or 408, a protocol error or a rate limit without `Retry-After`. Default 1
    /// s.
    ///
    /// The wait is random between this and a ceiling that doubles with each failure in a row, from twice this up to
    /// [`backoff_max`](Self::backoff_max). Source: the bounds of the service's Terraform provider begin at 1 s.
    pub backoff_min: Duration,
    /// The longest such wait. Default 60 s. Less than `backoff_min` counts as `backoff_min`.
    ///
    /// After more than eight rate limits in a row, waits grow up to five times this. Source: our choice; within a minute of the
    /// service's return the token is there. A rate limit that lasts is shared by many clients, and waits of five minutes reduce
    /// the load (`cargo xtask simulate`).
    pub backoff_max: Duration,
    /// The wait after the first refusal of the credentials or the client. Default 300 s.
    ///
    /// It doubles with each further one up to [`refused_max`](Self::refused_max); up to a tenth is added at random. Source: our
    /// choice. Only a person can fix this, which `credentials_changed` reports; until then each attempt counts against the token
    /// endpoint's limit without benefit.
    pub refused_min: Duration,
    /// The longest such wait, before the tenth is added. Default 3600 s. Less than `refused_min` counts as `refused_min`.
    ///
    /// Source: our choice; a client that was enabled again is used within about an hour without intervention.
    pub refused_max: Duration,
    /// The interval at which the credential source is checked for other credentials while the service refuses the last ones
    /// ([`Step::CheckCredentials`](super::Step::CheckCredentials)). Default 60 s; [`Duration::MAX`]: never. Less than
    /// [`exchange_spacing`](Self::exchange_spacing) counts as that.
    ///
    /// Equal credentials are not sent again before the wait is over. Source: our choice; a secret that was replaced in a file or
    /// a vault is used within a minute, without a report.
    pub credentials_check: Duration,
    /// The longest `Retry-After` that is obeyed; a longer one counts as this. Default 3600 s.
    ///
    /// Source: RFC 9110 section 10.2.3 sets no limit, and the service is known to send hours for daily limits (its SDKs refuse
    /// more than 180 s). A mistaken or hostile value must not stop a machine for good.
    pub retry_after_max: Duration,
    /// The lifetime of a token whose `expires_in` is zero or absent. Default 300 s.
    ///
    /// Source: RFC 6749 section 5.1 only recommends `expires_in`; 300 s is the shortest the service grants. Zero makes each such
    /// token a failure ([`Failure::ExpiredOnArrival`](super::Failure::ExpiredOnArrival)).
    pub assumed_lifetime: Duration,
    /// The time without use after which a token counts as ended. Default `None`: the organisation has no such timeout.
    ///
    /// Set it a little shorter than the organisation's inactivity timeout (service: 5 minutes to 8 hours, at most 15
    /// minutes under HIPAA). Then report each use by `token_used`.
    pub idle_timeout: Option<Duration>,
}

impl Policy {
    /// The defaults, for constants and statics.
    pub const DEFAULT: Self = Self {
        refresh_margin: Duration::from_secs(300),
        refresh_jitter: Duration::from_secs(4 * 60 * 60),
        exchange_timeout: Duration::from_secs(30),
        exchange_spacing: Duration::from_secs(1),
        backoff_min: Duration::from_secs(1),
        backoff_max: Duration::from_secs(60),
        refused_min: Duration::from_secs(5 * 60),
        refused_max: Duration::from_secs(60 * 60),
        credentials_check: Duration::from_secs(60),
        retry_after_max: Duration::from_secs(60 * 60),
        assumed_lifetime: Duration::from_secs(300),
        idle_timeout: None,
    };

    /// Raises [`exchange_timeout`](Self::exchange_timeout) if it does not cover the adapter's own deadlines: `longest`, the time
    /// from the query of the credential source to the last byte of the response, and 5 s more for a busy processor.
    ///
    /// Each adapter calls this with its settings, so that an exchange that still has time left is never presumed lost.
    #[must_use]
    pub fn covering(mut self, longest: Duration) -> Self {
        self.exchange_timeout = self.exchange_timeout.max(longest + EXCHANGE_MARGIN);
        self
    }
}

// Not derived: the derived code for so many fields contains a panic that the linker cannot remove.
impl fmt::Debug for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Policy")
            .field("refresh_margin", &self.refresh_margin)
            .field("refresh_jitter", &self.refresh_jitter)
            .field("exchange_timeout", &self.exchange_timeout)
            .field("exchange_spacing", &self.exchange_spacing)
            .field("backoff_min", &self.backoff_min)
            .field("backoff_max", &self.backoff_max)
            .field("refused_min", &self.refused_min)
            .field("refused_max", &self.refused_max)
            .field("credentials_check", &self.credentials_check)
            .field("retry_after_max", &self.retry_after_max)
            .field("assumed_lifetime", &self.assumed_lifetime)
            .field("idle_timeout", &self.idle_timeout)
            .finish()
    }
}

impl Default for Policy {
    fn default() -> Self {
        Self::DEFAULT
    }
}
