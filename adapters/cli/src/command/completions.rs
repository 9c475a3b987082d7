//! `genesys-token completions`: scripts with which a shell completes commands, options and their values.

use clap_complete::Shell;

use crate::command::arguments::{self, PROFILE_NAMES};

/// The command with which a script lists the names of the profiles.
const LIST: &str = "genesys-token profile list --names 2>/dev/null";

/// The condition under which fish completes the names of profiles: after `profile use` and `profile remove`.
const NAMED_IN_FISH: &str = "complete -c genesys-token -n \"__fish_genesys_token_using_subcommand profile; and __fish_seen_subcommand_from use remove\"";

/// Returns the script for `shell`, to be installed where the shell looks for it or evaluated at its start.
pub(crate) fn script(shell: Shell) -> String {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut arguments::complete_command(), "genesys-token", &mut script);
    // Names and help are UTF-8, and clap writes nothing else.
    let script = String::from_utf8(script).unwrap_or_default();
    // `clap_complete` supports fixed lists of values only. The scripts ask for the names of profiles when they complete one.
    match shell {
        Shell::Bash => script
            // clap_complete 4.6 writes the dash of the program's name in two ways, so that bash would find no subcommand.
            .replace("genesys__subcmd__token", "genesys__token")
            .replace(PROFILE_NAMES, &format!("$({LIST})")),
        Shell::Fish => {
            let names = format!("\"({LIST})\"");
            // For fish `clap_complete` leaves out arguments that are not options.
            script.replace(&format!("\"{PROFILE_NAMES}\\t''\""), &names)
                + &format!("{NAMED_IN_FISH} -f -a {names}\n")
        }
        Shell::Zsh => {
            script.replace(&format!("({PROFILE_NAMES})"), &format!("{{compadd - ${{(f)\"$({LIST})\"}}}}"))
        }
        // Their scripts have no values.
        _ => script,
    }
}
