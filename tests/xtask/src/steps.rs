//! A list of steps: installs what they need, runs each of them, then prints a table of their times.

use std::{
    env, fmt,
    fs::{self, File},
    mem,
    path::PathBuf,
    process::{Child, Command},
    time::{Duration, Instant},
};

use lexopt::{Arg, Parser};

use crate::{
    failure::Failure,
    load::Load,
    needs::{self, Need},
    program,
    workspace::Workspace,
};

pub(crate) struct Step {
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    pub(crate) needs: &'static [&'static Need],
    pub(crate) run: fn(&Workspace) -> Result<Outcome, Failure>,
}

pub(crate) enum Outcome {
    Passed,
    /// The step could not run, and why. Always shown in the closing table.
    Skipped(String),
    Failed(String),
    /// The step continues beside the following ones; the run waits for it at the end.
    Begun(Beside),
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Passed => f.write_str("passed"),
            Self::Skipped(why) => write!(f, "SKIPPED: {}", first_line(why)),
            Self::Failed(why) => write!(f, "FAILED: {}", first_line(why)),
            Self::Begun(_) => f.write_str("goes on beside the others"),
        }
    }
}

/// A program that takes time but hardly any processor. Its output is kept, and shown when it has ended.
pub(crate) struct Beside {
    shown: String,
    process: Child,
    printed: PathBuf,
}

impl Beside {
    /// Starts it. `name` is that of its step.
    pub(crate) fn begin(mut command: Command, name: &str, workspace: &Workspace) -> Result<Self, Failure> {
        let shown = program::display(&command);
        let printed = workspace.target.join(format!("xtask-{name}.log"));
        let log = File::create(&printed).map_err(|error| format!("{}: {error}", printed.display()))?;
        let process = command.stdout(log.try_clone()?).stderr(log).spawn();
        let process = process.map_err(|error| format!("`{shown}` cannot be started: {error}"))?;
        println!("$ {shown} &");
        Ok(Self { shown, process, printed })
    }

    fn end(mut self) -> Result<Outcome, Failure> {
        let status = self.process.wait()?;
        print!("{}", fs::read_to_string(&self.printed)?);
        if status.success() {
            return Ok(Outcome::Passed);
        }
        Err(format!("`{}` failed ({status})", self.shown).into())
    }
}

struct Row {
    name: &'static str,
    took: Duration,
    outcome: Outcome,
}

/// Runs the steps that the command line selects.
///
/// `beside`: the steps that, in a run of all steps, a process of their own runs while this one runs the others: those that build in a
/// folder of their own and hardly use more than one processor. A failed step does not prevent those after it; the command fails if any
/// of them did.
pub(crate) fn command(
    title: &str,
    steps: &'static [Step],
    beside: &[&str],
    arguments: &mut Parser,
) -> Result<(), Failure> {
    let mut options = Options::default();
    if !options.read(steps, arguments)? {
        return Ok(());
    }
    let wanted = |step: &&Step| options.only.is_empty() || options.only.iter().any(|name| name == step.name);
    let chosen: Vec<_> = steps.iter().filter(wanted).collect();
    let workspace = Workspace::load()?;
    let needs: Vec<_> = chosen.iter().flat_map(|step| step.needs).copied().collect();

    println!("== {title}: what the steps need");
    let start = Instant::now();
    needs::provide(&needs, &workspace)?;
    let mut rows = vec![Row { name: "needs", took: start.elapsed(), outcome: Outcome::Passed }];
    let load = options.under_load.then(Load::begin).transpose()?;

    let (apart, chosen): (Vec<&Step>, Vec<_>) =
        chosen.into_iter().partition(|step| options.only.is_empty() && beside.contains(&step.name));
    for step in apart {
        println!("\n== {title}: {} ({})", step.name, step.about);
        let outcome = shown(alone(title, step, &workspace).map(Outcome::Begun));
        rows.push(Row { name: step.name, took: Duration::ZERO, outcome });
    }
    for step in chosen {
        println!("\n== {title}: {} ({})", step.name, step.about);
        let start = Instant::now();
        let outcome = shown((step.run)(&workspace));
        rows.push(Row { name: step.name, took: start.elapsed(), outcome });
    }
    for row in &mut rows {
        if let Outcome::Begun(_) = row.outcome
            && let Outcome::Begun(beside) = mem::replace(&mut row.outcome, Outcome::Passed)
        {
            println!("\n== {title}: waiting for {}", row.name);
            let start = Instant::now();
            row.outcome = shown(beside.end());
            // Time that it ran beside the other steps is not counted.
            row.took += start.elapsed();
        }
    }
    drop(load);
    conclude(title, &rows)
}

