//! The steps of the connection to the login host, from the name lookup to the clock.

use std::time::{Duration, SystemTime};

use genesys_token_tokio::http::header::DATE;
use genesys_token_tokio::http::{HeaderMap, Method};
use genesys_token_tokio::{ApiError, ApiRequest, Phase, SecretString};

use super::report::{Outcome, Report};
use crate::credentials;
use crate::date;
use crate::endpoint::Service;
use crate::exit::{Exit, Problem};
use crate::explain;
use crate::service::Session;
use crate::settings::Settings;
use crate::trace::{self, Kept};

/// Sent in the place of an access token to the login host, which takes none: no secret is needed to see whether it answers.
const NO_TOKEN: &str = "genesys-token-doctor";

/// Above this difference, in seconds, certificates near their dates are misjudged, and times in logs mislead.
const CLOCK_MAX: u64 = 60;

const STEPS: [(&str, Phase); 4] = [
    ("name lookup", Phase::NameLookup),
    ("proxy", Phase::Proxy),
    ("TCP", Phase::Connect),
    ("TLS", Phase::TlsHandshake),
];

/// Checks the steps; returns whether the host answered.
pub(super) fn check(settings: &Settings<'_>, service: &Service, report: &mut Report) -> bool {
    let answer = ask(settings, service);
    let events = trace::kept();
    let (failed_in, answer) = match answer {
        Ok(headers) => (None, Ok(headers)),
        Err((phase, problem)) => (Some(phase), Err(problem)),
    };
    let mut problem = answer.as_ref().err();
    for (name, phase) in STEPS {
        let outcome = match failed_in {
            Some(failed) if failed == phase => {
                problem.take().map_or(Outcome::NotChecked(""), |problem| Outcome::Failed(problem.clone()))
            }
            // The proxy comes between TCP and TLS, although it is listed before them.
            Some(failed) if failed < phase && phase != Phase::Proxy => {
                Outcome::NotChecked("needs the steps before")
            }
            _ => Outcome::Passed(detail(phase, &events)),
        };
        report.add(name, outcome);
    }
    let clock = match (&answer, problem) {
        (Ok(headers), _) => clock(headers),
        (Err(_), Some(problem)) => Outcome::Failed(problem.clone()),
        (Err(_), None) => Outcome::NotChecked("needs an answer"),
    };
    let is_connected = answer.is_ok();
    report.add("clock", clock);
    is_connected
}

/// Sends a request without credentials to the login host; any answer will do. A failure before the connection counts as the proxy's: what
/// else could be invalid was checked before.
fn ask(settings: &Settings<'_>, service: &Service) -> Result<HeaderMap, (Phase, Problem)> {
    let before = |problem| (Phase::Proxy, problem);
    let service =
        service.clone().at_login_host().map_err(|error| before(Problem::config(&service.source, &error)))?;
    let path = service.endpoint.token_path().to_owned();
    let session = Session::of(settings, service, credentials::none).map_err(before)?;
    let request = ApiRequest::new(Method::HEAD, &path).rate_limit_wait(Duration::ZERO);
    match session.attempt(request, Some(&SecretString::new(NO_TOKEN))).map_err(before)? {
        Ok(response) => Ok(response.headers().clone()),
        Err(ApiError::Refused(refused)) => Ok(refused.headers().clone()),
        Err(error) => {
            let phase = match &error {
                ApiError::Transport(error) => error.phase(),
                _ => Phase::Response,
            };
            Err((phase, explain::api_error(&error, &session.context())))
        }
    }
}

/// What the events tell about a phase.
fn detail(phase: Phase, events: &[Kept]) -> String {
    let field = |message: &str, name: &str| {
        let event = events.iter().find(|event| event.message == message)?;
        let text = event.fields.get(name)?;
        Some(text.as_str().map_or_else(|| text.to_string(), str::to_owned))
    };
    let text = match phase {
        Phase::NameLookup => {
            let found = "the name was looked up";
            field(found, "host")
                .zip(field(found, "addresses"))
                .map(|(host, addresses)| format!("{host}: {}", addresses.trim_matches(['[', ']'])))
        }
        Phase::Proxy => match field("connecting through the proxy", "proxy") {
            Some(proxy) => Some(proxy),
            None => field("connecting directly", "proxy"),
        },
        Phase::Connect => field("a TCP connection was established", "address"),
        Phase::TlsHandshake => {
            let found = "TLS was negotiated";
            let words = [
                field(found, "version").map(|version| version.replace("TLSv1_", "TLS 1.")),
                field(found, "cipher_suite"),
                field("the certificate chain was verified", "anchors").map(|of| format!("trusted by {of}")),
            ];
            Some(words.into_iter().flatten().collect::<Vec<_>>().join(", "))
        }
        _ => None,
    };
    text.unwrap_or_default()
}

fn clock(headers: &HeaderMap) -> Outcome {
    let date = headers.get(DATE).and_then(|date| date.to_str().ok());
    let Some(theirs) = date.and_then(|date| httpdate::parse_http_date(date).ok()) else {
        return Outcome::NotChecked("the answer has no Date header");
    };
    let ours = SystemTime::now();
    let (difference, direction) = match ours.duration_since(theirs) {
        Ok(ahead) => (ahead, "ahead of"),
        Err(behind) => (behind.duration(), "behind"),
    };
    let seconds = difference.as_secs();
    if seconds <= CLOCK_MAX {
        return Outcome::Passed(format!(
            "{} (within {CLOCK_MAX} s of the service's)",
            date::rfc3339_of(ours)
        ));
    }
    let message = format!(
        "this machine's clock is {seconds} s {direction} the service's ({}); set it, for example by NTP: certificates are judged by it",
        date::rfc3339_of(theirs)
    );
    Outcome::Failed(Problem::new(Exit::Network, message))
}
