//! The client's id and secret. Never taken from the arguments.

use std::env;
use std::future::ready;
use std::path::Path;

use genesys_token_core::settings::ClientId;
use genesys_token_tokio::{
    CommandCredentials, CredentialError, CredentialSource, Credentials, CredentialsFuture, StaticCredentials,
};

use zeroize::Zeroizing;

use crate::command_line;
use crate::exit::Problem;
use crate::options::{path, text};
use crate::profile::{Profile, Reference, RefreshTokenPlace, keyring};
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
    /// The place of the refresh token of a login, if there was one.
    pub(crate) refresh_token: Option<RefreshTokenPlace>,
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
        let given = Source::Option("--client-id");
        let id = text(options, "client-id").map(|id| (&given, id));
        let command = command_source(&source, command, id)?;
        let id = if id.is_some() { given } else { source.clone() };
        return Ok((Box::new(command), Some(Origin { id, secret: source, refresh_token: None })));
    }
    let Some((secret, refresh_token)) = client_secret(settings)? else {
        return Err(settings.missing(NO_SECRET, CLIENT_SECRET));
    };
    let (id_source, id) = client_id(settings)?.ok_or_else(|| settings.missing(NO_ID, CLIENT_ID))?;
    let parsed = ClientId::new(&id).map_err(|error| Problem::config(&id_source, &error))?;
    let (source, secret): (Box<dyn CredentialSource>, _) = match secret {
        Secret::Text((source, secret)) => {
            let credentials =
                Credentials::new(&id, &secret).map_err(|error| Problem::config(&source, &error))?;
            (Box::new(StaticCredentials::from(credentials)), source)
        }
        Secret::Command(source, command) => {
            (Box::new(command_source(&source, &command, Some((&id_source, &id)))?), source)
        }
        Secret::None(source) => (Box::new(public(parsed)), source),
    };
    Ok((source, Some(Origin { id: id_source, secret, refresh_token })))
}

/// A client secret, or how to get it.
enum Secret {
    Text(Found),
    Command(Source, String),
    /// A public client has none, but the refresh token of a login.
    None(Source),
}

/// A secret, and the place of the refresh token that belongs to it.
type Login = (Secret, Option<RefreshTokenPlace>);

/// Returns the credentials of a client without a secret.
pub(crate) fn public(id: ClientId) -> StaticCredentials {
    StaticCredentials::from(Credentials::public(id))
}

/// Options, which include the file of `--env-file` and `--profile`, come before the environment, and that before the fallback profile and
/// systemd's credentials.
fn client_secret(settings: &Settings<'_>) -> Result<Option<Login>, Problem> {
    const OPTION: &str = "--client-secret-file";
    let only = |secret| Some((secret, None));
    if let Some(file) = path(settings.options, "client-secret-file") {
        return Ok(only(Secret::Text((
            Source::Option(OPTION),
            secret_input::read_in_time(settings.options, OPTION, file)?,
        ))));
    }
    if let Some((source, secret)) = settings.in_file(CLIENT_SECRET) {
        if let Source::EnvFile { path, .. } = &source {
            secret_input::warn_if_readable_by_all("--env-file", path);
        }
        return Ok(only(Secret::Text((source, secret))));
    }
    if let Some(secret) = settings.profile().map(of_profile).transpose()?.flatten() {
        return Ok(Some(secret));
    }
    if let Some(found) = in_environment(CLIENT_SECRET)? {
        return Ok(only(Secret::Text(found)));
    }
    if let Some(secret) = settings.fallback()?.map(of_profile).transpose()?.flatten() {
        return Ok(Some(secret));
    }
    Ok(systemd(SYSTEMD_SECRET, secret_input::read)?.map(Secret::Text).and_then(only))
}

/// Reads the secret where the profile says it is.
fn of_profile(profile: &Profile) -> Result<Option<Login>, Problem> {
    let source = |key| Source::Profile { key, profile: profile.name.clone() };
    let refresh_token = profile.refresh_token();
    let secret = match profile.reference() {
        None => match &refresh_token {
            Some(place) => Secret::None(source(place.key())),
            None => return Ok(None),
        },
        Some(Reference::File(file)) => {
            let source = source("client_secret_file");
            let name = source.to_string();
            let read = {
                let name = name.clone();
                move |file: &Path| secret_input::read(&name, file)
            };
            let secret = secret_input::in_time(None, &name, &file, read)?;
            Secret::Text((source, secret))
        }
        Some(Reference::Command(command)) => {
            Secret::Command(source("client_secret_command"), command.to_owned())
        }
        Some(Reference::Systemd(name)) => {
            let source = source("client_secret_systemd");
            let secret = systemd_file(name, secret_input::read)?.ok_or_else(|| {
                Problem::setting(&source, "systemd passed no such credential; see LoadCredential of the unit")
            })?;
            Secret::Text((source, secret))
        }
        Some(Reference::Keyring(name)) => {
            let source = source("client_secret_keyring");
            let secret = keyring::read(&source, name)?;
            Secret::Text((source, secret))
        }
    };
    Ok(Some((secret, refresh_token)))
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

type Read = fn(&str, &Path) -> Result<Zeroizing<String>, Problem>;

/// Reads a file from the directory in which systemd passes credentials.
fn systemd(name: &'static str, read: Read) -> Result<Option<Found>, Problem> {
    Ok(systemd_file(name, read)?.map(|text| (Source::Systemd(name), text)))
}

fn systemd_file(name: &str, read: Read) -> Result<Option<Zeroizing<String>>, Problem> {
    let directory = env::var_os("CREDENTIALS_DIRECTORY");
    let file = directory.map(|directory| Path::new(&directory).join(name)).filter(|file| file.exists());
    file.map(|file| read(name, &file)).transpose()
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

/// Returns the command, which is started without a shell: nothing in it is expanded.
fn command_source(
    source: &Source,
    command: &str,
    id: Option<(&Source, &str)>,
) -> Result<CommandCredentials, Problem> {
    let words = command_line::words(command).map_err(|error| Problem::setting(source, error))?;
    let Some((program, arguments)) = words.split_first() else {
        return Err(Problem::setting(source, "the command is empty; name a program"));
    };
    let command = CommandCredentials::new(program).args(arguments);
    let Some((source, id)) = id else { return Ok(command) };
    Ok(command.client_id(ClientId::new(id).map_err(|error| Problem::config(source, &error))?))
}
