//! Parsers of local input, for the fuzz targets. Not part of the public API: it may change at any time.

use genesys_token_core::settings::ClientId;

use crate::credentials::{CommandCredentials, CredentialError, Dotenv};

/// Parses a `.env` file and returns the value of this name, or the line and the problem of the error.
///
/// # Errors
/// The number of the line, counted from 1, and what is wrong with it.
pub fn dotenv(text: &str, name: &str) -> Result<Option<String>, (usize, &'static str)> {
    Ok(Dotenv::parse(text)?.value(name).map(|value| value.to_string()))
}

/// Parses the output of a credentials command and returns client id and client secret.
///
/// # Errors
/// As the source returns them.
pub fn command_output(
    output: &[u8],
    client_id: Option<ClientId>,
) -> Result<(String, String), CredentialError> {
    let mut source = CommandCredentials::new("command");
    if let Some(client_id) = client_id {
        source = source.client_id(client_id);
    }
    let credentials = source.parse(output)?;
    let secret = credentials.client_secret().map(|secret| secret.expose().to_owned());
    Ok((credentials.client_id().as_str().to_owned(), secret.unwrap_or_default()))
}
