//! Messages about a command line that cannot be parsed.
//!
//! Secrets get pasted in the wrong place, and standard error ends up in logs: a word that is not a known option or command is not repeated.

use clap::Error;
use clap::error::{ContextKind, ContextValue, ErrorKind};

use crate::command::arguments;
use crate::exit::{Exit, Problem};

const SECRET_IN_ARGUMENTS: &str = "a secret is not taken from the arguments: every user of this machine could read \
    it in the process list. Set the environment variable GENESYS_CLIENT_SECRET, give a file with \
    --client-secret-file FILE, or standard input with --client-secret-file -";

const TOKEN_IN_ARGUMENTS: &str = "an access token is not taken from the arguments: every user of this machine could \
    read it in the process list. `genesys-token verify` takes it from an environment variable with --token-env NAME, \
    from a file with --token-file FILE, or from standard input with --token-file -";

const COMMAND_WITHOUT_SEPARATOR: &str =
    "exec: the command and its arguments come after --, as in `genesys-token exec -- ./report.sh`";

/// Returns help, which is printed on standard output, or the failure with which to exit.
pub(crate) fn explain(error: &Error) -> Result<String, Problem> {
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => Ok(error.render().to_string()),
        ErrorKind::InvalidValue => Err(invalid_value(error)),
        ErrorKind::UnknownArgument => Err(unknown_argument(error)),
        ErrorKind::InvalidSubcommand if !has_suggestion(error) => Err(usage(&format!(
            "unknown command (not repeated here, it might be a secret); the commands are {}",
            commands()
        ))),
        _ => Err(clap_message(error)),
    }
}

/// Returns the names of all commands as a list of words.
fn commands() -> String {
    let names: Vec<_> = arguments::names().collect();
    format!("{} and help", names.join(", "))
}

fn unknown_argument(error: &Error) -> Problem {
    let argument = match error.get(ContextKind::InvalidArg) {
        Some(ContextValue::String(argument)) => argument.as_str(),
        _ => "",
    };
    let lower = argument.to_ascii_lowercase();
    if lower.starts_with('-') && (lower.contains("secret") || lower.contains("password")) {
        return usage(SECRET_IN_ARGUMENTS);
    }
    if matches!(lower.as_str(), "--token" | "--access-token" | "--bearer") {
        return usage(TOKEN_IN_ARGUMENTS);
    }
    if has_suggestion(error) {
        return clap_message(error);
    }
    if !argument.starts_with('-') && is_of_exec(error) {
        return usage(COMMAND_WITHOUT_SEPARATOR);
    }
    usage(
        "unknown argument (not repeated here, it might be a secret). Secrets are not taken from the arguments; --help \
         lists the options",
    )
}

fn is_of_exec(error: &Error) -> bool {
    let usage = error.get(ContextKind::Usage);
    matches!(usage, Some(ContextValue::StyledStr(usage)) if usage.to_string().contains("genesys-token exec"))
}

fn invalid_value(error: &Error) -> Problem {
    let (Some(ContextValue::String(option)), Some(ContextValue::Strings(values))) =
        (error.get(ContextKind::InvalidArg), error.get(ContextKind::ValidValue))
    else {
        return clap_message(error);
    };
    match error.get(ContextKind::InvalidValue) {
        Some(ContextValue::String(value)) if value.is_empty() => clap_message(error),
        _ => usage(&format!("{option}: invalid value; give one of {}", values.join(", "))),
    }
}

fn has_suggestion(error: &Error) -> bool {
    error.get(ContextKind::SuggestedArg).is_some() || error.get(ContextKind::SuggestedSubcommand).is_some()
}

fn clap_message(error: &Error) -> Problem {
    // clap's own text quotes an unexpected value.
    if let Some(ContextValue::String(value)) = error.get(ContextKind::InvalidValue)
        && !value.is_empty()
    {
        let option = match error.get(ContextKind::InvalidArg) {
            Some(ContextValue::String(option)) => option.as_str(),
            _ => "an argument",
        };
        return usage(&format!(
            "{option}: unexpected value (not repeated here, it might be a secret); see --help"
        ));
    }
    let text = error.render().to_string();
    usage(text.strip_prefix("error: ").unwrap_or(&text).trim_end())
}

fn usage(message: &str) -> Problem {
    Problem::new(Exit::Usage, message)
}
