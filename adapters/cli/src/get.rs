//! `genesys-token get`: an access token on standard output.

use std::fmt::Write as _;

use clap::ArgMatches;
use clap::builder::PossibleValue;
use genesys_token_tokio::Token;
use zeroize::Zeroizing;

use crate::endpoint::Service;
use crate::exit::Problem;
use crate::options::one_of;
use crate::service::Session;
use crate::{credentials, date, environment};

/// How the token is printed.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) enum Format {
    #[default]
    Token,
    Json,
    Header,
    Env,
    Credential,
}

impl clap::ValueEnum for Format {
    fn value_variants<'a>() -> &'a [Self] {
        &[Self::Token, Self::Json, Self::Header, Self::Env, Self::Credential]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(match self {
            Self::Token => PossibleValue::new("token").help("the token only"),
            Self::Json => PossibleValue::new("json").help("access_token, token_type and expires_in"),
            Self::Header => PossibleValue::new("header").help("Authorization: Bearer …"),
            Self::Env => {
                PossibleValue::new("env").help("export lines for a shell: token, region and API URL")
            }
            Self::Credential => PossibleValue::new("credential")
                .help("JSON with token, expires_at, region and URLs, for credential helpers"),
        })
    }
}

/// Obtains a token and returns the text to print.
pub(crate) fn run(options: &ArgMatches) -> Result<Zeroizing<String>, Problem> {
    let format = one_of(options, "format").unwrap_or_default();
    let session = Session::open(options, credentials::source)?;
    let token = session.token()?;
    Ok(printed(&token, &session.service, format))
}

/// A token is visible ASCII without quotes and backslashes (RFC 6750 section 2.1, checked on receipt): it needs no escaping in JSON, and in
/// single quotes none for a shell.
fn printed(token: &Token, service: &Service, format: Format) -> Zeroizing<String> {
    let text = token.expose();
    // Large enough for every format, so that growing leaves no copy behind.
    let mut out = Zeroizing::new(String::with_capacity(2 * text.len() + 1024));
    // Writing into a `String` does not fail.
    let _ = match format {
        Format::Token => writeln!(out, "{text}"),
        Format::Json => writeln!(
            out,
            r#"{{"access_token":"{text}","token_type":"Bearer","expires_in":{}}}"#,
            token.expires_in().as_secs()
        ),
        Format::Header => writeln!(out, "Authorization: Bearer {text}"),
        Format::Env => environment::variables(token, service)
            .iter()
            .try_for_each(|(name, value)| writeln!(out, "export {name}='{}'", value.as_str())),
        Format::Credential => {
            let region = service.region().map(|region| region.name().to_owned());
            writeln!(
                out,
                r#"{{"access_token":"{text}","token_type":"Bearer","expires_at":"{}","region":{},"login_url":{},"api_url":{}}}"#,
                date::rfc3339_of(token.expires_at()),
                json(region),
                json(service.login_url()),
                json(service.api_url()),
            )
        }
    };
    out
}

/// Hosts and region names need no escaping either.
fn json(value: Option<String>) -> String {
    value.map_or_else(|| "null".to_owned(), |value| format!("\"{value}\""))
}
