//! `genesys-token completions`: scripts with which a shell completes commands, options and their values.

use clap_complete::Shell;

use crate::arguments;

/// Returns the script for `shell`, to be installed where the shell looks for it or evaluated at its start.
pub(crate) fn script(shell: Shell) -> String {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut arguments::complete_command(), "genesys-token", &mut script);
    // Names and help are UTF-8, and clap writes nothing else.
    let script = String::from_utf8(script).unwrap_or_default();
    // clap_complete 4.6 writes the dash of the program's name in two ways, so that bash would find no subcommand.
    if shell == Shell::Bash { script.replace("genesys__subcmd__token", "genesys__token") } else { script }
}
