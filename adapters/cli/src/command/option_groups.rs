//! Options that several commands have: of the service, the client, the token, the connection and the messages.

use std::path::PathBuf;

use clap::{Arg, ArgAction, ArgGroup, Command, ValueHint, value_parser};

use crate::environment::ACCESS_TOKEN;
use crate::{client_auth, color, trace};

/// Options of commands that obtain an access token or are given one.
pub(crate) fn with_token(command: Command) -> Command {
    client_options(command.args(given_token())).group(
        ArgGroup::new("token").args(["token-file", "token-env"]).conflicts_with_all([
            "client-id",
            "secret",
            "client-auth",
            "scope",
        ]),
    )
}

/// Options that give an access token.
pub(crate) fn given_token() -> [Arg; 2] {
    [
        file("token-file", "Use the access token in FILE; - is standard input"),
        text("token-env", "NAME", "Use the access token in this environment variable [GENESYS_ACCESS_TOKEN]")
            .num_args(0..=1)
            .default_missing_value(ACCESS_TOKEN),
    ]
}

/// Options that name the service.
pub(crate) fn with_service(command: Command) -> Command {
    let service = [
        text(
            "region",
            "REGION",
            "Region: eu_central_1, eu-central-1, mypurecloud.de, Frankfurt, … [env: GENESYS_REGION]",
        ),
        text(
            "domain",
            "DOMAIN",
            "Domain of a region that this program does not know yet: uses login.DOMAIN and api.DOMAIN",
        ),
        text(
            "profile",
            "NAME",
            "Use the settings of this profile [env: GENESYS_PROFILE, after other variables]",
        ),
        text(
            "login-host",
            "HOST[:PORT]",
            "Overrides the login host, for example in tests [env: GENESYS_LOGIN_URL]",
        ),
        text("token-path", "PATH", "Path of the token endpoint on the login host [default: /oauth/token]"),
        text(
            "api-host",
            "HOST[:PORT]",
            "Overrides the host of the Platform API [env: GENESYS_API_URL, unless --region or --domain is given]",
        ),
    ];
    let one_of = ArgGroup::new("service").args(["region", "domain", "login-host"]);
    command.next_help_heading("Service").args(service).group(one_of).next_help_heading(None::<&str>)
}

/// Options of all commands that obtain an access token.
pub(crate) fn client_options(command: Command) -> Command {
    let client = [
        text("client-id", "ID", "Client id [env: GENESYS_CLIENT_ID]"),
        file(
            "client-secret-file",
            "Read the client secret from FILE; - is standard input [env: GENESYS_CLIENT_SECRET]",
        ),
        env_file(),
        text(
            "credentials-command",
            "COMMAND",
            "Run COMMAND, which prints id and secret, as JSON or on two lines, or the secret only with --client-id",
        ),
        Arg::new("client-auth")
            .long("client-auth")
            .value_name("METHOD")
            .value_parser(value_parser!(client_auth::Method))
            .help("How id and secret are sent [default: basic]"),
        text("scope", "SCOPE", "Scope to request; Genesys Cloud ignores it for client credentials"),
    ];
    let command = with_service(command)
        .next_help_heading("Client")
        .args(client)
        .group(ArgGroup::new("secret").args(["client-secret-file", "env-file", "credentials-command"]));
    with_connection(command)
}

/// Options of the connection.
pub(crate) fn with_connection(command: Command) -> Command {
    let connection = [
        file("ca-file", "Trust the certificates in FILE (PEM) as well [env: GENESYS_CA_FILE]"),
        text(
            "proxy",
            "URL",
            "HTTP proxy, http://HOST:PORT, without a password [default: HTTPS_PROXY, which may contain one, and NO_PROXY]",
        ),
        duration(
            "timeout",
            "Time limit for each request, and for --credentials-command, such as 2m [default: 10s]",
        ),
    ];
    command.next_help_heading("Connection").args(connection).next_help_heading(None::<&str>)
}

pub(crate) fn env_file() -> Arg {
    file("env-file", "Read the GENESYS variables from FILE, such as .env; they override the environment")
}

pub(crate) fn wait() -> Arg {
    duration(
        "wait",
        "Try again for this long, such as 30s or 2h, while the service cannot be reached, is unavailable or limits the rate",
    )
}

/// Options of all commands.
pub(crate) fn messages() -> [Arg; 5] {
    [
        Arg::new("verbose")
            .short('v')
            .long("verbose")
            .action(ArgAction::Count)
            .help("Log to standard error; -vv logs each step of connections and requests"),
        text("log-format", "FORMAT", "Format of the log: text or json [default: text]")
            .hide_possible_values(true)
            .value_parser(value_parser!(trace::Format)),
        text("error-format", "FORMAT", "Format of the message after a failure: text or json [default: text]")
            .hide_possible_values(true)
            .value_parser(value_parser!(trace::Format)),
        flag("quiet", "Print no messages but that of a failure").conflicts_with("verbose"),
        text(
            "color",
            "WHEN",
            "Use colours: auto, always or never [default: auto: on terminals, unless NO_COLOR is set]",
        )
        .hide_possible_values(true)
        .value_parser(value_parser!(color::When)),
    ]
}

pub(crate) fn duration(name: &'static str, help: &'static str) -> Arg {
    text(name, "DURATION", help).allow_negative_numbers(true)
}

pub(crate) fn flag(name: &'static str, help: &'static str) -> Arg {
    Arg::new(name).long(name).action(ArgAction::SetTrue).help(help)
}

pub(crate) fn text(name: &'static str, value: &'static str, help: &'static str) -> Arg {
    Arg::new(name).long(name).value_name(value).help(help)
}

pub(crate) fn file(name: &'static str, help: &'static str) -> Arg {
    text(name, "FILE", help).value_parser(value_parser!(PathBuf)).value_hint(ValueHint::FilePath)
}
