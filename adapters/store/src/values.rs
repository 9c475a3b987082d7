//! Values that members and stores exchange.

use std::fmt;

use genesys_token_core::time::Duration;
use zeroize::Zeroizing;

/// A point in time of a store's own clock, in milliseconds since an epoch of the store.
///
/// Members never compare it with a clock of theirs: their clocks may differ by years.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EngineTime(u64);

impl EngineTime {
    /// Returns the point `millis` milliseconds after the store's epoch.
    #[must_use]
    pub const fn from_millis(millis: u64) -> Self {
        Self(millis)
    }

    /// Returns the milliseconds since the store's epoch.
    #[must_use]
    pub const fn as_millis(self) -> u64 {
        self.0
    }

    /// Returns the point `span` later; saturates.
    #[must_use]
    pub const fn plus(self, span: Duration) -> Self {
        Self(self.0.saturating_add(span.as_millis()))
    }

    /// Returns the span from `earlier` to `self`; zero if `earlier` is later.
    #[must_use]
    pub const fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(self.0.saturating_sub(earlier.0))
    }
}

/// The number of a lease and of the token that was obtained under it (a fencing number): a later lease has a higher one.
///
/// Zero is below every token's number. A new number is above every earlier one, above every one that its owner has seen, and above the
/// store's clock in milliseconds: so it also rises across a loss of the store's data, as long as that clock is not set back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Generation(u64);

impl Generation {
    /// The number below every token's.
    pub const NONE: Self = Self(0);

    /// Returns the generation of this number.
    #[must_use]
    pub const fn new(number: u64) -> Self {
        Self(number)
    }

    /// Returns the number.
    #[must_use]
    pub const fn number(self) -> u64 {
        self.0
    }
}

/// The random owner of a lease. A member draws another one for each attempt to obtain a token, so that a grant of an earlier
/// attempt is never taken for one of this attempt.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Owner(u128);

impl Owner {
    /// Returns the owner of this value, which must be uniformly distributed.
    #[must_use]
    pub const fn new(random: u128) -> Self {
        Self(random)
    }

    /// Returns the value.
    #[must_use]
    pub const fn value(self) -> u128 {
        self.0
    }
}

/// Hexadecimal digits.
impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl fmt::Debug for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The name of an entry: one token endpoint and one OAuth client. Two clients never share a token.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EntryName(String);

impl EntryName {
    /// Returns the name for a login host (with its port unless it is 443) and a client id.
    #[must_use]
    pub fn new(login: &str, client_id: &str) -> Self {
        Self(format!("{login}/{client_id}"))
    }

    /// Returns the text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The text of an access token: wiped on drop, redacted in `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct AccessToken(Zeroizing<String>);

impl AccessToken {
    /// Takes ownership of the text.
    #[must_use]
    pub const fn new(text: Zeroizing<String>) -> Self {
        Self(text)
    }

    /// Returns the text. It is a secret: keep it out of logs, errors and arguments.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

/// A question for a token that is newer than the member's own, or else for the lease under which one may be obtained.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claim {
    /// The owner of the lease. The same claim may be sent again after an unknown outcome: it finds its own lease.
    pub owner: Owner,
    /// Only a token above this is an answer.
    pub newer_than: Generation,
    /// Only a token with more time left is an answer, or with more than a quarter of its lifetime if that is shorter.
    pub margin: Duration,
    /// The time for which the lease is granted.
    pub lease: Duration,
}

/// The answer to a [`Claim`]. `T` is the token's text, or the form in which it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claimed<T> {
    /// There is such a token.
    Token(Found<T>),
    /// The lease is the claim's owner's.
    Granted(Lease),
    /// The lease is another owner's.
    Busy {
        /// The time until it ends.
        remaining: Duration,
    },
    /// There is such a token, but no key at hand opens it.
    Unreadable {
        /// Its number.
        generation: Generation,
    },
}

/// A stored token, as it is found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found<T> {
    /// The text.
    pub text: T,
    /// Its number.
    pub generation: Generation,
    /// Its lifetime when it was obtained.
    pub lifetime: Duration,
    /// The time until it ends, at the moment of the answer.
    pub remaining: Duration,
}

/// A lease: the right to one exchange, and the duty to publish its token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lease {
    /// The number of the token that is obtained under it.
    pub generation: Generation,
    /// When it was granted, by the store's clock. A token obtained under it does not end before this time plus its lifetime.
    pub granted_at: EngineTime,
    /// The time until the lease ends, at the moment of the answer.
    pub remaining: Duration,
}

/// A token to be stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Publication<T> {
    /// The owner of the lease, which ends with this.
    pub owner: Owner,
    /// The number of the lease.
    pub generation: Generation,
    /// The lifetime of the token.
    pub lifetime: Duration,
    /// When the token ends, by the store's clock: a command that is executed late does not make the token last longer.
    pub ends_at: EngineTime,
    /// The text.
    pub text: T,
}

/// The result of a publication.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Published {
    /// The token is stored, by this command or an earlier one.
    Stored,
    /// A newer token is stored and stays.
    Superseded,
}
