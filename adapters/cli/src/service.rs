//! The client that the options describe, and the exchanges with it.

use std::io::{self, Write as _};
use std::path::PathBuf;
use std::time::{Duration, Instant, SystemTime};

use clap::ArgMatches;
use genesys_token_core::settings::Scope;
use genesys_token_tokio::{
    ApiError, ApiRequest, ApiResponse, BrokerAddress, BuildError, CredentialSource, Grant, Pages, Proxy,
    SecretString, StreamingResponse, Token, TokenClient, TokenClientBuilder,
};
use tokio::runtime::{self, Runtime};

use crate::client_auth::Method;
use crate::credentials::{Origin, Sourced};
use crate::date;
use crate::duration;
use crate::endpoint::Service;
use crate::exit::{Exit, Problem};
use crate::explain::{self, Context};
use crate::options::{flag, one_of, path, text};
use crate::profile::refresh_token::KeptRefreshToken;
use crate::progress::Progress;
use crate::settings::{CA_FILE, Settings, Source};

/// Longer timeouts are refused: they are most likely meant in milliseconds.
const TIMEOUT_MAX: Duration = Duration::from_secs(3600);
/// Longest time for `--wait`: a day.
const WAIT_MAX: Duration = Duration::from_secs(86_400);
/// Shortest pause before another attempt.
const PAUSE: Duration = Duration::from_millis(200);

const PASSWORD_IN_ARGUMENTS: &str = "a password is not taken from the arguments: every user of this machine could read it \
    in the process list. Give the whole URL in the environment variable HTTPS_PROXY";

/// Events taken from the kernel at a time. One connection has few: space for a thousand, the default, is memory that would have to be mapped.
const EVENTS: usize = 16;

