//! Regions, hosts, endpoints, URLs of hosts, client ids, secrets and scopes, compared with a second implementation of the rules.
//!
//! The first line of an input is the kind of setting, the others are its values; `fuzz/corpus/README.md` lists the kinds.
#![no_main]

use genesys_token_core::settings::{ClientId, ClientSecret, ConfigError, Endpoint, Region, Scope};
use genesys_token_fuzz::host_url;
use genesys_token_fuzz::settings::{self, check_error};
use genesys_token_tokio::HostUrl;
use libfuzzer_sys::{Corpus, fuzz_target};

fuzz_target!(|input: &[u8]| -> Corpus {
    let Ok(text) = std::str::from_utf8(input) else { return Corpus::Reject };
    let Some((kind, text)) = text.split_once('\n') else { return Corpus::Reject };
    let mut lines = text.split('\n');
    let mut line = || lines.next().unwrap_or_default();
    match kind {
        "region" => region(text),
        "endpoint" => compare(text.parse(), settings::endpoint(text)),
        "domain" => compare(Endpoint::custom_domain(text), settings::custom_domain(text)),
        "explicit" => {
            let (host, port, path) = (line(), line(), line());
            let (api_host, api_port) = (line(), line());
            explicit(host, number(port), path, api_host, number(api_port));
        }
        "url" => {
            let (login, api) = (line(), line());
            host_url(login, (!api.is_empty()).then_some(api));
        }
        "id" => client_id(text),
        "secret" => client_secret(text),
        "scope" => scope(text),
        _ => return Corpus::Reject,
    }
    Corpus::Keep
});

fn number(text: &str) -> u16 {
    text.parse().unwrap_or_default()
}

fn region(text: &str) {
    match (text.parse::<Region>(), settings::region(text)) {
        (Ok(region), Some(name)) => {
            assert_eq!(region.name(), name);
            assert_eq!(region.to_string(), name);
            assert!(!region.place().is_empty());
            // Each of its names stands for the region, and its domain for its hosts.
            for name in [region.name(), region.aws_region(), region.domain()] {
                assert_eq!(name.parse(), Ok(region));
                assert_eq!(name.parse(), Ok(Endpoint::from(region)));
                assert_eq!(Region::try_from(name), Ok(region));
                assert_eq!(Endpoint::try_from(name), Ok(Endpoint::from(region)));
            }
            assert_eq!(Region::from_domain(region.domain()), Some(region));
        }
        (Err(error), None) => check_error(&ConfigError::from(error)),
        (ours, reference) => panic!("{ours:?} instead of {reference:?}"),
    }
}

/// Compares an endpoint with the hosts of the reference, or its error with the name of the reference's.
fn compare(ours: Result<Endpoint, ConfigError>, reference: settings::Hosts) {
    match (ours, reference) {
        (Ok(endpoint), Ok((login, api))) => {
            assert_eq!((endpoint.login_host(), endpoint.api_host()), (&*login, &*api));
            assert_eq!((endpoint.login_port(), endpoint.api_port()), (443, 443));
            assert_eq!(endpoint.token_path(), Endpoint::TOKEN_PATH);
        }
        (Err(error), Err(name)) => check(&error, name),
        (ours, reference) => panic!("{ours:?} instead of {reference:?}"),
    }
}

fn explicit(host: &str, port: u16, path: &str, api_host: &str, api_port: u16) {
    let endpoint = match (Endpoint::explicit(host, port, path), settings::explicit(host, port, path)) {
        (Ok(endpoint), Ok(_)) => endpoint,
        (Err(error), Err(name)) => return check(&error, name),
        (ours, reference) => panic!("{ours:?} instead of {reference:?}"),
    };
    assert_eq!((endpoint.login_host(), endpoint.login_port(), endpoint.token_path()), (host, port, path));
    assert_eq!((endpoint.api_host(), endpoint.api_port()), (host, port));
    match (endpoint.with_api(api_host, api_port), settings::authority(api_host, api_port)) {
        (Ok(endpoint), Ok(_)) => {
            assert_eq!((endpoint.login_host(), endpoint.login_port()), (host, port));
            assert_eq!((endpoint.api_host(), endpoint.api_port()), (api_host, api_port));
        }
        (Err(error), Err(name)) => check(&error, name),
        (ours, reference) => panic!("{ours:?} instead of {reference:?}"),
    }
}

