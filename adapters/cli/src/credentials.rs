//! The client's id and secret. Never taken from the arguments.

use std::env;
use std::future::ready;
use std::path::Path;

use genesys_token_core::settings::ClientId;
use genesys_token_tokio::{
    CommandCredentials, CredentialError, CredentialSource, Credentials, CredentialsFuture, StaticCredentials,
};

use crate::command_line;
use crate::exit::Problem;
use crate::options::{path, text};
use crate::secret_input;
use crate::settings::{CLIENT_ID, CLIENT_SECRET, Found, Settings, Source, in_environment};

/// Names of the credentials that systemd passes to a service.
const SYSTEMD_ID: &str = "genesys-client-id";
const SYSTEMD_SECRET: &str = "genesys-client-secret";

const NO_ID: &str = "no client id: give --client-id or set GENESYS_CLIENT_ID. It is shown on the OAuth client's page \
    (Admin, Integrations, OAuth)";
const NO_SECRET: &str = "no client secret: set GENESYS_CLIENT_SECRET, or give --client-secret-file FILE (- is standard \
    input), --env-file FILE or --credentials-command COMMAND; a secret is never taken from the arguments";

/// Where client id and client secret were found, for the message after a refusal.
#[derive(Clone, Debug)]
pub(crate) struct Origin {
    pub(crate) id: Source,
    pub(crate) secret: Source,
}

/// A source for the client, and its origin unless there are no credentials.
pub(crate) type Sourced = (Box<dyn CredentialSource>, Option<Origin>);

/// Finds the credentials that options, file and environment give.
///
/// Files are read once: one process performs one exchange, so reading them again at every exchange would have no benefit.
pub(crate) fn source(settings: &Settings<'_>) -> Result<Sourced, Problem> {
    let options = settings.options;
    if let Some(command) = text(options, "credentials-command") {
        let source = Source::Option("--credentials-command");
        let id = text(options, "client-id");
        let id_source = if id.is_some() { Source::Option("--client-id") } else { source.clone() };
        let origin = Origin { id: id_source, secret: source };
        return Ok((Box::new(command_source(command, id)?), Some(origin)));
    }
    let (secret_source, secret) =
        client_secret(settings)?.ok_or_else(|| settings.missing(NO_SECRET, CLIENT_SECRET))?;
    let (id_source, id) = client_id(settings)?.ok_or_else(|| settings.missing(NO_ID, CLIENT_ID))?;
    ClientId::<64>::new(&id).map_err(|error| Problem::config(&id_source, &error))?;
    let credentials =
        Credentials::new(&id, &secret).map_err(|error| Problem::config(&secret_source, &error))?;
    let origin = Origin { id: id_source, secret: secret_source };
    Ok((Box::new(StaticCredentials::from(credentials)), Some(origin)))
}

/// Options, which include the file of `--env-file`, come before the environment, and that before systemd's credentials.
fn client_secret(settings: &Settings<'_>) -> Result<Option<Found>, Problem> {
    const OPTION: &str = "--client-secret-file";
    if let Some(file) = path(settings.options, "client-secret-file") {
        return Ok(Some((Source::Option(OPTION), secret_input::read(OPTION, file)?)));
    }
    if let Some((source, secret)) = settings.in_file(CLIENT_SECRET) {
        if let Source::EnvFile { path, .. } = &source {
            secret_input::warn_if_readable_by_all("--env-file", path);
        }
        return Ok(Some((source, secret)));
    }
    if let Some(found) = in_environment(CLIENT_SECRET)? {
        return Ok(Some(found));
    }
    systemd(SYSTEMD_SECRET, secret_input::read)
}

fn client_id(settings: &Settings<'_>) -> Result<Option<Found>, Problem> {
    if let Some(id) = text(settings.options, "client-id") {
        return Ok(Some((Source::Option("--client-id"), id.to_owned().into())));
    }
    match settings.find(CLIENT_ID)? {
        Some(found) => Ok(Some(found)),
        None => systemd(SYSTEMD_ID, secret_input::read_public),
    }
}

type Read = fn(&str, &Path) -> Result<zeroize::Zeroizing<String>, Problem>;

/// Reads a file from the directory in which systemd passes credentials.
fn systemd(name: &'static str, read: Read) -> Result<Option<Found>, Problem> {
    let directory = env::var_os("CREDENTIALS_DIRECTORY");
    let file = directory.map(|directory| Path::new(&directory).join(name)).filter(|file| file.exists());
    let Some(file) = file else { return Ok(None) };
    Ok(Some((Source::Systemd(name), read(name, &file)?)))
}

/// For a client that is given its access token.
#[expect(clippy::unnecessary_wraps, reason = "one of two functions of this type; the other one can fail")]
pub(crate) fn none(_: &Settings<'_>) -> Result<Sourced, Problem> {
    Ok((Box::new(NotNeeded), None))
}

struct NotNeeded;

impl CredentialSource for NotNeeded {
    fn credentials(&self) -> CredentialsFuture<'_> {
        Box::pin(ready(Err(CredentialError::Other(
            "internal error: a token was requested although one was given; please report this".into(),
        ))))
    }
}

/// The command is started without a shell: nothing in it is expanded.
fn command_source(command: &str, id: Option<&str>) -> Result<CommandCredentials, Problem> {
    const OPTION: &str = "--credentials-command";
    let words = command_line::words(command).map_err(|error| Problem::setting(OPTION, error))?;
    let Some((program, arguments)) = words.split_first() else {
        return Err(Problem::setting(OPTION, "the command is empty; name a program"));
    };
    let source = CommandCredentials::new(program).args(arguments);
    let Some(id) = id else { return Ok(source) };
    Ok(source.client_id(ClientId::new(id).map_err(|error| Problem::config("--client-id", &error))?))
}
