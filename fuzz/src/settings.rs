//! The rules for regions, hosts and clients, written a second time, and what every error about them must satisfy.

use std::net::Ipv6Addr;

use genesys_token_core::settings::{ConfigError, Region};

use crate::token;

/// The service's regions: name, AWS region, domain, login host, API host.
const REGIONS: &str = include_str!("../../core/tests/data/regions.csv");

/// Words that stand for one region each.
const SHORT_NAMES: &[(&str, &str)] = &[
    ("us", "us_east_1"),
    ("au", "ap_southeast_2"),
    ("jp", "ap_northeast_1"),
    ("ca", "ca_central_1"),
    ("in", "ap_south_1"),
    ("br", "sa_east_1"),
    ("sg", "ap_southeast_1"),
    ("kr", "ap_northeast_2"),
    ("ae", "me_central_1"),
    ("mx", "mx_central_1"),
    ("ie", "eu_west_1"),
    ("uk", "eu_west_2"),
    ("gb", "eu_west_2"),
    ("ch", "eu_central_2"),
];

/// The longest host name and the longest path, in bytes.
const CAPACITY: usize = 128;

/// Returns the rows of the table, without its head.
fn regions() -> impl Iterator<Item = [&'static str; 5]> {
    REGIONS.lines().skip(1).filter_map(|line| line.split(',').collect::<Vec<_>>().try_into().ok())
}

/// Returns the name of the region that this text stands for, if it stands for one.
pub fn region(text: &str) -> Option<&'static str> {
    let text = text.trim_matches(|c: char| c.is_ascii_whitespace()).to_ascii_lowercase();
    let named = regions().find(|[name, aws, domain, ..]| [name, aws, domain].iter().any(|it| text == **it));
    let short = || SHORT_NAMES.iter().find(|(short, _)| text == *short).map(|(_, name)| *name);
    named.map(|[name, ..]| name).or_else(short)
}

/// Login host and API host, or the beginning of the error's name.
pub type Hosts = Result<(String, String), &'static str>;

/// Returns the hosts of a region, domain, login host or URL.
pub fn endpoint(text: &str) -> Hosts {
    let text = text.trim_matches(|c: char| c.is_ascii_whitespace());
    if strip(text, "http://").is_some() {
        return Err("ClearText");
    }
    let rest = strip(text, "https://").unwrap_or(text);
    let (host, path) = rest.split_once('/').map_or((rest, None), |(host, path)| (host, Some(path)));
    let host = host.strip_suffix(":443").unwrap_or(host);
    if path.is_some_and(|path| !["", "oauth", "oauth/", "oauth/token", "oauth/token/"].contains(&path)) {
        return Err("WrongPath");
    }
    let domain = strip(host, "login.").unwrap_or(host);
    if let Some(name) = region(domain) {
        let [.., login, api] = regions().find(|[it, ..]| *it == name).expect("a row of the table");
        return Ok((login.to_owned(), api.to_owned()));
    }
    if domain.contains('.') { custom_domain(domain) } else { Err("Region") }
}

/// Returns the hosts of a domain that need not be in the table.
pub fn custom_domain(domain: &str) -> Hosts {
    let domain = strip(domain, "login.").unwrap_or(domain);
    if let Some(rest) = strip(domain, "api.") {
        let known = regions().any(|[_, _, domain, ..]| rest.eq_ignore_ascii_case(domain));
        return Err(if known || is_known_mistake(domain) { "WrongHost" } else { "ApiHost" });
    }
    if is_known_mistake(domain) {
        return Err("WrongHost");
    }
    let login = host(&format!("login.{domain}"))?;
    Ok((login, host(&format!("api.{domain}"))?))
}

/// Hosts that do not exist although documents name them: below a domain of the vendor, or below the domain of a region.
fn is_known_mistake(host: &str) -> bool {
    let host = host.to_ascii_lowercase();
    let below = |host: &str, domain: &str| host.ends_with(&format!(".{domain}"));
    let vendors = ["genesyscloud.com", "genesys.cloud"];
    if vendors.iter().any(|domain| host == *domain || below(&host, domain)) {
        return true;
    }
    let labels = ["login.", "api.", "apps."];
    let rest = labels.iter().find_map(|label| host.strip_prefix(label)).unwrap_or(&host);
    regions().any(|[_, _, domain, ..]| below(rest, domain))
}

