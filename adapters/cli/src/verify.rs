//! `genesys-token verify`: what the service says of an access token.

use std::time::Duration;

use clap::ArgMatches;
use clap::builder::PossibleValue;
use genesys_token_tokio::{ApiRequest, SecretString, TokenInfo};

use crate::credentials::variable;
use crate::exit::{Exit, Problem};
use crate::options::{one_of, path, text};
use crate::{credentials, explain, secret_input, service, token_info};

/// Does not reset the token's idle time.
const TOKEN_INFO: &str = "/api/v2/tokens/me?preserveIdleTTL=true";

/// How the answer is printed.
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
            Self::Json => PossibleValue::new("json").help("one object"),
        })
    }
}

/// Asks the service. What is to be printed, and the problem to end with although it is printed: a missing scope.
pub(crate) fn run(options: &ArgMatches) -> Result<(String, Result<(), Problem>), Problem> {
    let format = one_of(options, "format").unwrap_or_default();
    let info = ask(options)?;
    let required = options.try_get_many::<String>("require-scope").ok().flatten().into_iter().flatten();
    let missing: Vec<&str> =
        required.filter(|scope| !token_info::scopes(&info).contains(scope)).map(String::as_str).collect();
    let text = match format {
        Format::Text => token_info::text(&info),
        Format::Json => token_info::json(&info, &missing),
    };
    Ok((text, if missing.is_empty() { Ok(()) } else { Err(lacks(&missing)) }))
}

fn lacks(scopes: &[&str]) -> Problem {
    let scopes = scopes.join(" ");
    let message = format!(
        "the token lacks the scope {scopes}: add it to the OAuth client. Tokens of client credentials have no scope, \
         their roles decide"
    );
    Problem::new(Exit::ScopeMissing, message)
}

fn ask(options: &ArgMatches) -> Result<TokenInfo, Problem> {
    // Nobody watches a command that waits: the limit is told instead.
    let request = ApiRequest::get(TOKEN_INFO).rate_limit_wait(Duration::ZERO);
    let response = if let Some(token) = given_token(options)? {
        let client = service::client(options, credentials::none)?;
        service::run(client.api_with(&token, request))?
    } else {
        let client = service::client(options, credentials::source)?;
        service::run(client.api(request))?
    };
    let info = response.and_then(|response| response.json());
    info.map_err(|error| explain::api_error(&error))
}

/// The token that is not to be obtained but is there.
fn given_token(options: &ArgMatches) -> Result<Option<SecretString>, Problem> {
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