/// A way to find credentials.
pub(crate) type FindCredentials = fn(&Settings<'_>) -> Result<Sourced, Problem>;

/// A client and the runtime for its exchanges.
pub(crate) struct Session {
    pub(crate) service: Service,
    origin: Option<Origin>,
    refresh_token: Option<KeptRefreshToken>,
    client: TokenClient,
    runtime: Option<Runtime>,
    wait: Option<Duration>,
    quiet: bool,
}

impl Session {
    /// Builds the client. Sends nothing.
    pub(crate) fn open(options: &ArgMatches, credentials: FindCredentials) -> Result<Self, Problem> {
        let settings = Settings::read(options)?;
        let service = Service::find_or_broker(&settings)?;
        Self::of(&settings, service, credentials)
    }

    /// Builds a client for this service. Sends nothing.
    pub(crate) fn of(
        settings: &Settings<'_>,
        service: Service,
        credentials: FindCredentials,
    ) -> Result<Self, Problem> {
        let mut origin = None;
        let mut builder = match &service.broker {
            Some(broker) => TokenClient::through_broker(broker.clone()),
            None => TokenClient::builder(service.endpoint),
        };
        // Over a Unix socket the broker knows the user.
        if !service.broker.as_ref().is_some_and(BrokerAddress::is_unix) {
            let (source, found) = credentials(settings)?;
            builder = builder.credentials(source);
            origin = found;
        }
        if let Some(kept) = kept(origin.as_ref()) {
            builder = builder.grant(Grant::RefreshToken { refresh_token: kept.read()? });
        }
        Self::built(settings, service, origin, builder)
    }

    /// Builds a client for a grant that was just obtained.
    pub(crate) fn for_grant(
        settings: &Settings<'_>,
        service: Service,
        credentials: Box<dyn CredentialSource>,
        origin: Origin,
        grant: Grant,
    ) -> Result<Self, Problem> {
        let builder = TokenClient::builder(service.endpoint).credentials(credentials).grant(grant);
        Self::built(settings, service, Some(origin), builder)
    }

    fn built(
        settings: &Settings<'_>,
        service: Service,
        origin: Option<Origin>,
        mut builder: TokenClientBuilder,
    ) -> Result<Self, Problem> {
        let options = settings.options;
        if let Some(Method(auth)) = one_of(options, "client-auth") {
            builder = builder.client_auth(auth);
        }
        if let Some(scope) = text(options, "scope") {
            builder = builder.scope(Scope::new(scope).map_err(|error| Problem::config("--scope", &error))?);
        }
        let wait =
            text(options, "wait").map(|wait| duration::within("--wait", wait, WAIT_MAX)).transpose()?;
        let refresh_token = kept(origin.as_ref());
        if let Some(kept) = refresh_token.clone() {
            builder = builder.refresh_token_store(kept);
        }
        let client = connection(builder, settings)?;
        let runtime = runtime()?;
        Ok(Self {
            service,
            origin,
            refresh_token,
            client,
            runtime: Some(runtime),
            wait,
            quiet: flag(options, "quiet"),
        })
    }

    /// Obtains a token; with `--wait`, tries again after failures that may pass.
    pub(crate) fn token(&self) -> Result<Token, Problem> {
        self.run(async {
            let deadline = self.wait.map(|wait| (Instant::now() + wait, SystemTime::now() + wait));
            loop {
                let error = match self.client.token().await {
                    Ok(token) => return Ok(token),
                    Err(error) => error,
                };
                let problem = explain::token_error(&error, &self.context());
                let Some((deadline, until)) = deadline.filter(|_| problem.may_pass()) else {
                    return Err(problem);
                };
                let pause = error.retry_in().unwrap_or_default().max(PAUSE);
                if Instant::now() + pause > deadline {
                    return Err(problem);
                }
                let seconds = pause.as_secs_f32();
                let until = date::rfc3339_of(until);
                if !self.quiet {
                    let _ = writeln!(
                        io::stderr(),
                        "genesys-token: {}; trying again in {seconds:.1} s, until {until}",
                        problem.message
                    );
                }
                tokio::time::sleep(pause).await;
            }
        })
    }

    /// Makes an API call with a token of the client or with the given one.
    pub(crate) fn call(
        &self,
        request: ApiRequest,
        token: Option<&SecretString>,
    ) -> Result<ApiResponse, Problem> {
        self.service.require_api()?;
        self.attempt(request, token)?.map_err(|error| explain::api_error(&error, &self.context()))
    }

    /// As [`Session::call`], with the client's error.
    pub(crate) fn attempt(
        &self,
        request: ApiRequest,
        token: Option<&SecretString>,
    ) -> Result<Result<ApiResponse, ApiError>, Problem> {
        let mut waiting = Progress::new("waiting for the response", None, self.quiet);
        self.run(waiting.during(async {
            Ok(match token {
                Some(token) => self.client.api_with(token, request).await,
                None => self.client.api(request).await,
            })
        }))
    }

    /// Makes an API call, and returns as soon as the head of a success has arrived.
    pub(crate) fn begin(
        &self,
        request: ApiRequest,
        token: Option<&SecretString>,
    ) -> Result<Result<StreamingResponse, ApiError>, Problem> {
        self.service.require_api()?;
        let mut waiting = Progress::new("waiting for the response", None, self.quiet);
        self.run(waiting.during(async {
            Ok(match token {
                Some(token) => self.client.api_streaming_with(token, request).await,
                None => self.client.api_streaming(request).await,
            })
        }))
    }

    pub(crate) const fn hides_progress(&self) -> bool {
        self.quiet
    }

    /// Returns the pages of a collection, of which nothing is asked for yet.
    pub(crate) fn pages(&self, request: ApiRequest, token: Option<&SecretString>) -> Pages {
        match token {
            Some(token) => self.client.pages_with(token, request),
            None => self.client.pages(request),
        }
    }

    /// Reads the next page; `None` after the last one.
    pub(crate) fn next_page(
        &self,
        pages: &mut Pages,
        progress: &mut Progress,
    ) -> Result<Option<Result<ApiResponse, ApiError>>, Problem> {
        self.run(progress.during(async { Ok(pages.next_page().await) }))
    }

    /// Where settings were found, for messages.
    pub(crate) fn context(&self) -> Context<'_> {
        Context { service: &self.service, origin: self.origin.as_ref() }
    }

    fn run<T>(&self, exchange: impl Future<Output = Result<T, Problem>>) -> Result<T, Problem> {
        let outcome = self.block_on(exchange)?;
        // A login that is lost counts more than what was done with it.
        self.refresh_token.as_ref().map_or(Ok(()), KeptRefreshToken::take_problem)?;
        outcome
    }

    /// Waits for a future.
    pub(crate) fn block_on<T>(&self, future: impl Future<Output = T>) -> Result<T, Problem> {
        let runtime = self.runtime.as_ref().ok_or_else(|| {
            Problem::new(Exit::Other, "internal error: the runtime has ended; please report this")
        })?;
        Ok(runtime.block_on(future))
    }
}

