//! Errors of the name lookup.

use core::fmt;

/// A host name that could not be looked up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NameLookupError {
    /// The network has announced no DNS server, and none is configured.
    NoServer,
    /// No server answered.
    NoAnswer,
    /// The servers failed: SERVFAIL, REFUSED, or a malformed response.
    ServerFailure,
    /// The name does not exist (NXDOMAIN).
    NotFound,
    /// The name exists, and has no address of a family that the device has.
    NoAddress,
    /// The name is an alias of an alias and so on, more than nine times.
    TooManyAliases,
    /// The response is truncated, and its complete records contain no address.
    Truncated,
    /// The host is not a host name, or has more than 130 characters.
    InvalidName,
}

impl fmt::Display for NameLookupError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoServer => "the network has no DNS server: check DHCP, or configure one",
            Self::NoAnswer => {
                "no DNS server answered: check the network's DNS servers, and that UDP port 53 is not blocked"
            }
            Self::ServerFailure => "the DNS servers failed: check the network's DNS servers",
            Self::NotFound => "the name does not exist: check the region, and the network's DNS servers",
            Self::NoAddress => {
                "the name has no address of a family that the device has: check the region, and IPv4 and IPv6"
            }
            Self::TooManyAliases => "the name has too many aliases: check the network's DNS servers",
            Self::Truncated => "the DNS response is too long: check the network's DNS servers",
            Self::InvalidName => "the host is not a host name, or too long: check the settings",
        })
    }
}

impl core::error::Error for NameLookupError {}
