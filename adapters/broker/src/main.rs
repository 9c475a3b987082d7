//! `genesys-token-broker`: one Genesys Cloud access token for all services of a machine.
#![forbid(unsafe_code)]
#![allow(
    clippy::std_instead_of_core,
    clippy::std_instead_of_alloc,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program for hosts, whose output is its purpose"
)]

mod log_line;
mod shell_files;

use std::io::{self, IsTerminal as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use clap_complete::Shell;
use genesys_token_broker::{NewSecret, fetch_status, read_config, run, status_table};

const CONFIG: &str = "/etc/genesys-token-broker/config.toml";
const SOCKET: &str = "/run/genesys-token-broker/socket";

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let matches = command().get_matches();
    let done = match matches.subcommand() {
        Some(("run", options)) => {
            log_line::start(options.get_flag("verbose"));
            run(&path(options, "config")).map_err(|error| error.to_string())
        }
        Some(("check-config", options)) => read_config(&path(options, "config"))
            .map(|config| {
                println!(
                    "the configuration is valid: {} clients, {} consumers",
                    config.clients.len(),
                    config.consumers.len()
                );
            })
            .map_err(|error| error.to_string()),
        Some(("status", options)) => status(options),
        Some(("new-store-key", _)) => new_store_key(),
        Some(("man", options)) => manual(&path(options, "dir")),
        Some(("completions", options)) => {
            if let Some(shell) = options.get_one::<Shell>("shell") {
                print!("{}", shell_files::completions(command(), *shell));
            }
            Ok(())
        }
        _ => new_secret(),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("genesys-token-broker: {message}");
            ExitCode::FAILURE
        }
    }
}

fn command() -> Command {
    let config = Arg::new("config")
        .long("config")
        .value_name("FILE")
        .value_parser(value_parser!(PathBuf))
        .default_value(CONFIG)
        .help("Configuration file");
    let socket = Arg::new("socket")
        .long("socket")
        .value_name("PATH")
        .value_parser(value_parser!(PathBuf))
        .default_value(SOCKET)
        .help("Unix socket of the broker");
    let json = Arg::new("json").long("json").action(ArgAction::SetTrue).help("Print JSON instead of a table");
    let verbose =
        Arg::new("verbose").long("verbose").short('v').action(ArgAction::SetTrue).help("Log details");
    let folder = Arg::new("dir")
        .long("dir")
        .value_name("DIR")
        .value_parser(value_parser!(PathBuf))
        .required(true)
        .help("Folder for the pages, such as /usr/local/share/man/man8");
    let shell = Arg::new("shell")
        .value_name("SHELL")
        .value_parser(value_parser!(Shell))
        .required(true)
        .help("Shell that the script is for");
    Command::new("genesys-token-broker")
        .version(env!("CARGO_PKG_VERSION"))
        .about("Shares one Genesys Cloud access token among all services of a machine, and forwards their API calls")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommand(Command::new("run").about("Runs the broker in the foreground").arg(config.clone()).arg(verbose))
        .subcommand(Command::new("check-config").about("Checks a configuration file, without any network access").arg(config))
        .subcommand(Command::new("status").about("Prints the state of every client").arg(socket).arg(json))
        .subcommand(Command::new("new-secret").about("Makes a secret for a consumer, and its hash for the configuration"))
        .subcommand(Command::new("new-store-key").about("Prints a line with a new key, for the key file of the shared store"))
        .subcommand(Command::new("man").about("Writes the manual pages into a folder").arg(folder))
        .subcommand(Command::new("completions").about("Prints the completion script of a shell").arg(shell))
}

fn path(options: &ArgMatches, name: &str) -> PathBuf {
    options.get_one::<PathBuf>(name).cloned().unwrap_or_default()
}

fn status(options: &ArgMatches) -> Result<(), String> {
    let socket = path(options, "socket");
    let status = fetch_status(&socket)
        .map_err(|error| format!("cannot ask the broker at {}: {error}", socket.display()))?;
    if options.get_flag("json") {
        println!("{status}");
    } else {
        let colour = io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
        print!("{}", status_table(&status, colour));
    }
    Ok(())
}

fn new_store_key() -> Result<(), String> {
    let key = genesys_token_broker::new_store_key().map_err(|error| format!("no random bytes: {error}"))?;
    println!("{}", key.as_str());
    Ok(())
}

fn manual(folder: &Path) -> Result<(), String> {
    shell_files::write_manual(command(), folder)
        .map_err(|error| format!("{} cannot be written ({error}); check its permissions", folder.display()))
}

fn new_secret() -> Result<(), String> {
    let secret = NewSecret::new().map_err(|error| format!("no random bytes: {error}"))?;
    println!("secret for the consumer:  {}", secret.expose());
    println!("line for its table:       secret_sha256 = \"{}\"", secret.sha256());
    Ok(())
}
