//! The command line: commands, options and their help.
//!
//! Built by hand, and lazily: the options of a subcommand are created when that subcommand is chosen, because `get` runs in scripts and
//! each option that is defined takes time.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::builder::PossibleValuesParser;
use clap::{Arg, ArgAction, ArgGroup, Command, ValueHint, value_parser};
use clap_complete::Shell;
use genesys_token_core::settings::Region;

use crate::command::option_groups::{
    client_options, duration, env_file, file, flag, given_token, messages, text, wait, with_connection,
    with_service, with_token,
};
#[cfg(feature = "probe")]
use crate::command::probe;
use crate::command::{audit, profiles, provision, regions, verify};
use crate::exit::exit_codes;
use crate::get;

struct Subcommand {
    name: &'static str,
    about: &'static str,
    options: fn(Command) -> Command,
}

const SUBCOMMANDS: &[Subcommand] = &[
    Subcommand { name: "get", about: "Obtain an access token and print it", options: get_options },
    Subcommand {
        name: "exec",
        about: "Run a command with an access token in its environment",
        options: exec_options,
    },
    Subcommand { name: "api", about: "Call the Platform API and print the response", options: api_options },
    Subcommand {
        name: "verify",
        about: "Show whose access token it is and what it may do",
        options: verify_options,
    },
    Subcommand {
        name: "whoami",
        about: "Show client, organization and region in one line",
        options: whoami_options,
    },
    Subcommand { name: "revoke", about: "Revoke an access token", options: revoke_options },
    Subcommand {
        name: "audit",
        about: "Compare the permissions that a service needs with those of its client",
        options: audit_options,
    },
    Subcommand {
        name: "doctor",
        about: "Check connection, clock, credentials, token and API step by step",
        options: doctor_options,
    },
    Subcommand { name: "regions", about: "Print the regions and their hosts", options: regions_options },
    #[cfg(feature = "probe")]
    Subcommand {
        name: "probe",
        about: "Check whether a device could connect to the hosts, with its TLS",
        options: probe_options,
    },
    Subcommand {
        name: "profile",
        about: "Add, list, choose, remove and import profiles of settings",
        options: profile_options,
    },
    Subcommand {
        name: "login",
        about: "Log in as a user with a browser, for a profile",
        options: login_options,
    },
    #[cfg(feature = "sandbox")]
    Subcommand {
        name: "sandbox",
        about: "Simulate the service on this machine, to try everything offline",
        options: genesys_token_sandbox::program::options,
    },
    Subcommand {
        name: "provision",
        about: "Write and read the flash region with a gateway's settings",
        options: provision_options,
    },
    Subcommand { name: "man", about: "Print the manual page of a command", options: manual_options },
    Subcommand { name: "completions", about: "Print the completion script of a shell", options: shells },
];

/// Returns the names of the subcommands.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    SUBCOMMANDS.iter().map(|subcommand| subcommand.name)
}

/// Returns the command line, with the options of a subcommand created when it is chosen.
pub(crate) fn command() -> Command {
    root(|subcommand, command| command.defer(subcommand.options))
}

/// The placeholder for the names of all profiles in [`complete_command`].
pub(crate) const PROFILE_NAMES: &str = "NAMES-OF-PROFILES";

/// Returns the command line with all options, for completion scripts: `clap_complete` does not see deferred ones.
pub(crate) fn complete_command() -> Command {
    let regions = || PossibleValuesParser::new(Region::ALL.iter().map(|region| region.name()));
    root(|subcommand, command| {
        let mut command = (subcommand.options)(command);
        // Other spellings are accepted as well, which a script cannot list.
        for (option, values) in
            [("region", regions()), ("profile", PossibleValuesParser::new([PROFILE_NAMES]))]
        {
            if command.get_arguments().any(|argument| argument.get_id() == option) {
                command = command.mut_arg(option, |argument| argument.value_parser(values));
            }
        }
        if subcommand.name == "profile" {
            let named = |command: Command| {
                command.mut_arg("name", |name| name.value_parser(PossibleValuesParser::new([PROFILE_NAMES])))
            };
            command = command.mut_subcommand("use", named).mut_subcommand("remove", named);
        }
        command
    })
}

fn root(with_options: impl Fn(&Subcommand, Command) -> Command) -> Command {
    let subcommands = SUBCOMMANDS
        .iter()
        .map(|subcommand| with_options(subcommand, Command::new(subcommand.name).about(subcommand.about)));
    Command::new("genesys-token")
        // Not that of the file, which has `.exe` on Windows.
        .bin_name("genesys-token")
        .version(env!("CARGO_PKG_VERSION"))
        .about("OAuth 2 access tokens for Genesys Cloud")
        .after_help(exit_codes())
        .subcommand_required(true)
        .args(messages().map(|argument| argument.global(true).help_heading("Messages")))
        .subcommands(subcommands)
}

