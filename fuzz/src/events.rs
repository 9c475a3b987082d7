//! Events for a token manager, written as words, so that seeds can be read and written by hand.

use genesys_token_core::lifecycle::Policy;
use genesys_token_core::time::Duration;
use genesys_token_core::wire::GrantUse;

/// An event.
#[derive(Clone, Copy, Debug)]
pub enum Event {
    /// `+5000`: this many milliseconds pass.
    Pass(u64),
    /// `-5000`: a call with a `now` that is this many milliseconds earlier.
    Earlier(u64),
    /// `b`: an exchange begins, if one is due.
    Begin,
    /// `t300`: the exchange returns a token with this lifetime in seconds; `t`: without a lifetime.
    Token(Option<u64>),
    /// `r300`: it returns a token with this lifetime in seconds, and a refresh token; `r`: without a lifetime.
    TokenAndRefreshToken(Option<u64>),
    /// `l`: it returns a token that is too long.
    LongToken,
    /// `s429,42`: it returns a refusal with this status, with or without `Retry-After`.
    Status(u16, Option<u64>),
    /// `e3,42`: it returns a refusal with the error code of this index in [`CODES`], with or without `Retry-After`.
    Code(usize, Option<u64>),
    /// `f`: no response.
    Transport,
    /// `n`: there were no credentials.
    NoCredentials,
    /// `g`: the credential source panicked.
    SourcePanicked,
    /// `j`: the response is not JSON.
    Malformed,
    /// `a`: the exchange is abandoned.
    Abandon,
    /// `o`: an exchange that is no longer in flight returns a token.
    Late,
    /// `u`: the token was used; `v`: the one before it.
    Used { former: bool },
    /// `x`: the API refused the token; `y`: the one before it.
    Refused { former: bool },
    /// `h`: the request was not sent.
    NotSent,
    /// `i`: another grant of the same kind.
    NewGrant,
    /// `c`: the credentials changed.
    Credentials,
    /// `z`: the token is cleared.
    Clear,
    /// `p`: a call of `poll` without anything else.
    Poll,
}

/// OAuth error codes, one for each way in which the manager reacts.
pub const CODES: [&str; 8] = [
    "invalid_client",
    "unauthorized_client",
    "invalid_grant",
    "invalid_request",
    "invalid_scope",
    "server_error",
    "slow_down",
    "unsupported_grant_type",
];

/// Returns the policy and the kind of grant that the first words describe, and the events. Unknown words are ignored.
pub fn read(text: &str) -> (Policy, GrantUse, Vec<Event>) {
    let (mut policy, mut grant) = (Policy::default(), GrantUse::Repeatable);
    let mut events = Vec::new();
    for word in text.split_ascii_whitespace() {
        if let Some((name, value)) = word.split_once('=') {
            match (name, value) {
                ("grant", "once") => grant = GrantUse::Once,
                ("grant", "refresh") => grant = GrantUse::Refresh,
                _ => set(&mut policy, name, value.parse().unwrap_or(0)),
            }
        } else {
            events.extend(event(word));
        }
    }
    (policy, grant, events)
}

fn set(policy: &mut Policy, name: &str, millis: u64) {
    let span = Duration::from_millis(millis);
    match name {
        "margin" => policy.refresh_margin = span,
        "jitter" => policy.refresh_jitter = span,
        "timeout" => policy.exchange_timeout = span,
        "spacing" => policy.exchange_spacing = span,
        "backoff" => policy.backoff_min = span,
        "backoff_max" => policy.backoff_max = span,
        "refused" => policy.refused_min = span,
        "refused_max" => policy.refused_max = span,
        "retry_after" => policy.retry_after_max = span,
        "assumed" => policy.assumed_lifetime = span,
        "idle" => policy.idle_timeout = Some(span),
        _ => {}
    }
}

fn event(word: &str) -> Option<Event> {
    let mut letters = word.chars();
    let letter = letters.next()?;
    let mut numbers = letters.as_str().split(',').map(|number| number.parse::<u64>().ok());
    let (first, second) = (numbers.next().flatten(), numbers.next().flatten());
    Some(match letter {
        '+' => Event::Pass(first?),
        '-' => Event::Earlier(first?),
        'b' => Event::Begin,
        't' => Event::Token(first),
        'r' => Event::TokenAndRefreshToken(first),
        'l' => Event::LongToken,
        's' => Event::Status(first.and_then(|status| status.try_into().ok())?, second),
        'e' => Event::Code(usize::try_from(first?).ok()? % CODES.len(), second),
        'f' => Event::Transport,
        'n' => Event::NoCredentials,
        'g' => Event::SourcePanicked,
        'h' => Event::NotSent,
        'i' => Event::NewGrant,
        'j' => Event::Malformed,
        'a' => Event::Abandon,
        'o' => Event::Late,
        'u' => Event::Used { former: false },
        'v' => Event::Used { former: true },
        'x' => Event::Refused { former: false },
        'y' => Event::Refused { former: true },
        'c' => Event::Credentials,
        'z' => Event::Clear,
        'p' => Event::Poll,
        _ => return None,
    })
}
