//! Programs in other languages, run with the pinned packages of `clients` and `python`, or those of Debian.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::{PeerError, installed};

/// The interpreter of a program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// Python 3 with the packages of `python/requirements.txt`.
    Python,
    /// JavaScript modules on Node.js with the packages of `clients/package-lock.json`.
    JavaScript,
    /// Go with the packages that Debian has for it.
    Go,
    /// POSIX shell.
    Shell,
}

impl Language {
    /// Runs `program` after the shell lines `setup`, with only `environment` and `PATH` set. Returns its standard output; an exit
    /// status other than 0 is an error with both outputs.
    pub fn run(self, setup: &str, program: &str, environment: &[(&str, &str)]) -> Result<String, PeerError> {
        // Where a compiler finds the program and leaves what it builds.
        let scratch = tempfile::tempdir().map_err(PeerError::io("making a directory"))?;
        let (interpreter, arguments, directory): (PathBuf, &[&str], PathBuf) = match self {
            Self::Python => (installed::python()?, &["-"], installed::python_packages()?),
            Self::JavaScript => {
                (installed::node()?, &["--input-type=module", "-"], installed::node_packages("clients")?)
            }
            Self::Go => {
                fs::write(scratch.path().join("main.go"), program)
                    .map_err(PeerError::io("writing main.go"))?;
                (installed::go()?, &["run", "main.go"], scratch.path().to_owned())
            }
            Self::Shell => ("/bin/sh".into(), &["-s"], std::env::temp_dir()),
        };
        let mut command = Command::new("/bin/sh");
        command
            .args(["-c", &format!("{setup}\nexec \"$@\""), "sh"])
            .arg(&interpreter)
            .args(arguments)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .envs(environment.iter().copied())
            .current_dir(&directory)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        match self {
            Self::Python => drop(command.env("PYTHONPATH", &directory)),
            Self::Go => {
                let settings = [("GO111MODULE", "off"), ("GOPATH", installed::GO_PACKAGES), ("GOFLAGS", "")];
                command.envs(settings).env("GOCACHE", scratch.path().join("cache"));
            }
            Self::JavaScript | Self::Shell => {}
        }
        run(&mut command, program, &interpreter)
    }
}

fn run(command: &mut Command, program: &str, interpreter: &Path) -> Result<String, PeerError> {
    let name = interpreter.display();
    let mut child = command.spawn().map_err(PeerError::io(format_args!("starting {name}")))?;
    if let Some(mut input) = child.stdin.take() {
        // An interpreter that fails early closes its input; its exit status is the error then.
        let _ = input.write_all(program.as_bytes());
    }
    let output = child.wait_with_output().map_err(PeerError::io(format_args!("waiting for {name}")))?;
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    if output.status.success() {
        return Ok(out.into_owned());
    }
    Err(PeerError::new(format!("{name} ended with {}:\n{out}{err}", output.status)))
}

/// Returns the fenced code blocks of a Markdown section, as pairs of language and content, under each heading of level 3.
#[must_use]
pub fn examples(markdown: &str, section: &str) -> Vec<(String, Vec<(String, String)>)> {
    let mut examples: Vec<(String, Vec<(String, String)>)> = Vec::new();
    let (mut inside, mut block) = (false, None::<(String, String)>);
    for line in markdown.lines() {
        match (&mut block, line.strip_prefix("```")) {
            (Some(_), Some(_)) => {
                if let (Some(done), Some((_, blocks))) = (block.take(), examples.last_mut()) {
                    blocks.push(done);
                }
            }
            (Some((_, content)), None) => {
                content.push_str(line);
                content.push('\n');
            }
            (None, Some(language)) if inside => block = Some((language.to_owned(), String::new())),
            (None, _) => {
                if let Some(title) = line.strip_prefix("## ") {
                    inside = title == section;
                } else if let Some(title) = line.strip_prefix("### ").filter(|_| inside) {
                    examples.push((title.to_owned(), Vec::new()));
                }
            }
        }
    }
    examples
}
