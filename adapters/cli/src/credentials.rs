//! Which client asks, and where its secret comes from. Never from the arguments.

use std::env;
use std::future::ready;
use std::path::Path;

use clap::ArgMatches;
use genesys_token_core::settings::ClientId;
use genesys_token_tokio::{
    CommandCredentials, CredentialError, CredentialSource, Credentials, CredentialsFuture, EnvCredentials,
    StaticCredentials,
};
use zeroize::Zeroizing;

use crate::command_line;
use crate::exit::{Exit, Problem};
use crate::options::{path, text};
use crate::secret_input;

const CLIENT_ID: &str = "GENESYS_CLIENT_ID";
const CLIENT_SECRET: &str = "GENESYS_CLIENT_SECRET";

/// The files that are looked for in systemd's credentials directory.
const SYSTEMD_ID: &str = "genesys-client-id";
const SYSTEMD_SECRET: &str = "genesys-client-secret";

const NO_ID: &str = "no client id: give --client-id or set GENESYS_CLIENT_ID; it stands on the OAuth client's page \
    (Admin, Integrations, OAuth)";
const NO_SECRET: &str = "no client secret: set GENESYS_CLIENT_SECRET, or give --client-secret-file FILE (- is standard \
    input), --env-file FILE or --credentials-command COMMAND; a secret is never taken from the arguments";

/// The source that options and environment name.
///
/// Files are read here and now: one process asks once, so that asking again at every exchange would gain nothing.
pub(crate) fn source(options: &ArgMatches) -> Result<Box<dyn CredentialSource>, Problem> {
    if let Some(command) = text(options, "credentials-command") {
        return Ok(Box::new(command_source(command, text(options, "client-id"))?));
    }
    if let Some(file) = path(options, "env-file") {
        return Ok(Box::new(EnvCredentials::new().dotenv(file)));
    }
    let directory = env::var_os("CREDENTIALS_DIRECTORY");
    let systemd = |name: &str| directory.as_ref().map(|directory| Path::new(directory).join(name));
    let (option, secret) = if let Some(file) = path(options, "client-secret-file") {
        ("--client-secret-file", secret_input::read("--client-secret-file", file)?)
    } else if let Some(secret) = variable(CLIENT_SECRET)? {
        (CLIENT_SECRET, secret)
    } else if let Some(file) = systemd(SYSTEMD_SECRET).filter(|file| file.exists()) {
        (SYSTEMD_SECRET, secret_input::read(SYSTEMD_SECRET, &file)?)
    } else {
        return Err(Problem::new(Exit::Usage, NO_SECRET));
    };
    let id = if let Some(id) = text(options, "client-id") {
        ("--client-id", Zeroizing::new(id.to_owned()))
    } else if let Some(id) = variable(CLIENT_ID)? {
        (CLIENT_ID, id)
    } else if let Some(file) = systemd(SYSTEMD_ID).filter(|file| file.exists()) {
        (SYSTEMD_ID, secret_input::read_public(SYSTEMD_ID, &file)?)
    } else {
        return Err(Problem::new(Exit::Usage, NO_ID));
    };
    ClientId::<64>::new(&id.1).map_err(|error| Problem::config(id.0, &error))?;
    let credentials = Credentials::new(&id.1, &secret).map_err(|error| Problem::config(option, &error))?;
    Ok(Box::new(StaticCredentials::from(credentials)))
}

/// For a client that has its token already and asks for none.
#[expect(clippy::unnecessary_wraps, reason = "one of the sources, the others of which may fail")]
pub(crate) fn none(_: &ArgMatches) -> Result<Box<dyn CredentialSource>, Problem> {
    Ok(Box::new(NotNeeded))
}

struct NotNeeded;

impl CredentialSource for NotNeeded {
    fn credentials(&self) -> CredentialsFuture<'_> {
        Box::pin(ready(Err(CredentialError::Other("no token is to be obtained: please report this".into()))))
    }
}

/// No shell is involved: what a shell would expand stays as it is.
fn command_source(command: &str, id: Option<&str>) -> Result<CommandCredentials, Problem> {
    let words =
        command_line::words(command).map_err(|error| Problem::setting("--credentials-command", error))?;
    let Some((program, arguments)) = words.split_first() else {
        return Err(Problem::setting("--credentials-command", "name a program"));
    };
    let source = CommandCredentials::new(program).args(arguments);
    let Some(id) = id else { return Ok(source) };
    Ok(source.client_id(ClientId::new(id).map_err(|error| Problem::config("--client-id", &error))?))
}

/// An environment variable that is set and not empty.
pub(crate) fn variable(name: &str) -> Result<Option<Zeroizing<String>>, Problem> {
    match env::var(name) {
        Ok(value) if value.is_empty() => Ok(None),
        Ok(value) => Ok(Some(Zeroizing::new(value))),
        Err(env::VarError::NotPresent) => Ok(None),
        Err(env::VarError::NotUnicode(_)) => {
            Err(Problem::setting(name, "the variable holds something other than text"))
        }
    }
}
