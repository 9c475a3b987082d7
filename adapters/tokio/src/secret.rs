//! Secret text of any length.

use std::fmt;

use zeroize::Zeroizing;

/// Secret text of any length: wiped on drop, redacted in `Debug`, without `Display`.
#[derive(Clone)]
pub struct SecretString(Zeroizing<String>);

impl SecretString {
    /// Copies `text`. The caller wipes `text`.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self(Zeroizing::new(text.to_owned()))
    }

    /// Returns the text. It is a secret: keep it out of logs, errors and arguments.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

/// Takes ownership of the string without copying it.
impl From<String> for SecretString {
    fn from(text: String) -> Self {
        Self(Zeroizing::new(text))
    }
}

impl fmt::Debug for SecretString {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}
