//! `genesys-token completions`: scripts that let a shell complete commands and options.

use clap_complete::Shell;

use crate::arguments;

/// The script for `shell`, to be put where the shell looks for it or to be evaluated at its start.
pub(crate) fn script(shell: Shell) -> String {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut arguments::command(), "genesys-token", &mut script);
    // Options and help are text; clap has nothing else to write.
    String::from_utf8(script).unwrap_or_default()
}
