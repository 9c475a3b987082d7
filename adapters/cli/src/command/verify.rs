//! `genesys-token verify`: the service's description of an access token.

use std::time::Duration;

use clap::ArgMatches;
use clap::builder::PossibleValue;
use genesys_token_tokio::http::Method;
use genesys_token_tokio::{ApiRequest, ApiResponse, SecretString, TokenInfo};

use crate::command::permission::{self, Grants};
use crate::exit::{Exit, Problem};
use crate::options::{one_of, path, text};
use crate::service::Session;
use crate::variable::variable;
use crate::{credentials, explain, secret_input, token_info};

/// Does not reset the token's inactivity timer.
pub(crate) const TOKEN_INFO: &str = "/api/v2/tokens/me?preserveIdleTTL=true";

/// How the description is printed.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) enum Format {
    #[default]
    Text,
    Json,
}

impl clap::ValueEnum for Format {
    fn value_variants<'a>() -> &'a [Self] {
        &[Self::Text, Self::Json]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(match self {
            Self::Text => PossibleValue::new("text").help("lines for people"),
            Self::Json => PossibleValue::new("json").help("one object, for programs"),
        })
    }
}

/// Verifies a token. Returns the text to print, and the failure with which to exit after printing it: a missing scope.
pub(crate) fn run(options: &ArgMatches) -> Result<(String, Result<(), Problem>), Problem> {
    let format = one_of(options, "format").unwrap_or_default();
    if strings(options, "require-permission").any(|name| !permission::is_permission(name)) {
        return Err(Problem::setting("--require-permission", permission::FORM));
    }
    let token = given_token(options)?;
    let (info, session) = token_info(options, token.as_ref())?;
    let missing: Vec<&str> = strings(options, "require-scope")
        .filter(|scope| !token_info::scopes(&info).contains(scope))
        .map(String::as_str)
        .collect();
    let mut required = strings(options, "require-permission").map(String::as_str).peekable();
    let mut lacking: Vec<&str> = Vec::new();
    if required.peek().is_some() {
        let grants = Grants::of(&info, &session, token.as_ref())?;
        lacking = required.filter(|permission| !grants.cover(permission)).collect();
    }
    let text = match format {
        Format::Text => token_info::text(&info),
        Format::Json => token_info::json(&info, &missing, &lacking),
    };
    let verdict = match (missing.is_empty(), lacking.is_empty()) {
        (true, true) => Ok(()),
        (false, _) => Err(missing_scopes(&missing)),
        (true, false) => Err(missing_permissions(&lacking)),
    };
    Ok((text, verdict))
}

/// `genesys-token whoami`: client, organization and region in one line.
pub(crate) fn whoami(options: &ArgMatches) -> Result<String, Problem> {
    let (info, session) = token_info(options, given_token(options)?.as_ref())?;
    let service = &session.service;
    let place = service.region().map(|region| format!("region {}", region.name()));
    let place = place
        .or_else(|| service.login_url().map(|url| format!("login host {url}")))
        .or_else(|| service.broker.as_ref().map(|broker| format!("broker {broker}")))
        .unwrap_or_default();
    Ok(token_info::line(&info, &place))
}

/// `genesys-token revoke`: ends the given token.
pub(crate) fn revoke(options: &ArgMatches) -> Result<String, Problem> {
    let request = ApiRequest::new(Method::DELETE, "/api/v2/tokens/me").rate_limit_wait(Duration::ZERO);
    let token = given_token(options)?.ok_or_else(|| {
        Problem::new(Exit::Usage, "no access token: give --token-file FILE or --token-env NAME")
    })?;
    Session::open(options, credentials::none)?.call(request, Some(&token))?;
    Ok("the access token was revoked\n".to_owned())
}

fn missing_scopes(scopes: &[&str]) -> Problem {
    let scopes = scopes.join(" ");
    let message = format!(
        "the token lacks the scope {scopes}; add it to the OAuth client. Tokens of client credentials have no scopes: \
         their roles decide"
    );
    Problem::new(Exit::ScopeMissing, message)
}

fn missing_permissions(permissions: &[&str]) -> Problem {
    let permissions = permissions.join(", ");
    let message = format!(
        "the roles of the OAuth client do not grant {permissions}; add a role that does (Admin, Integrations, OAuth). It takes effect \
         with the next token"
    );
    Problem::new(Exit::PermissionMissing, message)
}

/// Asks the service to describe the given token, or one that is obtained.
pub(crate) fn token_info(
    options: &ArgMatches,
    token: Option<&SecretString>,
) -> Result<(TokenInfo, Session), Problem> {
    // A rate limit is reported, so that the command does not wait without a message.
    let request = ApiRequest::get(TOKEN_INFO).rate_limit_wait(Duration::ZERO);
    let find = if token.is_some() { credentials::none } else { credentials::source };
    let session = Session::open(options, find)?;
    let info = parsed(&session.call(request, token)?, &session)?;
    Ok((info, session))
}

/// Parses the service's description of a token.
pub(crate) fn parsed(response: &ApiResponse, session: &Session) -> Result<TokenInfo, Problem> {
    response.json().map_err(|error| explain::api_error(&error, &session.context()))
}

fn strings<'a>(options: &'a ArgMatches, name: &str) -> impl Iterator<Item = &'a String> {
    options.try_get_many::<String>(name).ok().flatten().into_iter().flatten()
}

/// Reads the access token of `--token-file` or `--token-env`.
pub(crate) fn given_token(options: &ArgMatches) -> Result<Option<SecretString>, Problem> {
    let token = if let Some(file) = path(options, "token-file") {
        secret_input::read_in_time(options, "--token-file", file)?
    } else if let Some(name) = text(options, "token-env") {
        let missing = || Problem::setting("--token-env", format!("the variable {name} is not set, or empty"));
        variable(name)?.ok_or_else(missing)?
    } else {
        return Ok(None);
    };
    Ok(Some(SecretString::new(&token)))
}
