//! The service that is asked: `--region`, `--domain`, `--login-host` and related settings.

use clap::ArgMatches;
use genesys_token_core::settings::{ConfigError, Endpoint, Region};
use genesys_token_tokio::{BrokerAddress, HostUrl};

use crate::exit::{Exit, Problem};
use crate::options::text;
use crate::profile;
use crate::region;
use crate::settings::{
    API_URL, BROKER, CLIENT_SECRET, Found, LOGIN_URL, REGION, Settings, Source, in_environment,
};

const NO_REGION: &str = "no region: give --region or set GENESYS_REGION; `genesys-token regions` lists them. There is no \
    default, because in another region than its own a client is refused like one with a wrong secret";

const NO_API_HOST: &str = "the host of the Platform API is unknown: set GENESYS_API_URL or give --api-host HOST. A region \
    names both hosts";

/// The service, and where its name was found.
#[derive(Clone, Debug)]
pub(crate) struct Service {
    pub(crate) endpoint: Endpoint,
    pub(crate) source: Source,
    /// The broker that stands before it, if there is one.
    pub(crate) broker: Option<BrokerAddress>,
    /// Which of the endpoint's hosts were given, or follow from what was given.
    known: Known,
    /// Whether it was named by its login host, to which a token path may be given.
    is_login_host: bool,
    /// Whether `us` was written, which other regions in the United States could be meant by.
    pub(crate) is_united_states: bool,
}

/// The hosts that are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Known {
    /// None: a broker may be used without.
    None,
    Login,
    Both,
}

impl Service {
    /// Finds the service in the options, in the file of `--env-file`, or in the environment.
    pub(crate) fn find(settings: &Settings<'_>) -> Result<Self, Problem> {
        let options = settings.options;
        let mut service = match from_options(settings)? {
            Some(service) => service,
            None => from_variables(settings)?,
        };
        if text(options, "token-path").is_some() && !service.is_login_host {
            return Err(Problem::setting("--token-path", "needs --login-host or GENESYS_LOGIN_URL"));
        }
        if let Some(api) = text(options, "api-host") {
            service.set_api(&Source::Option("--api-host"), api)?;
        }
        Ok(service)
    }

    /// Finds the service, or the broker of `GENESYS_TOKEN_BROKER`. Options that name a service, its client or its token have priority over
    /// a broker, and so does a file of `--env-file` that names a service or a secret and no broker.
    pub(crate) fn find_or_broker(settings: &Settings<'_>) -> Result<Self, Problem> {
        const DIRECT: [&str; 8] = [
            "region",
            "domain",
            "login-host",
            "client-id",
            "client-secret-file",
            "credentials-command",
            "token-env",
            "token-file",
        ];
        let options = settings.options;
        // `try_contains_id` fails for an option that the command does not have.
        let is_direct = DIRECT.iter().any(|name| options.try_contains_id(name).unwrap_or(false));
        let named_by_file = [LOGIN_URL, REGION, CLIENT_SECRET].iter();
        let broker = match settings.in_file(BROKER) {
            _ if is_direct => None,
            Some(found) => Some(found),
            None if named_by_file.into_iter().any(|names| settings.in_file(names).is_some()) => None,
            None => match in_environment(BROKER)? {
                Some(found) => Some(found),
                None if is_service_in_environment()? => None,
                None => settings.in_fallback(BROKER)?,
            },
        };
        match broker {
            Some((source, address)) => Self::of_broker(settings, source, &address),
            None => Self::find(settings),
        }
    }

    /// Hosts that are named beside the broker are for the output only.
    fn of_broker(settings: &Settings<'_>, source: Source, address: &str) -> Result<Self, Problem> {
        let address: BrokerAddress = address.parse().map_err(|error| Problem::setting(&source, error))?;
        let hosts = [in_environment(LOGIN_URL)?, in_environment(REGION)?, in_environment(API_URL)?];
        let mut service = match from_layer(settings.options, hosts)? {
            Some(service) => service,
            None => Self {
                // Not used: the broker knows the service.
                endpoint: Endpoint::from(Region::UsEast1),
                source: source.clone(),
                broker: None,
                known: Known::None,
                is_login_host: false,
                is_united_states: false,
            },
        };
        service.broker = Some(address);
        service.source = source;
        Ok(service)
    }

    /// Fails when the API host is not known, for commands that call it.
    pub(crate) fn require_api(&self) -> Result<(), Problem> {
        if self.known == Known::Both || self.broker.is_some() {
            Ok(())
        } else {
            Err(Problem::new(Exit::Usage, NO_API_HOST))
        }
    }

    /// Returns a service whose API host is the login host, for a request to that which is not a token request.
    pub(crate) fn at_login_host(self) -> Result<Self, ConfigError> {
        let endpoint = self.endpoint.with_api(self.endpoint.login_host(), self.endpoint.login_port())?;
        Ok(Self { endpoint, known: Known::Both, ..self })
    }

    /// Returns the region, unless the hosts are those of no known region.
    pub(crate) fn region(&self) -> Option<Region> {
        region::of(&self.endpoint).filter(|_| self.known != Known::None)
    }

    /// Returns the URL of the login host, if that is known.
    pub(crate) fn login_url(&self) -> Option<String> {
        (self.known != Known::None).then(|| url(self.endpoint.login_host(), self.endpoint.login_port()))
    }

    /// Returns the URL of the API host, if that is known.
    pub(crate) fn api_url(&self) -> Option<String> {
        (self.known == Known::Both).then(|| url(self.endpoint.api_host(), self.endpoint.api_port()))
    }

