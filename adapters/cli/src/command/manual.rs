//! `genesys-token man`: manual pages, made from the same definitions as `--help`.

use std::fs;
use std::io;
use std::path::Path;

use clap::{ArgMatches, Command};
use clap_mangen::Man;

use crate::command::arguments;
use crate::exit::{Exit, Problem};
use crate::options::path;

/// Returns the page of a command, or writes those of all commands into a folder.
pub(crate) fn run(options: &ArgMatches) -> Result<Vec<u8>, Problem> {
    let mut command = arguments::complete_command();
    command.build();
    if let Some(folder) = path(options, "dir") {
        let written = fs::create_dir_all(folder).and_then(|()| write_all(&command, folder));
        written.map_err(|error| {
            let why = format!("{} cannot be written ({error}); check its permissions", folder.display());
            Problem::new(Exit::Other, why)
        })?;
        return Ok(Vec::new());
    }
    let mut names = options.get_many::<String>("name").into_iter().flatten();
    let page = names.try_fold(&command, |command, name| command.find_subcommand(name));
    let page = page.ok_or_else(|| {
        Problem::setting("COMMAND", "there is no such command; `genesys-token --help` lists them")
    })?;
    rendered(page).map_err(|error| Problem::new(Exit::Other, error.to_string()))
}

/// Writes the page of a command and those of its subcommands.
fn write_all(command: &Command, folder: &Path) -> io::Result<()> {
    fs::write(folder.join(format!("{}.1", name(command))), rendered(command)?)?;
    let mut commands = command.get_subcommands().filter(|command| command.get_name() != "help");
    commands.try_for_each(|command| write_all(command, folder))
}

/// `genesys-token-get`, as `man` names pages of subcommands.
fn name(command: &Command) -> String {
    command.get_display_name().unwrap_or_else(|| command.get_name()).replace(' ', "-")
}

fn rendered(command: &Command) -> io::Result<Vec<u8>> {
    let mut page = Vec::new();
    Man::new(command.clone().disable_help_subcommand(true))
        .title(name(command))
        .source(concat!("genesys-token ", env!("CARGO_PKG_VERSION")))
        .render(&mut page)?;
    Ok(page)
}
