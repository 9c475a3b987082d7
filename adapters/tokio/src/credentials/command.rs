//! Credentials from the output of a command, for example of Vault, AWS Secrets Manager or Azure Key Vault.

use std::borrow::Cow;
use std::ffi::{OsStr, OsString};
use std::process::Command;

use genesys_token_core::settings::ClientId;
use serde::Deserialize;
use zeroize::{Zeroize as _, Zeroizing};

use super::error::CredentialError;
use super::process::{self, Ended};
use super::source::{CredentialSource, Credentials, CredentialsFuture};

/// A source that runs a program at each exchange and reads the credentials from its standard output.
///
/// The output has 16 KiB at most, and is one of
/// - a JSON object with `client_id` and `client_secret` (other members are ignored);
/// - two lines, client id and client secret;
/// - with [`CommandCredentials::client_id`], the secret only, or a JSON object that may lack `client_id`.
///
/// All of it is wiped, with one exception: a secret with JSON escapes passes through a buffer of `serde_json`.
///
/// The program has no standard input. If it fails, the error shows the last lines of its standard error, except lines that repeat a
/// part of its standard output: it must write no secret there.
/// It is over when it has exited, even if processes that it started go on and hold its output open. It is killed when the builder's
/// `credentials_timeout` has passed; processes that it started itself are not. It is run without a shell.
///
/// ```
/// # use genesys_token_tokio::CommandCredentials;
/// # use genesys_token_tokio::core::settings::ClientId;
/// # fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let source = CommandCredentials::new("vault")
///     .args(["kv", "get", "-field=client_secret", "secret/genesys"])
///     .client_id(ClientId::new("7a1c2e90-5d34-4b8e-9f06-3c1d8e2b4a75")?);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct CommandCredentials {
    program: OsString,
    args: Vec<OsString>,
    client_id: Option<ClientId>,
}

impl CommandCredentials {
    /// Runs this program, which is searched for in `PATH` unless it contains a `/`.
    #[must_use]
    pub fn new(program: impl AsRef<OsStr>) -> Self {
        Self { program: program.as_ref().to_owned(), args: Vec::new(), client_id: None }
    }

    /// Adds arguments. `Debug` shows them, and every user of the machine can read them: they must not contain a secret.
    #[must_use]
    pub fn args<A: AsRef<OsStr>>(mut self, args: impl IntoIterator<Item = A>) -> Self {
        self.args.extend(args.into_iter().map(|arg| arg.as_ref().to_owned()));
        self
    }

    /// Sets the client id, for a program that prints the secret only.
    #[must_use]
    pub fn client_id(mut self, client_id: ClientId) -> Self {
        self.client_id = Some(client_id);
        self
    }

    async fn run(&self) -> Result<Credentials, CredentialError> {
        let mut command = Command::new(&self.program);
        let ended = process::run(command.args(&self.args)).await;
        let Ended { output, error, status } = ended.map_err(|error| self.not_started(error))?;
        // Its status says nothing then: it was killed because of it.
        let Some(output) = output else {
            return Err(self.output("is longer than 16 KiB: make it print the credentials only"));
        };
        match status {
            Some(status) if !status.success() => Err(CredentialError::CommandStatus {
                program: self.name(),
                code: status.code(),
                stderr: message(&error, &output),
            }),
            _ => self.parse(&output),
        }
    }

    pub(crate) fn parse(&self, output: &[u8]) -> Result<Credentials, CredentialError> {
        let text = str::from_utf8(output).map_err(|_| self.output("is not UTF-8 text"))?;
        // A byte order mark is what programs on Windows write.
        let text = text.trim_start_matches('\u{feff}').trim_ascii();
        if text.starts_with('{') {
            return self.parse_json(text);
        }
        let mut lines = text.lines();
        match (&self.client_id, lines.next(), lines.next(), lines.next()) {
            (_, None, ..) => Err(self.output("is empty: make it print the credentials")),
            (Some(id), Some(secret), None, None) => Ok(Credentials::new(id.as_str(), secret)?),
            (None, Some(id), Some(secret), None) => Ok(Credentials::new(id, secret)?),
            (Some(_), ..) => {
                Err(self.output("is not one line: because the client id is set, make it print the secret only"))
            }
            (None, ..) => Err(self.output(
                "is neither JSON nor two lines, client id and secret: set the client id beside the command if it prints \
                 the secret only",
            )),
        }
    }

    fn parse_json(&self, text: &str) -> Result<Credentials, CredentialError> {
        #[derive(Deserialize)]
        struct Output<'a> {
            #[serde(borrow)]
            client_id: Option<Cow<'a, str>>,
            #[serde(borrow)]
            client_secret: Cow<'a, str>,
        }
        // Its error may quote the text: it is not displayed.
        let output: Output<'_> = serde_json::from_str(text).map_err(|_| {
            self.output(
                "is not a JSON object with the strings client_id and client_secret: make it print these",
            )
        })?;
        let id = output.client_id.as_deref();
        let id = id.or(self.client_id.as_ref().map(ClientId::as_str));
        let credentials = match id {
            Some(id) => Credentials::new(id, &output.client_secret).map_err(CredentialError::from),
            None => Err(self.output("has no client_id: add it, or set it beside the command")),
        };
        // Owned only if it contained escapes; the borrowed one is wiped with the output.
        if let Cow::Owned(mut secret) = output.client_secret {
            secret.zeroize();
        }
        credentials
    }

    fn name(&self) -> String {
        self.program.to_string_lossy().into_owned()
    }

    fn output(&self, problem: &'static str) -> CredentialError {
        CredentialError::CommandOutput { program: self.name(), problem }
    }

    fn not_started(&self, error: std::io::Error) -> CredentialError {
        CredentialError::CommandStart { program: self.name(), error }
    }
}

/// Returns the end of standard error for an error message: at most three lines and 300 characters, none of them a control character,
/// and no line with a word of standard output, which may be a secret.
fn message(stderr: &[u8], stdout: &[u8]) -> String {
    let stdout = Zeroizing::new(String::from_utf8_lossy(stdout).into_owned());
    let is_delimiter = |letter: char| letter.is_whitespace() || "\"':,{}".contains(letter);
    let repeats_output =
        |line: &str| stdout.split(is_delimiter).any(|word| word.len() >= 4 && line.contains(word));
    let stderr = Zeroizing::new(String::from_utf8_lossy(stderr).into_owned());
    let lines = stderr.lines().map(str::trim).filter(|line| !line.is_empty() && !repeats_output(line));
    let mut last: Vec<_> = lines.rev().take(3).collect();
    last.reverse();
    last.join(" / ").chars().filter(|letter| !letter.is_control()).take(300).collect()
}

impl CredentialSource for CommandCredentials {
    fn credentials(&self) -> CredentialsFuture<'_> {
        Box::pin(self.run())
    }
}
