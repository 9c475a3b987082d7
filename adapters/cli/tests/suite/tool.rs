//! Runs the real program and checks that it prints no secret.

use std::ffi::OsStr;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use genesys_token_sandbox::{Builder, DEMO_CLIENT_ID, DEMO_CLIENT_SECRET, Sandbox};

/// One run of the program. Of this process's environment it gets only PATH.
pub(crate) struct Tool {
    command: Command,
    input: Vec<u8>,
    secrets: Vec<String>,
}

/// The exit code and output of a run.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Tool {
    /// Returns a run without a service, for failures before anything is sent.
    pub(crate) fn new(arguments: &[&str]) -> Self {
        Self::of(env!("CARGO_BIN_EXE_genesys-token"), arguments)
    }

    /// Returns a run of another program, which runs this one.
    pub(crate) fn of(program: &str, arguments: &[&str]) -> Self {
        let mut command = Command::new(program);
        command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default()).args(arguments);
        // Without it, Windows finds no libraries.
        command.envs(std::env::var_os("SYSTEMROOT").map(|folder| ("SYSTEMROOT", folder)));
        Self { command, input: Vec::new(), secrets: vec![DEMO_CLIENT_SECRET.into()] }
    }

    /// Returns a run as the demo client of a sandbox, with the variables that the sandbox program prints.
    pub(crate) fn at(service: &Service, arguments: &[&str]) -> Self {
        Self::new(arguments).with(service)
    }

    /// Sets the variables that the sandbox program prints.
    pub(crate) fn with(self, service: &Service) -> Self {
        let sandbox = &service.sandbox;
        self.env("GENESYS_LOGIN_URL", sandbox.login_url())
            .env("GENESYS_API_URL", sandbox.api_url())
            .env("GENESYS_CA_FILE", &service.root)
            .env("GENESYS_CLIENT_ID", DEMO_CLIENT_ID)
            .env("GENESYS_CLIENT_SECRET", DEMO_CLIENT_SECRET)
    }

    pub(crate) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        self.command.env_remove(name);
        self
    }

    pub(crate) fn arg(mut self, argument: impl AsRef<OsStr>) -> Self {
        self.command.arg(argument);
        self
    }

    /// Sets standard input.
    pub(crate) fn input(mut self, input: &str) -> Self {
        self.input = input.into();
        self
    }

    /// Adds a text that must not be printed on standard error.
    pub(crate) fn secret(mut self, secret: &str) -> Self {
        self.secrets.push(secret.into());
        self
    }

    /// Runs it until it exits.
    pub(crate) fn run(self) -> Run {
        self.output_to(Stdio::piped())
    }

    /// Starts it, with this as its standard output.
    pub(crate) fn spawn(&mut self, output: impl Into<Stdio>) -> Child {
        let command = self.command.stdin(Stdio::piped()).stdout(output).stderr(Stdio::piped());
        command.spawn().expect("the program starts")
    }

    /// Runs it until it exits, with this as its standard output.
    pub(crate) fn output_to(mut self, output: impl Into<Stdio>) -> Run {
        let mut child = self.spawn(output);
        // A program may exit without reading its input.
        let _ = child.stdin.take().expect("a pipe").write_all(&self.input);
        let output = child.wait_with_output().expect("the program ends");
        let run = Run {
            code: output.status.code().expect("an exit code, no signal"),
            out: String::from_utf8(output.stdout).expect("text"),
            err: String::from_utf8(output.stderr).expect("text"),
        };
        for secret in &self.secrets {
            assert!(!run.err.contains(secret.as_str()), "a secret on standard error: {run:?}");
            assert!(!run.out.contains(DEMO_CLIENT_SECRET), "the client secret on standard output: {run:?}");
        }
        run
    }
}

impl Run {
    /// Returns the output of a run that must have succeeded with nothing on standard error.
    #[track_caller]
    pub(crate) fn output(self) -> String {
        assert_eq!((self.code, self.err.as_str()), (0, ""), "{self:?}");
        self.out
    }

    /// Returns the message of a run that must have failed with this exit code and nothing on standard output.
    #[track_caller]
    pub(crate) fn failure(self, code: i32) -> String {
        assert_eq!((self.code, self.out.as_str()), (code, ""), "{self:?}");
        assert!(self.err.starts_with("genesys-token: "), "{self:?}");
        self.err
    }

    /// As [`Run::failure`], and the message must contain all these words.
    #[track_caller]
    pub(crate) fn fails(self, code: i32, words: &[&str]) {
        let message = self.failure(code);
        for word in words {
            assert!(message.contains(word), "no {word:?} in {message:?}");
        }
    }
}

/// A sandbox with its trust anchor in a file.
pub(crate) struct Service {
    pub(crate) sandbox: Sandbox,
    pub(crate) root: PathBuf,
}

impl Service {
    pub(crate) fn start() -> Self {
        Self::of(Sandbox::builder())
    }

    pub(crate) fn of(builder: Builder) -> Self {
        let sandbox = builder.start_blocking().expect("the sandbox starts");
        let root = file("root.pem", &sandbox.root_pem());
        Self { sandbox, root }
    }

    /// Returns the number of token requests.
    pub(crate) fn token_requests(&self) -> usize {
        self.sandbox.record().iter().filter(|request| request.path() == "/oauth/token").count()
    }
}

/// Creates a file with this text, below cargo's directory for temporary files of tests.
pub(crate) fn file(name: &str, text: &str) -> PathBuf {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let process = format!("{}-{}", std::env::consts::OS, std::process::id());
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{process}-{number}"));
    // With the drive, on Windows.
    let directory = std::path::absolute(directory).expect("a path");
    // Process ids are used again.
    let _ = std::fs::remove_dir_all(&directory);
    std::fs::create_dir_all(&directory).expect("a directory");
    let path = directory.join(name);
    std::fs::write(&path, text).expect("a file");
    path
}
