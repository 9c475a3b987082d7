//! The command line: what is accepted and how it is explained.
//!
//! Built by hand and late: the options of a subcommand come into being when that subcommand was chosen, because `get`
//! runs in scripts and pays for every option that is defined.

use std::path::PathBuf;

use clap::{Arg, ArgAction, ArgGroup, Command, value_parser};
use clap_complete::Shell;

use crate::client_auth;
use crate::exit::EXIT_CODES;
#[cfg(feature = "probe")]
use crate::{exit::EXIT_CODES_OF_PROBE, probe};
use crate::{get, regions, verify};

/// The whole command line.
pub(crate) fn command() -> Command {
    let command = Command::new("genesys-token")
        .version(env!("CARGO_PKG_VERSION"))
        .about("OAuth 2 access tokens for Genesys Cloud")
        .after_help(EXIT_CODES)
        .subcommand_required(true)
        .disable_help_subcommand(true)
        .subcommand(Command::new("get").about("Obtain an access token and print it").defer(get_options))
        .subcommand(
            Command::new("verify").about("Ask the service what a token is and may do").defer(verify_options),
        )
        .subcommand(
            Command::new("regions").about("Print the regions and their hosts").defer(regions_options),
        );
    #[cfg(feature = "probe")]
    let command = command.subcommand(
        Command::new("probe")
            .about("Could a device talk to the hosts? Tries it with its TLS")
            .defer(probe_options),
    );
    command.subcommand(Command::new("completions").about("Print a shell's completion script").defer(shells))
}

fn get_options(command: Command) -> Command {
    let format = Arg::new("format")
        .long("format")
        .value_parser(value_parser!(get::Format))
        .help("What is printed [default: token]");
    client_options(command.after_help(EXIT_CODES).arg(format))
}

fn verify_options(command: Command) -> Command {
    let command = command.after_help(EXIT_CODES).args([
        Arg::new("format")
            .long("format")
            .value_parser(value_parser!(verify::Format))
            .help("What is printed [default: text]"),
        Arg::new("require-scope")
            .long("require-scope")
            .value_name("SCOPE")
            .action(ArgAction::Append)
            .help("Exit with 9 if the token lacks this scope; may be repeated"),
        file("token-file", "Verify the access token in FILE (- is standard input) instead of obtaining one"),
        Arg::new("token-env")
            .long("token-env")
            .value_name("NAME")
            .num_args(0..=1)
            .default_missing_value(get::VARIABLE)
            .help("Verify the access token in this environment variable [GENESYS_ACCESS_TOKEN]"),
    ]);
    client_options(command).group(
        ArgGroup::new("token").args(["token-file", "token-env"]).conflicts_with_all([
            "client-id",
            "secret",
            "client-auth",
            "scope",
        ]),
    )
}

fn regions_options(command: Command) -> Command {
    command.arg(
        Arg::new("format")
            .long("format")
            .value_parser(value_parser!(regions::Format))
            .help("How it is printed [default: text]"),
    )
}

#[cfg(feature = "probe")]
fn probe_options(command: Command) -> Command {
    let options = [
        Arg::new("host")
            .long("host")
            .value_parser(value_parser!(probe::Which))
            .help("Which host is asked [default: both]"),
        text("receive-buffer", "BYTES", "Receive buffer of the device's TLS [default: 8192]"),
        file(
            "ca-file",
            "Trust the certificates in FILE (PEM) instead of those of the service [env: GENESYS_CA_FILE]",
        ),
        timeout(),
        Arg::new("format")
            .long("format")
            .value_parser(value_parser!(verify::Format))
            .help("How it is printed [default: text]"),
    ];
    with_service(command.after_help(EXIT_CODES_OF_PROBE)).args(options)
}

fn shells(command: Command) -> Command {
    command.arg(Arg::new("shell").required(true).value_parser(value_parser!(Shell)).help("The shell"))
}

/// Which service is asked.
fn with_service(command: Command) -> Command {
    let service = [
        text(
            "region",
            "REGION",
            "Region: eu_central_1, eu-central-1, mypurecloud.de, … [env: GENESYS_REGION]",
        ),
        text("domain", "DOMAIN", "Domain of a region that the list does not have yet: login.DOMAIN is asked"),
        text("login-host", "HOST[:PORT]", "Exactly this host of the token endpoint [env: GENESYS_LOGIN_URL]"),
        text("token-path", "PATH", "Path of the token endpoint [default: /oauth/token]")
            .requires("login-host"),
        text(
            "api-host",
            "HOST[:PORT]",
            "Exactly this host of the Platform API [env: GENESYS_API_URL, unless --region or --domain is given]",
        ),
    ];
    let one_of = ArgGroup::new("service").args(["region", "domain", "login-host"]);
    command.next_help_heading("Service").args(service).group(one_of).next_help_heading(None::<&str>)
}

/// What `get` and `verify` have in common.
fn client_options(command: Command) -> Command {
    let client = [
        text("client-id", "ID", "Client id [env: GENESYS_CLIENT_ID]").conflicts_with("env-file"),
        file(
            "client-secret-file",
            "Read the client secret from FILE; - is standard input [env: GENESYS_CLIENT_SECRET]",
        ),
        file(
            "env-file",
            "Take region, client id and secret from FILE, such as .env, where the environment lacks them",
        ),
        text(
            "credentials-command",
            "COMMAND",
            "Run COMMAND, which prints id and secret, as JSON or on two lines, or the secret beside --client-id",
        ),
        Arg::new("client-auth")
            .long("client-auth")
            .value_name("METHOD")
            .value_parser(value_parser!(client_auth::Method))
            .help("How id and secret are sent [default: basic]"),
        text("scope", "SCOPE", "Scope to ask for; Genesys Cloud ignores it for client credentials"),
    ];
    let connection = [
        file("ca-file", "Trust the certificates in FILE (PEM) as well [env: GENESYS_CA_FILE]"),
        text(
            "proxy",
            "URL",
            "HTTP proxy, http://HOST:PORT, without a password [default: HTTPS_PROXY, where one may stand, and NO_PROXY]",
        ),
        timeout(),
        Arg::new("verbose")
            .short('v')
            .long("verbose")
            .action(ArgAction::Count)
            .help("Tell on standard error what happens; twice: in detail"),
    ];
    with_service(command)
        .next_help_heading("Client")
        .args(client)
        .next_help_heading("Connection")
        .args(connection)
        .group(ArgGroup::new("secret").args(["client-secret-file", "env-file", "credentials-command"]))
}

fn timeout() -> Arg {
    text(
        "timeout",
        "SECONDS",
        "Give up after so many seconds on each request, and on the command for credentials [default: 10]",
    )
    .allow_negative_numbers(true)
}

fn text(name: &'static str, value: &'static str, help: &'static str) -> Arg {
    Arg::new(name).long(name).value_name(value).help(help)
}

fn file(name: &'static str, help: &'static str) -> Arg {
    text(name, "FILE", help).value_parser(value_parser!(PathBuf))
}
