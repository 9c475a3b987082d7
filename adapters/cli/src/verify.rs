//! `genesys-token verify`: the service's description of an access token.

use std::time::Duration;

use clap::ArgMatches;
use clap::builder::PossibleValue;
use genesys_token_tokio::http::Method;
use genesys_token_tokio::{ApiRequest, SecretString, TokenInfo};

use crate::exit::{Exit, Problem};
use crate::options::{one_of, path, text};
use crate::service::Session;
use crate::settings::variable;
use crate::{credentials, explain, secret_input, token_info};

/// Does not reset the token's inactivity timer.
const TOKEN_INFO: &str = "/api/v2/tokens/me?preserveIdleTTL=true";

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
    let (info, _) = token_info(options)?;
    let required = options.try_get_many::<String>("require-scope").ok().flatten().into_iter().flatten();
    let missing: Vec<&str> =
        required.filter(|scope| !token_info::scopes(&info).contains(scope)).map(String::as_str).collect();
    let text = match format {
        Format::Text => token_info::text(&info),
        Format::Json => token_info::json(&info, &missing),
    };
    Ok((text, if missing.is_empty() { Ok(()) } else { Err(missing_scopes(&missing)) }))
}

/// `genesys-token whoami`: client, organization and region in one line.
pub(crate) fn whoami(options: &ArgMatches) -> Result<String, Problem> {
    let (info, session) = token_info(options)?;
    let service = &session.service;
    let region = service.region().map(|region| region.name().to_owned());
    let region = region
        .or_else(|| service.login_url())
        .or_else(|| service.broker.as_ref().map(ToString::to_string))
        .unwrap_or_default();
    Ok(token_info::line(&info, &region))
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

fn token_info(options: &ArgMatches) -> Result<(TokenInfo, Session), Problem> {
    // A rate limit is reported, so that the command does not wait without a message.
    let request = ApiRequest::get(TOKEN_INFO).rate_limit_wait(Duration::ZERO);
    let token = given_token(options)?;
    let find = if token.is_some() { credentials::none } else { credentials::source };
    let session = Session::open(options, find)?;
    let response = session.call(request, token.as_ref())?;
    let info = response.json().map_err(|error| explain::api_error(&error, &session.context()))?;
    Ok((info, session))
}

/// Reads the access token of `--token-file` or `--token-env`.
pub(crate) fn given_token(options: &ArgMatches) -> Result<Option<SecretString>, Problem> {
    let token = if let Some(file) = path(options, "token-file") {
        secret_input::read("--token-file", file)?
    } else if let Some(name) = text(options, "token-env") {
        let missing = || Problem::setting("--token-env", format!("the variable {name} is not set, or empty"));
        variable(name)?.ok_or_else(missing)?
    } else {
        return Ok(None);
    };
    Ok(Some(SecretString::new(&token)))
}