/// `GENESYS_LOGIN_URL`, and `GENESYS_API_URL` if it is set.
fn host_url(login: &str, api: Option<&str>) {
    let parsed = |text| match (HostUrl::parse(text), host_url::parse(text)) {
        (Ok(url), Ok((host, port, path))) => {
            assert_eq!((url.host, url.port, url.path), (&*host, port, path.as_deref()));
            Some(url)
        }
        (Err(error), Err(name)) => {
            check(&error, name);
            None
        }
        (ours, reference) => panic!("{ours:?} instead of {reference:?}"),
    };
    let (Some(login), api) = (parsed(login), api.map(parsed)) else { return };
    let Some(api) = api.map_or(Some(None), |api| api.map(Some)) else { return };
    let path = login.path.unwrap_or(Endpoint::TOKEN_PATH);
    let reference = settings::explicit(login.host, login.port, path).and_then(|_| match api {
        Some(api) if api.path.is_some() => Err("WrongPath"),
        Some(api) => settings::authority(api.host, api.port).map(|_| api),
        None => Ok(login),
    });
    match (login.endpoint(api), reference) {
        (Ok(endpoint), Ok(api)) => {
            assert_eq!((endpoint.login_host(), endpoint.login_port()), (login.host, login.port));
            assert_eq!(endpoint.token_path(), path);
            assert_eq!((endpoint.api_host(), endpoint.api_port()), (api.host, api.port));
        }
        (Err(error), Err(name)) => check(&error, name),
        (ours, reference) => panic!("{ours:?} instead of {reference:?}"),
    }
}

fn client_id(text: &str) {
    match ClientId::<64>::new(text) {
        Ok(id) => {
            assert_eq!(settings::illegal_character(text, Some(':')), None);
            assert!(!text.is_empty() && text.len() <= 64);
            assert_eq!((id.as_str(), id.to_string().as_str()), (text, text));
            assert_eq!(format!("{id:?}"), format!("{text:?}"));
            assert_eq!(ClientId::try_from(text), Ok(id));
            assert_eq!(text.parse(), Ok(id));
        }
        Err(error) => {
            match error {
                ConfigError::EmptyClientId => assert!(text.is_empty()),
                ConfigError::InvalidClientId { position } => {
                    assert_eq!(settings::illegal_character(text, Some(':')), Some(position));
                }
                ConfigError::Capacity(error) => assert_eq!((error.needed, error.capacity), (text.len(), 64)),
                error => panic!("unexpected error {error:?}"),
            }
            check_error(&error);
        }
    }
}

fn client_secret(text: &str) {
    match ClientSecret::<128>::new(text) {
        Ok(secret) => {
            assert_eq!(settings::illegal_character(text, None), None);
            assert_eq!(secret.expose(), text);
            assert_eq!(format!("{secret:?}"), "ClientSecret([redacted])");
            let others = [ClientSecret::<128>::try_from(text), text.parse()];
            assert!(others.iter().flatten().filter(|other| other.expose() == text).count() == others.len());
        }
        Err(error) => {
            match error {
                ConfigError::EmptyClientSecret => assert!(text.is_empty()),
                ConfigError::InvalidClientSecret { position } => {
                    assert_eq!(settings::illegal_character(text, None), Some(position));
                }
                ConfigError::Capacity(error) => assert_eq!((error.needed, error.capacity), (text.len(), 128)),
                error => panic!("unexpected error {error:?}"),
            }
            check_error(&error);
            // A shorter text may be part of any message.
            assert!(text.len() < 16 || !format!("{error} {error:?}").contains(text), "the secret is shown");
        }
    }
}

fn scope(text: &str) {
    match Scope::<512>::new(text) {
        Ok(scope) => {
            assert!(settings::is_scope(text));
            assert_eq!((scope.as_str(), scope.to_string().as_str()), (text, text));
            assert_eq!(scope.tokens().collect::<Vec<_>>(), text.split(' ').collect::<Vec<_>>());
            assert_eq!(format!("{scope:?}"), format!("{text:?}"));
            assert_eq!(Scope::try_from(text), Ok(scope));
            assert_eq!(text.parse(), Ok(scope));
        }
        Err(error) => {
            match error {
                ConfigError::InvalidScope { position } => {
                    assert!(!settings::is_scope(text) && position <= text.len());
                    let before = text.get(..position).expect("the offset of a character");
                    assert!(
                        before.is_empty() || settings::is_scope(before.trim_end_matches(' ')),
                        "{position}"
                    );
                }
                ConfigError::Capacity(error) => assert_eq!((error.needed, error.capacity), (text.len(), 512)),
                error => panic!("unexpected error {error:?}"),
            }
            check_error(&error);
        }
    }
}

fn check(error: &ConfigError, name: &str) {
    assert!(format!("{error:?}").starts_with(name), "{error:?} instead of {name}");
    check_error(error);
}
