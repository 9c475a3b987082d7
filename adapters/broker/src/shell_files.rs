//! What an installation of the broker needs besides the program: manual pages and completion scripts, from the same definitions as
//! `--help`.

use std::fs;
use std::io;
use std::path::Path;

use clap::Command;
use clap_complete::Shell;
use clap_mangen::Man;

/// Section 8 of the manual has the commands of administrators.
const SECTION: &str = "8";

/// Writes the manual pages of the program and of its subcommands into a folder, which is created if need be.
///
/// # Errors
/// If the folder or a page cannot be written.
pub(crate) fn write_manual(mut command: Command, folder: &Path) -> io::Result<()> {
    command.build();
    fs::create_dir_all(folder)?;
    let subcommands = command.get_subcommands().filter(|command| command.get_name() != "help");
    for page in std::iter::once(&command).chain(subcommands) {
        let name = page.get_display_name().unwrap_or_else(|| page.get_name()).replace(' ', "-");
        let mut text = Vec::new();
        Man::new(page.clone().disable_help_subcommand(true))
            .title(&name)
            .section(SECTION)
            .render(&mut text)?;
        fs::write(folder.join(format!("{name}.{SECTION}")), text)?;
    }
    Ok(())
}

/// Returns the completion script of a shell.
pub(crate) fn completions(mut command: Command, shell: Shell) -> String {
    let name = command.get_name().to_owned();
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut command, &name, &mut script);
    // Names and help are UTF-8, and clap writes nothing else.
    let script = String::from_utf8(script).unwrap_or_default();
    // clap_complete 4.6 writes the dashes of the program's name in two ways, so that bash would find no subcommand.
    match shell {
        Shell::Bash => script.replace("genesys__subcmd__token__subcmd__broker", "genesys__token__broker"),
        _ => script,
    }
}