/// Checks a host name or address.
pub fn host(text: &str) -> Result<String, &'static str> {
    if text.len() > CAPACITY {
        return Err("Capacity");
    }
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let legal = text.split('.').all(is_label) || text.parse::<Ipv6Addr>().is_ok();
    if legal { Ok(text.to_owned()) } else { Err("InvalidHost") }
}

/// Checks a host with its port.
pub fn authority(text: &str, port: u16) -> Result<String, &'static str> {
    let host = host(text)?;
    if port == 0 { Err("InvalidPort") } else { Ok(host) }
}

/// Checks the path of a token endpoint on this host; returns the host.
pub fn explicit(text: &str, port: u16, path: &str) -> Result<String, &'static str> {
    let legal = |c: char| c.is_ascii_graphic() && c != '?' && c != '#';
    if !path.starts_with('/') || !path.chars().all(legal) {
        return Err("InvalidPath");
    }
    let host = authority(text, port)?;
    if path.len() > CAPACITY { Err("Capacity") } else { Ok(host) }
}

/// Returns the offset of the first character that is not allowed in a client id or secret (RFC 6749 appendix A): not visible, a space
/// at an end, or this one.
pub fn illegal_character(text: &str, also: Option<char>) -> Option<usize> {
    let last = text.len().saturating_sub(1);
    let illegal = |at: usize, c: char| match c {
        ' ' => at == 0 || at == last,
        c => !c.is_ascii_graphic() || Some(c) == also,
    };
    text.char_indices().find(|(at, c)| illegal(*at, *c)).map(|(at, _)| at)
}

/// Returns whether this is a scope (RFC 6749 section 3.3).
pub fn is_scope(text: &str) -> bool {
    let legal = |c: char| c.is_ascii_graphic() && c != '"' && c != '\\';
    text.split(' ').all(|word| !word.is_empty() && word.chars().all(legal))
}

fn strip<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let (head, rest) = text.split_at_checked(prefix.len())?;
    head.eq_ignore_ascii_case(prefix).then_some(rest)
}

/// Checks what a setting's error shows: one line, with everything that it offers to choose from.
pub fn check_error(error: &ConfigError) {
    let (message, name) = (error.to_string(), format!("{error:?}"));
    assert!(
        message.len() > 10 && token::is_visible(&message),
        "not a line of visible characters: {message:?}"
    );
    assert!(!name.is_empty() && token::is_visible(&name), "not a line of visible characters: {name:?}");
    match error {
        ConfigError::Region(error) => {
            assert_eq!(error.to_string(), message);
            assert!(error.candidates.iter().all(|region| message.contains(region.domain())), "{message}");
        }
        ConfigError::WrongHost { candidates } => {
            let all = candidates.len() == Region::ALL.len();
            assert!(!candidates.is_empty());
            assert!(
                all || candidates.iter().all(|region| message.contains(region.login_host())),
                "{message}"
            );
        }
        ConfigError::Capacity(error) => assert!(error.needed > error.capacity, "{message}"),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rules_accept_and_refuse_by_name() {
        assert_eq!(region(" EU-central-1\n"), Some("eu_central_1"));
        assert_eq!(region("eu"), None);
        let hosts = |login: &str, api: &str| Ok((login.to_owned(), api.to_owned()));
        assert_eq!(
            endpoint("https://login.mypurecloud.de/oauth/token"),
            hosts("login.mypurecloud.de", "api.mypurecloud.de")
        );
        assert_eq!(endpoint("x.example"), hosts("login.x.example", "api.x.example"));
        assert_eq!(endpoint("api.mypurecloud.de"), Err("WrongHost"));
        assert_eq!(endpoint("api.x.example"), Err("ApiHost"));
        assert_eq!(endpoint("nowhere"), Err("Region"));
        assert_eq!(explicit("::1", 1, "/a"), Ok("::1".to_owned()));
        assert_eq!(explicit("-", 1, "/a"), Err("InvalidHost"));
        assert_eq!(illegal_character("a b c ", None), Some(5));
        assert!(is_scope("a b") && !is_scope("a  b") && !is_scope(""));
    }
}