fn get_options(command: Command) -> Command {
    let format = Arg::new("format")
        .long("format")
        .value_name("FORMAT")
        .value_parser(value_parser!(get::Format))
        .help("Output format [default: token]");
    client_options(command.after_help(exit_codes()).arg(format).arg(wait()))
}

fn exec_options(command: Command) -> Command {
    let words = Arg::new("command")
        .value_name("COMMAND")
        .num_args(1..)
        .last(true)
        .required(true)
        .value_parser(value_parser!(OsString))
        .value_hint(ValueHint::CommandWithArguments)
        .help("The command and its arguments, after --");
    let variables = "The command gets GENESYS_ACCESS_TOKEN, GENESYS_REGION and GENESYS_API_URL, and for the service's own tools \
        GENESYSCLOUD_ACCESS_TOKEN and GENESYSCLOUD_REGION; it does not get the client secret.";
    client_options(command.after_help(format!("{variables}\n\n{}", exit_codes())).arg(words).arg(wait()))
}

fn api_options(command: Command) -> Command {
    let call = [
        Arg::new("method").value_name("METHOD").required(true).help("GET, POST, PUT, PATCH, DELETE or HEAD"),
        Arg::new("path")
            .value_name("PATH")
            .required(true)
            .help("Path and query, such as /api/v2/organizations/me"),
        text("header", "NAME: VALUE", "Send this header; may be repeated")
            .short('H')
            .action(ArgAction::Append),
        text("query", "NAME=VALUE", "Add this to the query, percent-encoded; may be repeated")
            .short('q')
            .action(ArgAction::Append),
        file("body", "Send FILE as the body, as JSON unless --header sets Content-Type; - is standard input"),
        flag("include", "Print status and headers before the body, of refusals too").short('i'),
        text(
            "filter",
            "EXPRESSION",
            "Print only what this JMESPath expression selects, such as entities[].name",
        ),
        flag("raw", "With --filter: texts without quotes, and the elements of an array each on its line")
            .short('r')
            .requires("filter"),
        flag("paginate", "Follow the pages of a GET request; print one response per line"),
    ];
    with_token(command.after_help(exit_codes()).args(call))
}

fn verify_options(command: Command) -> Command {
    let command = command.after_help(exit_codes()).args([
        Arg::new("format")
            .long("format")
            .value_name("FORMAT")
            .value_parser(value_parser!(verify::Format))
            .help("Output format [default: text]"),
        text("require-scope", "SCOPE", "Exit with 9 if the token lacks this scope; may be repeated")
            .action(ArgAction::Append),
        text(
            "require-permission",
            "PERMISSION",
            "Exit with 12 if the client's roles do not grant this, such as routing:queue:view; may be repeated",
        )
        .action(ArgAction::Append),
    ]);
    with_token(command)
}

fn whoami_options(command: Command) -> Command {
    with_token(command.after_help(exit_codes()))
}

fn revoke_options(command: Command) -> Command {
    let token = given_token();
    let one_of = ArgGroup::new("token").args(["token-file", "token-env"]).required(true);
    with_connection(with_service(command.after_help(exit_codes()).args(token).group(one_of)).arg(env_file()))
}

fn audit_options(command: Command) -> Command {
    let options = [
        file("manifest", "List of calls, in TOML; may be repeated").action(ArgAction::Append),
        file("source", "Search this file, or the source files below this folder, for calls; may be repeated")
            .value_name("PATH")
            .action(ArgAction::Append),
        file("openapi", "The service's OpenAPI document, in which calls are looked up"),
        flag("fetch", "Get that document from the API host").conflicts_with("openapi"),
        flag("deny-unused", "Exit with 13 if a permission is granted that no call needs"),
        Arg::new("format")
            .long("format")
            .value_name("FORMAT")
            .value_parser(value_parser!(audit::Format))
            .help("Output format [default: text]"),
    ];
    let calls = ArgGroup::new("calls").args(["manifest", "source"]).multiple(true).required(true);
    with_token(command.after_help(format!("{MANIFEST}\n\n{}", exit_codes())).args(options).group(calls))
}

