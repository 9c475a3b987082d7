//! Errors of the client as exit codes, and as messages that say what to do with this tool.

use genesys_token_core::settings::ConfigError;
use genesys_token_core::wire::{Refusal, RefusalClass};
use genesys_token_tokio::{
    ApiError, CredentialError, Phase, TlsErrorKind, TokenError, TokenErrorKind, TransportError,
    TransportErrorKind,
};

use crate::credentials::Origin;
use crate::endpoint::Service;
use crate::exit::{Exit, Problem, too_long};
use crate::settings::Source;

/// Where the settings of a client were found.
pub(crate) struct Context<'a> {
    pub(crate) service: &'a Service,
    /// `None` without credentials.
    pub(crate) origin: Option<&'a Origin>,
}

impl Context<'_> {
    /// Returns the profile that the client id was found in.
    fn profile(&self) -> Option<&str> {
        match &self.origin?.id {
            Source::Profile { profile, .. } => Some(profile),
            _ => None,
        }
    }

    /// Names the sources of the settings that a refusal may be due to.
    fn sources(&self) -> String {
        let service = &self.service.source;
        if self.service.broker.is_some() {
            return format!(
                "broker from {service}: its configuration says who its consumers are, and what they may do"
            );
        }
        let sources = match self.origin {
            Some(Origin { id, secret, .. }) => {
                format!("client id from {id}, client secret from {secret}, region from {service}")
            }
            None => format!("region from {service}"),
        };
        if self.service.is_united_states {
            return format!(
                "{sources}; `us` stands for us_east_1: write us_east_2 or us_west_2 for another region in the United States"
            );
        }
        sources
    }
}

/// Explains why there is no token.
pub(crate) fn token_error(error: &TokenError, context: &Context<'_>) -> Problem {
    match error.kind() {
        TokenErrorKind::Refused { host, refusal } => refused(host, refusal, context),
        TokenErrorKind::Transport(error) => transport_error(error),
        TokenErrorKind::Protocol { .. } => Problem::new(
            Exit::Protocol,
            format!(
                "{error}; check that --region, --domain or --login-host names the login host, and --token-path its path"
            ),
        ),
        TokenErrorKind::Capacity(_) => Problem::new(Exit::Protocol, error.to_string()),
        TokenErrorKind::Config(ConfigError::Capacity(error))
        | TokenErrorKind::Credentials(CredentialError::Invalid(ConfigError::Capacity(error))) => {
            Problem::new(Exit::Usage, too_long(error))
        }
        TokenErrorKind::Credentials(CredentialError::TimedOut(_) | CredentialError::RefreshTokenHeld(_)) => {
            Problem::new(Exit::CredentialSource, format!("{error}; allow more time with --timeout"))
        }
        TokenErrorKind::Credentials(CredentialError::CommandStatus { .. }) => {
            Problem::new(Exit::CredentialSource, error.to_string())
        }
        TokenErrorKind::Config(_) | TokenErrorKind::Credentials(_) => {
            Problem::new(Exit::Usage, error.to_string())
        }
        // A grant that is used up: this tool's own grant, client credentials, cannot be, but the number would be the same.
        TokenErrorKind::FreshTokenRefused | TokenErrorKind::NoRefreshToken => {
            Problem::new(Exit::Credentials, error.to_string())
        }
        _ => Problem::new(Exit::Other, error.to_string()),
    }
}

/// Explains why a call of the Platform API failed.
pub(crate) fn api_error(error: &ApiError, context: &Context<'_>) -> Problem {
    match error {
        ApiError::Token(error) => token_error(error, context),
        ApiError::Transport(error) => transport_error(error),
        ApiError::Refused(refused) => self::refused(refused.host(), refused.refusal(), context),
        ApiError::AccessToken => Problem::new(Exit::Usage, error.to_string()),
        ApiError::Body { .. } => Problem::new(
            Exit::Protocol,
            format!("{error}; check that --api-host names a host of the Platform API"),
        ),
        _ => Problem::new(Exit::Other, error.to_string()),
    }
}

/// Explains a refusal of the service. The refusal's own message says what to do; added is how to do it with this tool.
pub(crate) fn refused(host: &str, refusal: &Refusal, context: &Context<'_>) -> Problem {
    let (exit, hint) = match refusal.class() {
        RefusalClass::Credentials | RefusalClass::AccessToken if context.service.broker.is_some() => {
            (Exit::Credentials, format!("; {}", context.sources()))
        }
        RefusalClass::ClientNotAllowed if context.service.broker.is_some() => {
            (Exit::NotAllowed, format!("; {}", context.sources()))
        }
        RefusalClass::Credentials => {
            (Exit::Credentials, format!("; {}; `genesys-token regions` lists the regions", context.sources()))
        }
        RefusalClass::AccessToken => (
            Exit::Credentials,
            format!("; a token is valid only in the region that issued it; {}", context.sources()),
        ),
        RefusalClass::ClientNotAllowed => {
            const GRANT: &str = "needs an OAuth client with the grant type Client Credentials";
            let hint = match context.profile() {
                Some(name) => format!(
                    "; `genesys-token` {GRANT}, or with Code Authorization a login: `genesys-token login --profile {name}`"
                ),
                None => format!("; `genesys-token` {GRANT}"),
            };
            (Exit::NotAllowed, hint)
        }
        RefusalClass::Grant => (Exit::Credentials, "; log in again with `genesys-token login`".to_owned()),
        RefusalClass::Scope => (Exit::NotAllowed, "; new roles take effect with the next token".to_owned()),
        RefusalClass::RateLimited => {
            (Exit::RateLimited, "; get one token and share it until it expires".to_owned())
        }
        RefusalClass::Unavailable => (Exit::Unavailable, String::new()),
        RefusalClass::Request if refusal.status() == 404 => {
            (Exit::Protocol, "; nothing is at this path: check it, and the ids in it".to_owned())
        }
        _ => (Exit::Protocol, String::new()),
    };
    Problem::new(exit, format!("{host}: {refusal}{hint}"))
}

/// Explains why there was no response.
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
