//! Host names: their syntax, and the well-known mistakes.

use super::{ConfigError, Region};
use crate::text::Text;

/// The longest accepted host name, in bytes. The service's longest has 27; DNS would allow 253.
pub const HOST_CAPACITY: usize = 128;

/// A host with its port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Authority {
    pub(super) host: Text<HOST_CAPACITY>,
    pub(super) port: u16,
}

impl Authority {
    /// Joins `label` and `rest`. Case is kept, since DNS ignores it.
    pub(super) fn new(label: &str, rest: &str, port: u16) -> Result<Self, ConfigError> {
        let mut host = Text::new("host name", label)?;
        host.push_str("host name", rest)?;
        check_host_name(host.as_str())?;
        if port == 0 {
            return Err(ConfigError::InvalidPort);
        }
        Ok(Self { host, port })
    }
}

/// Checks for letters, digits and hyphens in labels of 1 to 63 bytes (RFC 1123 section 2.1), which includes IPv4 literals; or an
/// IPv6 literal without brackets.
fn check_host_name(host: &str) -> Result<(), ConfigError> {
    let label_is_legal = |label: &[u8]| {
        (1..=63).contains(&label.len())
            && label.iter().all(|&byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && label.first() != Some(&b'-')
            && label.last() != Some(&b'-')
    };
    let host = host.as_bytes();
    let legal = host.split(|&byte| byte == b'.').all(label_is_legal) || is_ipv6(host);
    if legal { Ok(()) } else { Err(ConfigError::InvalidHost) }
}

/// Groups of 16 bits in an IPv6 address.
const GROUPS: usize = 8;

/// Checks RFC 4291 section 2.2. Not with the parser in `core::net`, whose panics the linker cannot remove.
fn is_ipv6(text: &[u8]) -> bool {
    let gap = text.windows(2).position(|pair| pair == b"::");
    match gap.and_then(|at| Some((text.get(..at)?, text.get(at + 2..)?))) {
        Some((before, behind)) => {
            let groups = groups(before, false).zip(groups(behind, true));
            groups.is_some_and(|(before, behind)| before.saturating_add(behind) < GROUPS)
        }
        None => groups(text, true) == Some(GROUPS),
    }
}

/// Returns the number of groups; `None` if the text has anything else. Empty text has none, an IPv4 address at the end counts as
/// two.
fn groups(text: &[u8], at_end: bool) -> Option<usize> {
    if text.is_empty() {
        return Some(0);
    }
    let mut groups = 0_usize;
    let mut parts = text.split(|&byte| byte == b':').peekable();
    while let Some(part) = parts.next() {
        let last = parts.peek().is_none();
        if (1..=4).contains(&part.len()) && part.iter().all(u8::is_ascii_hexdigit) {
            groups = groups.saturating_add(1);
        } else if last && at_end && is_ipv4(part) {
            groups = groups.saturating_add(2);
        } else {
            return None;
        }
    }
    Some(groups)
}

/// Four numbers below 256, without leading zeros (RFC 3986 section 3.2.2).
fn is_ipv4(text: &[u8]) -> bool {
    let number = |digits: &[u8]| {
        let to_199 =
            matches!(digits, [b'0'..=b'9'] | [b'1'..=b'9', b'0'..=b'9'] | [b'1', b'0'..=b'9', b'0'..=b'9']);
        to_199 || matches!(digits, [b'2', b'0'..=b'4', b'0'..=b'9'] | [b'2', b'5', b'0'..=b'5'])
    };
    let mut numbers = 0_usize;
    for part in text.split(|&byte| byte == b'.') {
        if !number(part) {
            return false;
        }
        numbers = numbers.saturating_add(1);
    }
    numbers == 4
}

/// Refuses well-known wrong hosts and names the right one: see [`ConfigError::WrongHost`].
///
/// Every other host passes: lists of regions lag behind the service, so an unknown domain is not an error.
pub(super) fn refuse_known_mistake(host: &str) -> Result<(), ConfigError> {
    if ends_with_domain(host, "genesyscloud.com") || ends_with_domain(host, "genesys.cloud") {
        return Err(ConfigError::WrongHost { candidates: Region::ALL });
    }
    // `login.eu.mypurecloud.com`, `us.mypurecloud.com`: the domain of one region does not hold the others.
    let labels = ["login.", "api.", "apps."];
    let rest = labels.iter().find_map(|label| strip_prefix_ignore_case(host, label)).unwrap_or(host);
    let invented = Region::ALL.iter().find_map(|region| {
        let word = rest.len().checked_sub(region.domain().len() + 1)?;
        if ends_with_domain(rest, region.domain()) { rest.get(..word) } else { None }
    });
    let Some(word) = invented else { return Ok(()) };
    let candidates = match word.parse::<Region>() {
        Ok(region) => alone(region),
        Err(error) => error.candidates,
    };
    Err(ConfigError::WrongHost { candidates })
}

/// Refuses `api.<domain>`: the Platform API issues no tokens.
pub(super) fn refuse_api_host(host: &str) -> Result<(), ConfigError> {
    let Some(domain) = strip_prefix_ignore_case(host, "api.") else {
        return Ok(());
    };
    refuse_known_mistake(host)?;
    Err(match Region::from_domain(domain) {
        Some(region) => ConfigError::WrongHost { candidates: alone(region) },
        None => ConfigError::ApiHost,
    })
}

/// Returns the slice of the table with `region` only.
fn alone(region: Region) -> &'static [Region] {
    let at = Region::ALL.iter().position(|other| *other == region).unwrap_or(0);
    Region::ALL.get(at..=at).unwrap_or(Region::ALL)
}

/// Returns whether `host` is `domain` or a name below it, case-insensitively.
fn ends_with_domain(host: &str, domain: &str) -> bool {
    host.len().checked_sub(domain.len()).is_some_and(|start| {
        host.get(start..).is_some_and(|end| end.eq_ignore_ascii_case(domain))
            && (start == 0 || host.as_bytes().get(start - 1) == Some(&b'.'))
    })
}

pub(super) fn strip_prefix_ignore_case<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let (head, rest) = text.split_at_checked(prefix.len())?;
    head.eq_ignore_ascii_case(prefix).then_some(rest)
}