/// The form of a manifest.
const MANIFEST: &str = "Manifest:
  [[call]]
  method = \"GET\"
  path = \"/api/v2/users/{userId}\"
  permissions = [\"directory:user:view\"]   # otherwise looked up in the OpenAPI document
  type = \"ALL\"                             # or ANY: one of the permissions is enough";

fn doctor_options(command: Command) -> Command {
    let format = Arg::new("format")
        .long("format")
        .value_name("FORMAT")
        .value_parser(value_parser!(verify::Format))
        .help("Output format [default: text]");
    client_options(command.after_help(exit_codes()).arg(format))
}

fn regions_options(command: Command) -> Command {
    command.after_help("The hosts of a region are login.DOMAIN and api.DOMAIN.").arg(
        Arg::new("format")
            .long("format")
            .value_name("FORMAT")
            .value_parser(value_parser!(regions::Format))
            .help("Output format [default: text]"),
    )
}

#[cfg(feature = "probe")]
fn probe_options(command: Command) -> Command {
    let options = [
        Arg::new("host")
            .long("host")
            .value_name("WHICH")
            .value_parser(value_parser!(probe::Which))
            .help("Which host to connect to [default: both]"),
        text("receive-buffer", "BYTES", "Receive buffer of the device's TLS [default: 8192]"),
        env_file(),
        file(
            "ca-file",
            "Trust the certificates in FILE (PEM) instead of the service's [env: GENESYS_CA_FILE]",
        ),
        duration("timeout", "Time limit for each connection, such as 30s or 2m [default: 10s]"),
        Arg::new("format")
            .long("format")
            .value_name("FORMAT")
            .value_parser(value_parser!(verify::Format))
            .help("Output format [default: text]"),
    ];
    with_service(command.after_help(exit_codes())).args(options)
}

fn profile_options(command: Command) -> Command {
    let name = |help| Arg::new("name").value_name("NAME").required(true).help(help);
    let replace = |help| flag("replace", help);
    let service = [
        text("region", "REGION", "Region: eu_central_1, eu-central-1, mypurecloud.de, Frankfurt, …"),
        text("login-host", "URL", "Login host, in the place of a region, for example in tests"),
        text("api-host", "URL", "Host of the Platform API, if --login-host is given"),
        file("ca-file", "Trust the certificates in FILE (PEM) as well"),
        text(
            "broker",
            "ADDRESS",
            "A token broker, in the place of region and client: its address, as in GENESYS_TOKEN_BROKER",
        ),
    ];
    let client = [
        text("client-id", "ID", "Client id"),
        file(
            "client-secret-file",
            "Commands read the client secret from FILE; - reads it now, from standard input, and keeps it in a file that only you may read",
        ),
        text(
            "credentials-command",
            "COMMAND",
            "Commands run COMMAND, which prints the client secret, for example that of a vault",
        ),
        text(
            "systemd-credential",
            "NAME",
            "systemd passes the client secret to a service as this credential",
        ),
        flag(
            "keyring",
            "The client secret is in the desktop's keyring; --client-secret-file with it writes it there now",
        ),
    ];
    let secret = ArgGroup::new("reference").args([
        "client-secret-file",
        "credentials-command",
        "systemd-credential",
        "broker",
    ]);
    let keyring = ArgGroup::new("kept").args(["keyring"]).conflicts_with_all([
        "credentials-command",
        "systemd-credential",
        "broker",
    ]);
    let add = Command::new("add")
        .about("Add a profile; the first one becomes the default")
        .after_help(ADD_PROFILE)
        .arg(name("Its name: letters, digits, -, _ and ."))
        .arg(replace("Replace the profile, if there is one of this name"))
        .next_help_heading("Service")
        .args(service)
        .next_help_heading("Client")
        .args(client)
        .group(secret)
        .group(keyring);
    let tool = Arg::new("tool")
        .value_name("TOOL")
        .required(true)
        .value_parser(value_parser!(profiles::import::Tool))
        .help("The tool whose settings are read");
    let import = Command::new("import")
        .about("Add profiles with the settings of another tool; its file is only read")
        .after_help("A client secret in the file is copied into a file of its own, which only you may read.")
        .args([
            tool,
            file("file", "Read the settings from FILE, if they are elsewhere"),
            replace("Replace profiles that have the same names"),
        ]);
    command.subcommand_required(true).after_help(PROFILES).subcommands([
        add,
        Command::new("list")
            .about("List the profiles; * marks the default")
            .arg(flag("names", "Print their names only")),
        Command::new("use")
            .about("Make a profile the default, which commands use without --profile")
            .arg(name("The profile")),
        Command::new("remove")
            .about("Remove a profile, with the secrets that this program keeps for it")
            .arg(name("The profile")),
        import,
    ])
}

const ADD_PROFILE: &str = "Examples:
  genesys-token profile add work --region Frankfurt --client-id ID \\
    --client-secret-file -
  genesys-token profile add work --region Frankfurt --client-id ID \\
    --credentials-command 'pass genesys'";

const PROFILES: &str = "A profile is a name for a service, a client, and the place of the client secret. Which one a command uses:
  1. that of --profile, whose settings come before those of the environment
  2. that of GENESYS_PROFILE, else the default, for what neither options nor environment say

Profiles are in genesys-token/config.toml below XDG_CONFIG_HOME (~/.config; on Windows APPDATA).";

fn provision_options(command: Command) -> Command {
    let slot_size = || {
        text("slot-size", "BYTES", "Size of one of the region's two slots, as the board documents it")
            .required(true)
    };
    let write = [
        file("settings", "The settings: lines NAME = VALUE; - is standard input").required(true),
        file("client-secret-file", "Add the client secret in FILE to them; - is standard input"),
        slot_size(),
        file("output", "Write the region to FILE, which only you may read: it contains the secret")
            .required(true),
        Arg::new("format")
            .long("format")
            .value_name("FORMAT")
            .value_parser(value_parser!(provision::Format))
            .help("Format of the file [default: bin]"),
        text("address", "ADDRESS", "With --format uf2: address of the region")
            .required_if_eq("format", "uf2"),
        Arg::new("family")
            .long("family")
            .value_name("CHIP")
            .value_parser(value_parser!(provision::Family))
            .help("With --format uf2: the chip [default: rp2350]"),
    ];
    let from = Arg::new("file")
        .value_name("FILE")
        .required(true)
        .value_parser(value_parser!(PathBuf))
        .value_hint(ValueHint::FilePath)
        .help("The region, as written or as read from a device");
    command.subcommand_required(true).after_help(PROVISION).subcommands([
        Command::new("write").about("Write a region with these settings").args(write),
        Command::new("read")
            .about("Print the settings in a region, without the client secret")
            .args([from, slot_size()]),
    ])
}

const PROVISION: &str = "Settings, of which the documentation of the gateway lists all:
  region = eu_central_1
  client-id = 7a1c2e90-5d34-4b8e-9f06-3c1d8e2b4a75
  time-servers = 0.pool.ntp.org 1.pool.ntp.org

Examples:
  genesys-token provision write --settings gateway.txt --client-secret-file - --slot-size 131072 --output region.bin
  genesys-token provision read region.bin --slot-size 131072";

fn login_options(command: Command) -> Command {
    let options = [
        text(
            "redirect-uri",
            "URI",
            "Where the browser returns to, as registered with the OAuth client [default: http://localhost:8085/callback]",
        ),
        text("org-name", "NAME", "The organization's short name, if a user may be in several"),
        text("identity-provider", "NAME", "The identity provider of the organization to log in with"),
        flag("no-browser", "Print the URL only, and start no browser"),
        flag(
            "keyring",
            "Keep the refresh token in the desktop's keyring, as with a profile whose secret is there",
        ),
        duration("login-timeout", "Time to wait for the browser [default: 5m]"),
    ];
    let client_id = text("client-id", "ID", "Client id [env: GENESYS_CLIENT_ID]");
    with_connection(with_service(command.after_help(LOGIN).args(options).arg(client_id)).arg(env_file()))
}

const LOGIN: &str = "The OAuth client has the grant type Code Authorization; PKCE is used, with the profile's client secret if it has one. The refresh token is kept \
    in a file that only you may read, or in the desktop's keyring. Commands with the same profile get their access tokens with it, and replace it, one after the other.";

fn manual_options(command: Command) -> Command {
    let name = Arg::new("name")
        .value_name("COMMAND")
        .num_args(0..)
        .help("The command, such as get or profile add; without one, the page of genesys-token itself");
    let folder = file("dir", "Write the pages of all commands into DIR")
        .value_name("DIR")
        .value_hint(ValueHint::DirPath)
        .conflicts_with("name");
    command.after_help(READ_MANUAL).args([name, folder])
}

const READ_MANUAL: &str = "Examples:
  genesys-token man get | man -l -
  genesys-token man --dir ~/.local/share/man/man1";

fn shells(command: Command) -> Command {
    command.after_help(INSTALL).arg(
        Arg::new("shell")
            .value_name("SHELL")
            .required(true)
            .value_parser(value_parser!(Shell))
            .help("The shell"),
    )
}

/// Where each shell looks for completion scripts.
const INSTALL: &str = "Installation:
  bash        genesys-token completions bash > ~/.local/share/bash-completion/completions/genesys-token
  zsh         genesys-token completions zsh > ~/.zfunc/_genesys-token   (with ~/.zfunc in fpath)
  fish        genesys-token completions fish > ~/.config/fish/completions/genesys-token.fish
  elvish      genesys-token completions elvish >> ~/.config/elvish/rc.elv
  powershell  genesys-token completions powershell >> $PROFILE";
