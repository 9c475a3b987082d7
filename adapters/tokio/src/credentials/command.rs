//! Credentials from the output of a command, for example of Vault, AWS Secrets Manager or Azure Key Vault.

use std::borrow::Cow;
use std::ffi::{OsStr, OsString};
use std::io::Read as _;
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use genesys_token_core::settings::ClientId;
use serde::Deserialize;
use tokio::sync::oneshot;
use zeroize::{Zeroize as _, Zeroizing};

use super::error::CredentialError;
use super::source::{CredentialSource, Credentials, CredentialsFuture};

/// The longest output, in bytes.
const OUTPUT_MAX: usize = 16 * 1024;
/// Interval at which the end of a program is polled after the end of its output; there is hardly any time between them.
const POLL_INTERVAL: Duration = Duration::from_millis(2);

/// A source that runs a program at each exchange and reads the credentials from its standard output.
///
/// The output has 16 KiB at most, and is one of
/// - a JSON object with `client_id` and `client_secret` (other members are ignored);
/// - two lines, client id and client secret;
/// - with [`CommandCredentials::client_id`], the secret only, or a JSON object that may lack `client_id`.
///
/// All of it is wiped, with one exception: a secret with JSON escapes passes through a buffer of `serde_json`.
///
/// The program has no standard input, and its standard error is discarded, because it may contain a secret.
/// It is killed when the builder's `credentials_timeout` has passed; processes that it started itself are not. It is run without
/// a shell.
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
        let (running, ended) = self.start().map_err(|error| self.not_started(error))?;
        let ended = ended.await.map_err(|_| CredentialError::Panicked)?;
        drop(running);
        let Ended { output, status } = ended.map_err(|error| self.not_started(error))?;
        // Its status says nothing then: it was killed because of it.
        let Some(output) = output else {
            return Err(self.output("is longer than 16 KiB: make it print the credentials only"));
        };
        if !status.success() {
            return Err(CredentialError::CommandStatus { program: self.name(), code: status.code() });
        }
        self.parse(&output)
    }

    /// Starts the program, and a thread that waits for its end.
    ///
    /// tokio's processes are not used: they would install a handler of `SIGCHLD` for the whole process and every runtime.
    fn start(&self) -> std::io::Result<(Running, oneshot::Receiver<std::io::Result<Ended>>)> {
        let mut child = Command::new(&self.program)
            .args(&self.args)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let stdout = child.stdout.take();
        let running = Running(Arc::new(Mutex::new(child)));
        let waiting = Running(running.0.clone());
        let (tell, ended) = oneshot::channel();
        thread::Builder::new().name("credentials".to_owned()).spawn(move || {
            // The receiver is gone if the future was dropped.
            let _ = tell.send(waiting.end(stdout));
        })?;
        Ok((running, ended))
    }

    pub(crate) fn parse(&self, output: &[u8]) -> Result<Credentials, CredentialError> {
        let text = str::from_utf8(output).map_err(|_| self.output("is not UTF-8 text"))?;
        let text = text.trim_ascii();
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

/// A running program, which is killed when this is dropped.
struct Running(Arc<Mutex<Child>>);

/// The output and status of a program that has ended.
struct Ended {
    /// All of standard output; `None` if it is too long.
    output: Option<Zeroizing<Vec<u8>>>,
    status: ExitStatus,
}

impl Running {
    fn child(&self) -> MutexGuard<'_, Child> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for the end, blocking the thread.
    fn end(self, stdout: Option<ChildStdout>) -> std::io::Result<Ended> {
        let output = read(stdout)?;
        if output.is_none() {
            // It may be blocked in writing.
            self.child().kill()?;
        }
        loop {
            // The lock is released between two polls, for the guard that kills.
            if let Some(status) = self.child().try_wait()? {
                return Ok(Ended { output, status });
            }
            thread::sleep(POLL_INTERVAL);
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // The standard library does nothing if the program has ended and was waited for.
        let _ = self.child().kill();
    }
}

/// Reads all of standard output. `None` if it is too long.
fn read(stdout: Option<ChildStdout>) -> std::io::Result<Option<Zeroizing<Vec<u8>>>> {
    // Never grows, so it leaves no unwiped copy.
    let mut output = Zeroizing::new(vec![0; OUTPUT_MAX + 1]);
    let mut length = 0;
    if let Some(mut stdout) = stdout {
        while let Some(free) = output.get_mut(length..).filter(|free| !free.is_empty()) {
            match stdout.read(free) {
                Ok(0) => break,
                Ok(count) => length += count,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }
    if length > OUTPUT_MAX {
        return Ok(None);
    }
    // The rest is zeros: truncating leaves nothing unwiped.
    output.truncate(length);
    Ok(Some(output))
}

impl CredentialSource for CommandCredentials {
    fn credentials(&self) -> CredentialsFuture<'_> {
        Box::pin(self.run())
    }
}
