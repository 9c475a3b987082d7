//! Environment variables.

use std::env;

use genesys_token_tokio::CredentialError;
use zeroize::Zeroizing;

use crate::exit::{Exit, Problem};

/// Returns an environment variable that is set, neither empty nor white space. Quotes that were kept around a value of this program's are an error.
pub(crate) fn variable(name: &str) -> Result<Option<Zeroizing<String>>, Problem> {
    match env::var(name) {
        Ok(value) if value.trim().is_empty() => Ok(None),
        Ok(value) => {
            let value = Zeroizing::new(value);
            if name.starts_with("GENESYS") {
                CredentialError::check_quotes(name, &value)
                    .map_err(|error| Problem::new(Exit::Usage, error.to_string()))?;
            }
            Ok(Some(value))
        }
        Err(env::VarError::NotPresent) => Ok(None),
        Err(env::VarError::NotUnicode(_)) => {
            Err(Problem::setting(name, "the value is not valid UTF-8; set it again as text"))
        }
    }
}
