//! Host names: which are legal, and which are the well-known mistakes.

use super::{ConfigError, Region};
use crate::text::Text;

/// The longest host name accepted, in bytes. The service's longest is 27; DNS would allow 253.
pub const HOST_CAPACITY: usize = 128;

/// A host with its port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Authority {
    pub(super) host: Text<HOST_CAPACITY>,
    pub(super) port: u16,
}

impl Authority {
    /// `label` is put before `rest`, lower case is kept as given: DNS does not mind.
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

/// Letters, digits and hyphens in labels of 1 to 63 bytes (RFC 1123 section 2.1), which covers IPv4 literals; or an
/// IPv6 literal without brackets.
fn check_host_name(host: &str) -> Result<(), ConfigError> {
    if host.parse::<core::net::Ipv6Addr>().is_ok() {
        return Ok(());
    }
    let label_is_legal = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    if host.split('.').all(label_is_legal) { Ok(()) } else { Err(ConfigError::InvalidHost) }
}

/// Refuses what tutorials invented and names what was meant: see [`ConfigError::WrongHost`].
///
/// Anything else passes: region lists lag behind the service, so an unknown domain is no mistake.
pub(super) fn refuse_known_mistake(host: &str) -> Result<(), ConfigError> {
    if ends_with_domain(host, "genesyscloud.com") || ends_with_domain(host, "genesys.cloud") {
        return Err(ConfigError::WrongHost { candidates: Region::ALL });
    }
    // `eu.mypurecloud.com`, `login.us.mypurecloud.com`: the domain of one region does not hold the others.
    let invented = ["login.", "api.", "apps.", ""].iter().find_map(|label| {
        let rest = strip_prefix_ignore_case(host, label)?;
        Region::ALL.iter().find_map(|region| {
            let word = rest.len().checked_sub(region.domain().len() + 1)?;
            (ends_with_domain(rest, region.domain())).then(|| rest.get(..word)).flatten()
        })
    });
    if let Some(word) = invented.filter(|word| !word.is_empty()) {
        return match word.parse::<Region>() {
            Ok(region) => Err(ConfigError::WrongHost { candidates: alone(region) }),
            Err(error) => Err(ConfigError::WrongHost { candidates: error.candidates }),
        };
    }
    Ok(())
}

/// The slice of the table that holds `region` only.
pub(super) fn alone(region: Region) -> &'static [Region] {
    let at = Region::ALL.iter().position(|other| *other == region).unwrap_or(0);
    Region::ALL.get(at..=at).unwrap_or(Region::ALL)
}

/// Whether `host` is `domain` or a name below it, in any case.
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
