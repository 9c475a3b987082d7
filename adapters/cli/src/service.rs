//! The client that the options describe.

use std::env;
use std::path::PathBuf;
use std::time::Duration;

use clap::ArgMatches;
use genesys_token_core::settings::Scope;
use genesys_token_tokio::{BuildError, CredentialSource, Proxy, TokenClient, TokenClientBuilder};
use tokio::runtime;

use crate::client_auth::Method;
use crate::endpoint;
use crate::exit::{Exit, Problem};
use crate::options::{one_of, path, text};

pub(crate) const CA_FILE: &str = "GENESYS_CA_FILE";
/// No exchange takes longer; who waits for an hour has mistaken the unit.
const TIMEOUT_MAX: u64 = 3600;

const PASSWORD_IN_ARGUMENTS: &str = "a password is not taken from the arguments: every user of this machine could read it \
    in the process list. Give the whole URL in the environment variable HTTPS_PROXY";

/// Events that are taken from the kernel at a time.
const EVENTS: usize = 16;

/// Which credentials the client has.
pub(crate) type Source = fn(&ArgMatches) -> Result<Box<dyn CredentialSource>, Problem>;

/// The client, ready to ask. Sends nothing.
pub(crate) fn client(options: &ArgMatches, source: Source) -> Result<TokenClient, Problem> {
    let builder = TokenClient::builder(endpoint::endpoint(options)?);
    let mut builder = builder.credentials(source(options)?);
    if let Some(Method(auth)) = one_of(options, "client-auth") {
        builder = builder.client_auth(auth);
    }
    if let Some(scope) = text(options, "scope") {
        builder = builder.scope(Scope::new(scope).map_err(|error| Problem::config("--scope", &error))?);
    }
    connection(builder, options)
}

fn connection(mut builder: TokenClientBuilder, options: &ArgMatches) -> Result<TokenClient, Problem> {
    let proxy = text(options, "proxy");
    builder = match proxy {
        None => builder.proxy_from_env(),
        // As with curl: an empty one overrides the environment.
        Some("") => builder,
        Some(url) if names_a_password(url) => return Err(Problem::setting("--proxy", PASSWORD_IN_ARGUMENTS)),
        Some(url) => builder.proxy(Proxy::new(url).map_err(|error| Problem::setting("--proxy", error))?),
    };
    if let Some(seconds) = text(options, "timeout") {
        let timeout = timeout(seconds)?;
        builder = builder.connect_timeout(timeout).total_timeout(timeout).credentials_timeout(timeout);
    }
    let (ca_option, ca_file) = match path(options, "ca-file") {
        Some(file) => ("--ca-file", Some(file.to_owned())),
        None => (CA_FILE, env::var_os(CA_FILE).filter(|file| !file.is_empty()).map(PathBuf::from)),
    };
    if let Some(file) = ca_file {
        builder = builder.extra_roots_file(file);
    }
    builder.build().map_err(|error| match error {
        BuildError::Proxy { variable, error } => Problem::setting(variable, error),
        BuildError::RootsFile { .. } | BuildError::Roots { .. } => Problem::setting(ca_option, error),
        BuildError::TokenPath => Problem::setting("--token-path", error),
        error => Problem::new(Exit::Other, error.to_string()),
    })
}

/// Whether there is a password in the URL of a proxy, in front of its host.
fn names_a_password(url: &str) -> bool {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.rsplit_once('@').is_some_and(|(user_info, _)| user_info.contains(':'))
}

/// A number of seconds as people write it.
pub(crate) fn timeout(seconds: &str) -> Result<Duration, Problem> {
    match seconds.parse() {
        Ok(seconds @ 1..=TIMEOUT_MAX) => Ok(Duration::from_secs(seconds)),
        _ => Err(Problem::setting("--timeout", format!("give whole seconds from 1 to {TIMEOUT_MAX}"))),
    }
}

/// Runs one exchange, for which one thread is enough.
pub(crate) fn run<T>(exchange: impl Future<Output = T>) -> Result<T, Problem> {
    // One connection has few events; room for a thousand is memory that would have to be mapped.
    let runtime = runtime::Builder::new_current_thread().enable_all().max_io_events_per_tick(EVENTS).build();
    let runtime = runtime
        .map_err(|error| Problem::new(Exit::Other, format!("this machine gives no event queue: {error}")))?;
    let outcome = runtime.block_on(exchange);
    // A name lookup cannot be called back: after a timeout, its thread is not waited for.
    runtime.shutdown_background();
    Ok(outcome)
}
