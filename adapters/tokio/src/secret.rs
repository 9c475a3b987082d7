//! Secret text on the heap.

use std::fmt;

use zeroize::Zeroizing;

/// Secret text of any length: wiped on drop, redacted in `Debug`, without `Display`.
#[derive(Clone)]
pub struct SecretString(Zeroizing<String>);

impl SecretString {
    /// A copy of `text`. Wiping `text` itself is the caller's.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self(Zeroizing::new(text.to_owned()))
    }

    /// The text. The only door to it: mind where the result goes.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

/// Takes the string over without copying it.
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