impl Session {
    /// Returns whether the service issued a refresh token.
    pub(crate) fn has_refresh_token(&self) -> bool {
        self.client.refresh_token().is_some()
    }
}

/// Returns the refresh token of a login, if there was one.
fn kept(origin: Option<&Origin>) -> Option<KeptRefreshToken> {
    Some(KeptRefreshToken::new(origin?.refresh_token.clone()?))
}

/// Returns a runtime of one thread, which is enough for one exchange.
pub(crate) fn runtime() -> Result<Runtime, Problem> {
    let runtime = runtime::Builder::new_current_thread().enable_all().max_io_events_per_tick(EVENTS).build();
    runtime.map_err(|error| {
        Problem::new(Exit::Other, format!("the operating system provides no event queue: {error}"))
    })
}

impl Drop for Session {
    fn drop(&mut self) {
        // A name lookup cannot be cancelled: after a timeout its thread is not waited for.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

fn connection(mut builder: TokenClientBuilder, settings: &Settings<'_>) -> Result<TokenClient, Problem> {
    let options = settings.options;
    builder = match text(options, "proxy") {
        None => builder.proxy_from_env(),
        // As with curl: an empty one overrides the environment.
        Some("") => builder,
        Some(url) if has_password(url) => return Err(Problem::setting("--proxy", PASSWORD_IN_ARGUMENTS)),
        Some(url) => builder.proxy(Proxy::new(url).map_err(|error| Problem::setting("--proxy", error))?),
    };
    if let Some(seconds) = text(options, "timeout") {
        let timeout = timeout(seconds)?;
        builder = builder.connect_timeout(timeout).total_timeout(timeout).credentials_timeout(timeout);
    }
    let ca_file = ca_file(settings)?;
    if let Some((_, file)) = &ca_file {
        builder = builder.extra_roots_file(file.clone());
    }
    builder.build().map_err(|error| match (error, ca_file) {
        (BuildError::Proxy { variable, error }, _) => Problem::setting(variable, error),
        (error @ (BuildError::RootsFile { .. } | BuildError::Roots { .. }), Some((source, _))) => {
            Problem::setting(source, error)
        }
        (BuildError::TokenPath, _) => Problem::setting("--token-path", BuildError::TokenPath),
        (error, _) => Problem::new(Exit::Other, error.to_string()),
    })
}

/// Returns the file with further CA certificates, and where its name was found.
pub(crate) fn ca_file(settings: &Settings<'_>) -> Result<Option<(Source, PathBuf)>, Problem> {
    if let Some(file) = path(settings.options, "ca-file") {
        return Ok(Some((Source::Option("--ca-file"), file.to_owned())));
    }
    let found = settings.find(CA_FILE)?;
    // Pipelines leave white space around values, which no message would show.
    Ok(found.map(|(source, file)| (source, PathBuf::from(file.trim()))))
}

/// Returns whether the URL of a proxy contains a password, in front of its host.
fn has_password(url: &str) -> bool {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.rsplit_once('@').is_some_and(|(user_info, _)| user_info.contains(':'))
}

/// Parses the value of `--timeout`.
pub(crate) fn timeout(text: &str) -> Result<Duration, Problem> {
    duration::within("--timeout", text, TIMEOUT_MAX)
}