/// Starts a process that runs one step of this command.
fn alone(title: &str, step: &Step, workspace: &Workspace) -> Result<Beside, Failure> {
    let this = env::current_exe()?;
    let mut command = program::new(&this, &[title, "--only", step.name], &workspace.root);
    // As `cargo run` does: the process finds the workspace by it, and does not pass it on either.
    command.env("CARGO_MANIFEST_DIR", env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    Beside::begin(command, step.name, workspace)
}

#[derive(Default)]
struct Options {
    /// The names of the steps to run; empty for all.
    only: Vec<String>,
    /// Whether busy processes run beside the steps.
    under_load: bool,
}

impl Options {
    /// Reads the command line; returns false if only the list was requested.
    fn read(&mut self, steps: &[Step], arguments: &mut Parser) -> Result<bool, Failure> {
        while let Some(argument) = arguments.next()? {
            match argument {
                Arg::Long("only") => self.only.push(arguments.value()?.to_string_lossy().into_owned()),
                Arg::Long("under-load") => self.under_load = true,
                Arg::Long("list") => {
                    for step in steps {
                        println!("{:<14} {}", step.name, step.about);
                    }
                    return Ok(false);
                }
                other => return Err(other.unexpected().into()),
            }
        }
        if let Some(unknown) = self.only.iter().find(|name| steps.iter().all(|step| step.name != **name)) {
            let known: Vec<_> = steps.iter().map(|step| step.name).collect();
            return Err(format!("there is no step `{unknown}`; there are: {}", known.join(", ")).into());
        }
        Ok(true)
    }
}

/// Returns the outcome, after printing the reason of a failure.
fn shown(result: Result<Outcome, Failure>) -> Outcome {
    let outcome = result.unwrap_or_else(|failure| Outcome::Failed(failure.to_string()));
    if let Outcome::Skipped(why) | Outcome::Failed(why) = &outcome {
        println!("{why}");
    }
    outcome
}

fn conclude(title: &str, rows: &[Row]) -> Result<(), Failure> {
    println!("\n== {title}: all steps");
    for row in rows {
        println!("{:<14} {:>7.1} s  {}", row.name, row.took.as_secs_f64(), row.outcome);
    }
    let total: Duration = rows.iter().map(|row| row.took).sum();
    println!("{:<14} {:>7.1} s", "total", total.as_secs_f64());
    let names = |wanted: fn(&Outcome) -> bool| {
        let names: Vec<_> = rows.iter().filter(|row| wanted(&row.outcome)).map(|row| row.name).collect();
        names.join(", ")
    };
    let skipped = names(|outcome| matches!(outcome, Outcome::Skipped(_)));
    if !skipped.is_empty() {
        println!("NOT DONE HERE: {skipped}. This run says nothing about it.");
    }
    let failed = names(|outcome| matches!(outcome, Outcome::Failed(_)));
    if failed.is_empty() { Ok(()) } else { Err(format!("{title} failed in: {failed}").into()) }
}

/// Returns the first line, shortened to fit into a table; the whole text is printed above it.
fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().chars().take(120).collect()
}
