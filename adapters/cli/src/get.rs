//! `genesys-token get`: an access token on standard output.

use std::fmt::Write as _;

use clap::ArgMatches;
use clap::builder::PossibleValue;
use genesys_token_tokio::Token;
use zeroize::Zeroizing;

use crate::exit::Problem;
use crate::options::one_of;
use crate::{credentials, explain, service};

/// The environment variable that `--format env` sets.
pub(crate) const VARIABLE: &str = "GENESYS_ACCESS_TOKEN";

/// How the token is printed.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) enum Format {
    #[default]
    Token,
    Json,
    Header,
    Env,
}

impl clap::ValueEnum for Format {
    fn value_variants<'a>() -> &'a [Self] {
        &[Self::Token, Self::Json, Self::Header, Self::Env]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(match self {
            Self::Token => PossibleValue::new("token").help("the token alone"),
            Self::Json => PossibleValue::new("json").help("access_token, token_type and expires_in"),
            Self::Header => PossibleValue::new("header").help("Authorization: Bearer …"),
            Self::Env => PossibleValue::new("env").help("export GENESYS_ACCESS_TOKEN=… for a shell"),
        })
    }
}

/// Obtains a token and gives what is to be printed.
pub(crate) fn run(options: &ArgMatches) -> Result<Zeroizing<String>, Problem> {
    let format = one_of(options, "format").unwrap_or_default();
    let client = service::client(options, credentials::source)?;
    let token = service::run(client.token())?.map_err(|error| explain::token_error(&error))?;
    Ok(printed(&token, format))
}

/// A token is visible ASCII without quotes and backslashes (RFC 6750 section 2.1, checked when it came): it needs no
/// escaping in JSON, and in single quotes none for a shell.
fn printed(token: &Token, format: Format) -> Zeroizing<String> {
    let text = token.expose();
    // Long enough for every format, so that no copy is left behind by growing.
    let mut out = Zeroizing::new(String::with_capacity(text.len() + 128));
    // Writing into a `String` does not fail.
    let _ = match format {
        Format::Token => writeln!(out, "{text}"),
        Format::Json => writeln!(
            out,
            r#"{{"access_token":"{text}","token_type":"Bearer","expires_in":{}}}"#,
            token.expires_in().as_secs()
        ),
        Format::Header => writeln!(out, "Authorization: Bearer {text}"),
        Format::Env => writeln!(out, "export {VARIABLE}='{text}'"),
    };
    out
}