    fn named(endpoint: &Endpoint, source: Source) -> Self {
        Self {
            endpoint: *endpoint,
            source,
            broker: None,
            known: Known::Both,
            is_login_host: false,
            is_united_states: false,
        }
    }

    fn of_region(source: Source, text: &str) -> Result<Self, Problem> {
        let endpoint = region::endpoint(&source, text)?;
        Ok(Self { is_united_states: region::is_united_states(text), ..Self::named(&endpoint, source) })
    }

    /// Returns a service of which only the login host is given. The API host of `login.DOMAIN` is `api.DOMAIN`.
    fn of_login_host(source: Source, host: &str, token_path: Option<&str>) -> Result<Self, Problem> {
        let location = parse(&source, host)?;
        let token_path = token_path.or(location.path).unwrap_or(Endpoint::TOKEN_PATH);
        let endpoint =
            Endpoint::explicit(location.host, location.port, token_path).map_err(|error| match error {
                ConfigError::InvalidPath => Problem::setting("--token-path", error),
                error => Problem::config(&source, &error),
            })?;
        let api = endpoint.login_host().strip_prefix("login.").map(|domain| format!("api.{domain}"));
        let (endpoint, known) = match api {
            Some(api) => {
                let endpoint = endpoint.with_api(&api, location.port);
                (endpoint.map_err(|error| Problem::config(&source, &error))?, Known::Both)
            }
            None => (endpoint, Known::Login),
        };
        Ok(Self { endpoint, source, broker: None, known, is_login_host: true, is_united_states: false })
    }

    fn set_api(&mut self, source: &Source, host: &str) -> Result<(), Problem> {
        let location = parse(source, host)?;
        if location.path.is_some() {
            return Err(Problem::setting(source, "give the host without a path"));
        }
        let endpoint = self.endpoint.with_api(location.host, location.port);
        self.endpoint = endpoint.map_err(|error| Problem::config(source, &error))?;
        self.known = Known::Both;
        Ok(())
    }
}

fn url(host: &str, port: u16) -> String {
    let host = if host.contains(':') { format!("[{host}]") } else { host.to_owned() };
    if port == 443 { format!("https://{host}") } else { format!("https://{host}:{port}") }
}

/// Returns whether the environment names a service or a secret, which comes before the broker of a profile that no option named.
fn is_service_in_environment() -> Result<bool, Problem> {
    for names in [LOGIN_URL, REGION, CLIENT_SECRET] {
        if in_environment(names)?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

fn from_options(settings: &Settings<'_>) -> Result<Option<Service>, Problem> {
    let options = settings.options;
    if let Some(host) = text(options, "login-host") {
        let source = Source::Option("--login-host");
        let mut service = Service::of_login_host(source, host, text(options, "token-path"))?;
        if let Some((source, api)) = settings.find(API_URL)? {
            service.set_api(&source, &api)?;
        }
        return Ok(Some(service));
    }
    // A region or domain among the options is the whole service: its token must not be sent to an API host that the environment still
    // names for another one.
    if let Some(domain) = text(options, "domain") {
        let source = Source::Option("--domain");
        let endpoint = Endpoint::custom_domain(domain).map_err(|error| Problem::config(&source, &error))?;
        return Ok(Some(Service::named(&endpoint, source)));
    }
    match text(options, "region") {
        Some(region) => Service::of_region(Source::Option("--region"), region).map(Some),
        None => Ok(None),
    }
}

/// The file of `--env-file` was given explicitly: a service that it names is whole, too.
fn from_variables(settings: &Settings<'_>) -> Result<Service, Problem> {
    let of_file = [LOGIN_URL, REGION, API_URL].map(|names| settings.in_file(names));
    if let Some(service) = from_layer(settings.options, of_file)? {
        return Ok(service);
    }
    let environment = [in_environment(LOGIN_URL)?, in_environment(REGION)?, in_environment(API_URL)?];
    if let Some(service) = from_layer(settings.options, environment)? {
        return Ok(service);
    }
    let fallback =
        [settings.in_fallback(LOGIN_URL)?, settings.in_fallback(REGION)?, settings.in_fallback(API_URL)?];
    let service = from_layer(settings.options, fallback)?;
    service.ok_or_else(|| {
        let names = profile::names_without_default();
        let message = match names[..] {
            [] => NO_REGION.to_owned(),
            _ => format!(
                "no region, and no profile: none of {} is the default; name one with --profile, or make it the default with \
                 `genesys-token profile use NAME`",
                names.join(", ")
            ),
        };
        settings.missing(&message, REGION)
    })
}

fn from_layer(
    options: &ArgMatches,
    [login, region, api]: [Option<Found>; 3],
) -> Result<Option<Service>, Problem> {
    let token_path = text(options, "token-path");
    let mut service = match (login, region) {
        (Some((source, url)), _) => Service::of_login_host(source, &url, token_path)?,
        (None, Some((source, region))) => Service::of_region(source, &region)?,
        (None, None) => return Ok(None),
    };
    if let Some((source, api)) = api {
        service.set_api(&source, &api)?;
    }
    Ok(Some(service))
}

/// Fails unless this is a region or domain.
pub(crate) fn check_region(source: &Source, text: &str) -> Result<(), Problem> {
    region::endpoint(source, text).map(|_| ())
}

fn parse<'t>(source: &Source, url: &'t str) -> Result<HostUrl<'t>, Problem> {
    HostUrl::parse(url).map_err(|error| match error {
        ConfigError::InvalidPort => Problem::setting(source, "the port must be a number from 1 to 65535"),
        error => Problem::setting(source, error),
    })
}
