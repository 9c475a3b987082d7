//! What went wrong, as an exit code and as a sentence that says what to do next in terms of this tool.

use genesys_token_core::settings::ConfigError;
use genesys_token_core::wire::{Refusal, RefusalClass};
use genesys_token_tokio::{
    ApiError, CredentialError, Phase, TlsErrorKind, TokenError, TokenErrorKind, TransportError,
    TransportErrorKind,
};

use crate::exit::{Exit, Problem, too_long};

/// Why there is no token.
pub(crate) fn token_error(error: &TokenError) -> Problem {
    match error.kind() {
        TokenErrorKind::Refused { host, refusal } => refused(host, refusal),
        TokenErrorKind::Transport(error) => transport_error(error),
        TokenErrorKind::Protocol { .. } => Problem::new(
            Exit::Protocol,
            format!(
                "{error}; does --region, --domain or --login-host name the login host, and --token-path its path?"
            ),
        ),
        TokenErrorKind::Capacity(_) => Problem::new(Exit::Protocol, error.to_string()),
        TokenErrorKind::Config(ConfigError::Capacity(error))
        | TokenErrorKind::Credentials(CredentialError::Invalid(ConfigError::Capacity(error))) => {
            Problem::new(Exit::Usage, too_long(error))
        }
        TokenErrorKind::Credentials(CredentialError::TimedOut(_)) => {
            Problem::new(Exit::Usage, format!("{error}: --timeout does that"))
        }
        TokenErrorKind::Config(_) | TokenErrorKind::Credentials(_) => {
            Problem::new(Exit::Usage, error.to_string())
        }
        TokenErrorKind::FreshTokenRefused => Problem::new(Exit::Credentials, error.to_string()),
        _ => Problem::new(Exit::Other, error.to_string()),
    }
}

/// Why a call of the Platform API gave nothing.
pub(crate) fn api_error(error: &ApiError) -> Problem {
    match error {
        ApiError::Token(error) => token_error(error),
        ApiError::Transport(error) => transport_error(error),
        ApiError::Refused(refused) => self::refused(refused.host(), refused.refusal()),
        ApiError::AccessToken => Problem::new(Exit::Usage, error.to_string()),
        ApiError::Body { .. } => {
            Problem::new(Exit::Protocol, format!("{error}; does --api-host name a host of the Platform API?"))
        }
        _ => Problem::new(Exit::Other, error.to_string()),
    }
}

/// The service said no, at whichever host. The refusal's own words say what to do; added is how to do it here.
pub(crate) fn refused(host: &str, refusal: &Refusal) -> Problem {
    let (exit, hint) = match refusal.class() {
        RefusalClass::Credentials => (Exit::Credentials, "; `genesys-token regions` lists the regions"),
        RefusalClass::AccessToken => {
            (Exit::Credentials, "; a token serves in the region only that it is from")
        }
        RefusalClass::ClientNotAllowed => (
            Exit::NotAllowed,
            "; `genesys-token` needs an OAuth client with the grant type Client Credentials",
        ),
        RefusalClass::Scope => (Exit::NotAllowed, "; roles count from the next token on"),
        RefusalClass::RateLimited => (Exit::RateLimited, "; get one token and share it until it expires"),
        RefusalClass::Unavailable => (Exit::Unavailable, ""),
        _ => (Exit::Protocol, ""),
    };
    Problem::new(exit, format!("{host}: {refusal}{hint}"))
}

/// There was no response.
pub(crate) fn transport_error(error: &TransportError) -> Problem {
    let (exit, option) = match error.kind() {
        TransportErrorKind::NameLookup(_) | TransportErrorKind::TimedOut
            if error.phase() == Phase::NameLookup =>
        {
            let direct = error.proxy().is_none();
            (Exit::Network, if direct { "see --region, --domain or --login-host" } else { "see --proxy" })
        }
        TransportErrorKind::TimedOut => (Exit::Network, "see --timeout"),
        TransportErrorKind::Proxy(_) => {
            (Exit::Network, "see HTTPS_PROXY and NO_PROXY, or --proxy for one without a password")
        }
        TransportErrorKind::Tls(error) if error.kind() == TlsErrorKind::UnknownIssuer => {
            (Exit::Network, "give its CA certificate with --ca-file FILE")
        }
        TransportErrorKind::ResponseMalformed(_) | TransportErrorKind::ResponseTooLarge { .. } => {
            (Exit::Protocol, "")
        }
        _ => (Exit::Network, ""),
    };
    let separator = if option.is_empty() { "" } else { "; " };
    Problem::new(exit, format!("{error}{separator}{option}"))
}
