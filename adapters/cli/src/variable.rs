//! Environment variables.

use std::env;

use zeroize::Zeroizing;

use crate::exit::Problem;

/// Returns an environment variable that is set and not empty.
pub(crate) fn variable(name: &str) -> Result<Option<Zeroizing<String>>, Problem> {
    match env::var(name) {
        Ok(value) if value.is_empty() => Ok(None),
        Ok(value) => Ok(Some(Zeroizing::new(value))),
        Err(env::VarError::NotPresent) => Ok(None),
        Err(env::VarError::NotUnicode(_)) => {
            Err(Problem::setting(name, "the value is not valid UTF-8; set it again as text"))
        }
    }
}
