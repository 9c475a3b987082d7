//! The values of `--fail`.

use core::time::Duration;

use clap::ValueEnum;

use crate::behaviour::{Answer, Behaviour, Close, ConnectionFault, CutAt};
use crate::bodies::CORRELATION_ID;
use crate::certificates::Certificate;
use crate::response::Response;

/// The faults of `--fail`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum Fault {
    /// The token endpoint's rate limit: 400
    RateLimit,
    /// The API's rate limit: 429 with Retry-After of 5 seconds
    TooManyRequests,
    /// 400, unknown client or wrong secret
    InvalidClient,
    /// 400, client of another grant type
    UnauthorizedClient,
    /// 401, access token not accepted
    BadCredentials,
    /// 403, a permission is missing
    MissingPermission,
    /// 502 with an HTML page
    #[value(name = "html-502")]
    Html502,
    /// 503 without a body
    #[value(name = "empty-503")]
    Empty503,
    /// Regular answer, one byte every 100 ms
    Slow,
    /// Regular answer, cut off in its body
    Cut,
    /// Requests are read and never answered
    Hang,
    /// TCP is accepted, the TLS handshake never answered
    Silence,
    /// Connections reset immediately
    Reset,
    /// TLS handshakes rejected with an alert
    RefuseTls,
    /// Access tokens become invalid after 10 seconds; `expires_in` is unchanged
    TokenDiesEarly,
    /// An expired certificate
    ExpiredCertificate,
    /// A certificate that is not valid yet
    EarlyCertificate,
    /// A certificate for another host
    WrongHost,
    /// A certificate issued by an untrusted CA
    UnknownIssuer,
}

/// What a fault sets.
pub(crate) enum Effect {
    /// A behaviour for requests or connections.
    Behaviour(Behaviour),
    /// A certificate, for all connections.
    Certificate(Certificate),
}

impl Fault {
    pub(crate) fn effect(self) -> Effect {
        let behaviour: Behaviour = match self {
            Self::RateLimit => Response::token_rate_limited().into(),
            Self::TooManyRequests => Response::too_many_requests(5, CORRELATION_ID).into(),
            Self::InvalidClient => Response::authentication_failed().into(),
            Self::UnauthorizedClient => Response::unauthorized_client().into(),
            Self::BadCredentials => Response::bad_credentials(CORRELATION_ID).into(),
            Self::MissingPermission => {
                Response::missing_permission("authorization:role:view", CORRELATION_ID).into()
            }
            Self::Html502 => Response::html_bad_gateway().into(),
            Self::Empty503 => Response::empty_unavailable().into(),
            Self::Slow => Answer::service().dripping(1, Duration::from_millis(100)).into(),
            Self::Cut => Answer::service().cut(CutAt::Body(20), Close::Truncate).into(),
            Self::Hang => Behaviour::NeverAnswer,
            Self::Silence => ConnectionFault::Silence.into(),
            Self::Reset => ConnectionFault::Close(Close::Reset).into(),
            Self::RefuseTls => ConnectionFault::RefuseTls.into(),
            Self::TokenDiesEarly => Answer::short_lived_token(Duration::from_secs(10)).into(),
            Self::ExpiredCertificate => return Effect::Certificate(Certificate::Expired),
            Self::EarlyCertificate => return Effect::Certificate(Certificate::NotYetValid),
            Self::WrongHost => return Effect::Certificate(Certificate::WrongHost),
            Self::UnknownIssuer => return Effect::Certificate(Certificate::UnknownIssuer),
        };
        Effect::Behaviour(behaviour)
    }
}
