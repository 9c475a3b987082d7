//! Which service is asked: `--region`, `--domain`, `--login-host` and what goes with them.

use std::path::Path;

use clap::ArgMatches;
use genesys_token_core::settings::{ConfigError, Endpoint};
use genesys_token_tokio::EnvCredentials;

use crate::credentials::variable;
use crate::exit::{Exit, Problem};
use crate::options::{path, text};

const LOGIN_URL: &str = "GENESYS_LOGIN_URL";
const API_URL: &str = "GENESYS_API_URL";
const REGION: &str = "GENESYS_REGION";

const NO_REGION: &str = "no region: give --region or set GENESYS_REGION; `genesys-token regions` lists them. There is no \
    default, because a client that asks in another region than its own looks like one with a wrong secret";

/// The endpoint that options and environment name.
pub(crate) fn endpoint(options: &ArgMatches) -> Result<Endpoint, Problem> {
    let endpoint = match chosen_service(options)? {
        Some(endpoint) => endpoint,
        None => service_of_environment(path(options, "env-file"))?,
    };
    if let Some(api) = text(options, "api-host") {
        return with_api(&endpoint, "--api-host", api);
    }
    // A region or domain among the arguments is the whole service: its token must not go where an environment of another time
    // leads.
    if text(options, "region").is_some() || text(options, "domain").is_some() {
        return Ok(endpoint);
    }
    match variable(API_URL)? {
        Some(api) => with_api(&endpoint, API_URL, &api),
        None => Ok(endpoint),
    }
}

fn chosen_service(options: &ArgMatches) -> Result<Option<Endpoint>, Problem> {
    if let Some(host) = text(options, "login-host") {
        return explicit("--login-host", host, text(options, "token-path")).map(Some);
    }
    let (option, endpoint) = if let Some(domain) = text(options, "domain") {
        ("--domain", Endpoint::custom_domain(domain))
    } else if let Some(region) = text(options, "region") {
        ("--region", region.parse())
    } else {
        return Ok(None);
    };
    endpoint.map(Some).map_err(|error| Problem::config(option, &error))
}

/// The sandbox tells its address in [`LOGIN_URL`] and [`API_URL`]; people write [`REGION`].
fn service_of_environment(env_file: Option<&Path>) -> Result<Endpoint, Problem> {
    if let Some(url) = variable(LOGIN_URL)? {
        return explicit(LOGIN_URL, &url, None);
    }
    if let Some(region) = variable(REGION)? {
        return region.parse().map_err(|error: ConfigError| Problem::config(REGION, &error));
    }
    match env_file {
        Some(file) => EnvCredentials::new()
            .dotenv(file)
            .endpoint()
            .map_err(|error| Problem::setting("--env-file", error)),
        None => Err(Problem::new(Exit::Usage, NO_REGION)),
    }
}

fn explicit(option: &str, host: &str, token_path: Option<&str>) -> Result<Endpoint, Problem> {
    let location = Location::of(option, host)?;
    let token_path = token_path.or(location.path).unwrap_or(Endpoint::TOKEN_PATH);
    Endpoint::explicit(location.host, location.port, token_path).map_err(|error| match error {
        ConfigError::InvalidPath => Problem::setting("--token-path", error),
        error => Problem::config(option, &error),
    })
}

fn with_api(endpoint: &Endpoint, option: &str, host: &str) -> Result<Endpoint, Problem> {
    let location = Location::of(option, host)?;
    if location.path.is_some() {
        return Err(Problem::setting(option, "give the host without a path"));
    }
    endpoint.with_api(location.host, location.port).map_err(|error| Problem::config(option, &error))
}

/// `host`, `host:port`, `[::1]:port` or `::1`, each also as a URL.
struct Location<'a> {
    host: &'a str,
    port: u16,
    path: Option<&'a str>,
}

impl<'a> Location<'a> {
    fn of(option: &str, text: &'a str) -> Result<Self, Problem> {
        if text.starts_with("http://") {
            return Err(Problem::setting(option, ConfigError::ClearText));
        }
        let text = text.strip_prefix("https://").unwrap_or(text);
        let (authority, path) = text.split_at(text.find('/').unwrap_or(text.len()));
        let (host, port) = match authority.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            Some((host, "")) => (host, None),
            // Without a colon it is no port: the empty text is refused below.
            Some((host, rest)) => (host, Some(rest.strip_prefix(':').unwrap_or(""))),
            None => match authority.split_once(':') {
                Some((host, port)) if !port.contains(':') => (host, Some(port)),
                // Several colons: an IPv6 address. None: a host.
                _ => (authority, None),
            },
        };
        let port = port.map_or(Ok(443), str::parse);
        let port = port.map_err(|_| Problem::setting(option, "the port must be a number from 1 to 65535"))?;
        Ok(Self { host, port, path: Some(path).filter(|path| !matches!(*path, "" | "/")) })
    }
}
