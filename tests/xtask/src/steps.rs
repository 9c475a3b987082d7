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
use nix::sys::{
    resource::{UsageWho, getrusage},
    time::TimeValLike as _,
};

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
    /// Starts it. `name` becomes a part of its log's.
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

/// Steps that run one after the other in a process of their own, beside the other steps, in a run of all steps. What they build does not lie in a
/// folder that the others build in: cargo locks it.
pub(crate) struct Companions {
    pub(crate) names: &'static [&'static str],
    /// The step that begins only after they have ended; `None`: the run ends after them.
    pub(crate) until: Option<&'static str>,
    /// Whether they get only the processor time that the others leave.
    pub(crate) low_priority: bool,
}

impl Companions {
    /// Every step waits for the one before it.
    pub(crate) const NONE: Self = Self { names: &[], until: None, low_priority: false };
}

/// The row of the companions, whose own table is printed when they have ended.
const BESIDE: &str = "beside";

struct Row {
    name: &'static str,
    took: Duration,
    /// User and system time on all processors together, of this process and of those that ended meanwhile.
    processor: Duration,
    outcome: Outcome,
}

/// Runs the steps that the command line selects. A failed step does not prevent those after it; the command fails if any of them did.
pub(crate) fn command(
    title: &str,
    steps: &'static [Step],
    companions: &Companions,
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
    let mut rows = vec![Row::of("needs", || needs::provide(&needs, &workspace).map(|()| Outcome::Passed))?];
    let load = options.under_load.then(Load::begin).transpose()?;

    let (apart, chosen): (Vec<&Step>, Vec<_>) =
        chosen.into_iter().partition(|step| options.only.is_empty() && companions.names.contains(&step.name));
    if !apart.is_empty() {
        println!("\n== {title}: beside the other steps");
        for step in &apart {
            println!("{} ({})", step.name, step.about);
        }
        let begun = || Ok(shown(alone(title, &apart, companions, &workspace).map(Outcome::Begun)));
        rows.push(Row::of(BESIDE, begun)?);
    }
    for step in chosen {
        if companions.until == Some(step.name) {
            end(title, &mut rows, &[BESIDE])?;
        }
        println!("\n== {title}: {} ({})", step.name, step.about);
        rows.push(Row::of(step.name, || Ok(shown((step.run)(&workspace))))?);
    }
    let all: Vec<_> = rows.iter().map(|row| row.name).collect();
    end(title, &mut rows, &all)?;
    drop(load);
    conclude(title, &rows)
}

impl Row {
    /// Runs a step and measures it.
    fn of(name: &'static str, step: impl FnOnce() -> Result<Outcome, Failure>) -> Result<Self, Failure> {
        let (start, before) = (Instant::now(), processor_time()?);
        let outcome = step()?;
        Ok(Self { name, took: start.elapsed(), processor: processor_time()?.saturating_sub(before), outcome })
    }
}

/// Waits for those of these steps that run in processes of their own.
fn end(title: &str, rows: &mut [Row], names: &[&str]) -> Result<(), Failure> {
    for row in rows.iter_mut().filter(|row| names.contains(&row.name)) {
        if let Outcome::Begun(_) = row.outcome
            && let Outcome::Begun(beside) = mem::replace(&mut row.outcome, Outcome::Passed)
        {
            println!("\n== {title}: waiting for {}", row.name);
            let waited = Row::of(row.name, || Ok(shown(beside.end())))?;
            // The time beside other steps is not counted; the processor time is.
            row.took += waited.took;
            row.processor += waited.processor;
            row.outcome = waited.outcome;
        }
    }
    Ok(())
}

/// Returns the user and system time of this process and of all that have ended under it.
fn processor_time() -> Result<Duration, Failure> {
    let of = |who| {
        let usage = getrusage(who)?;
        let microseconds = usage.user_time().num_microseconds() + usage.system_time().num_microseconds();
        Ok::<_, Failure>(Duration::from_micros(u64::try_from(microseconds)?))
    };
    Ok(of(UsageWho::RUSAGE_SELF)? + of(UsageWho::RUSAGE_CHILDREN)?)
}

/// Starts a process that runs these steps of this command.
fn alone(
    title: &str,
    steps: &[&Step],
    companions: &Companions,
    workspace: &Workspace,
) -> Result<Beside, Failure> {
    let this = env::current_exe()?.display().to_string();
    let only = steps.iter().flat_map(|step| ["--only", step.name]);
    let arguments: Vec<_> = [this.as_str(), title].into_iter().chain(only).collect();
    let mut command = if companions.low_priority {
        program::new("nice", &[&["-n", "19"], &arguments[..]].concat(), &workspace.root)
    } else {
        program::new(arguments[0], &arguments[1..], &workspace.root)
    };
    // As `cargo run` does: the process finds the workspace by it, and does not pass it on either.
    command.env("CARGO_MANIFEST_DIR", env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    Beside::begin(command, &format!("{title}-{BESIDE}"), workspace)
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

/// Returns the outcome, after printing why a step was skipped. The reasons of failures are printed after all steps.
fn shown(result: Result<Outcome, Failure>) -> Outcome {
    let outcome = result.unwrap_or_else(|failure| Outcome::Failed(failure.to_string()));
    match &outcome {
        Outcome::Skipped(why) => println!("{why}"),
        Outcome::Failed(_) => println!("FAILED: the reason follows the last step"),
        Outcome::Passed | Outcome::Begun(_) => {}
    }
    outcome
}

/// Prints the reasons of all failures, then the table: a reader of a long log begins at its end.
fn conclude(title: &str, rows: &[Row]) -> Result<(), Failure> {
    for row in rows {
        if let Outcome::Failed(why) = &row.outcome {
            println!("\n== {title}: why {} failed\n{why}", row.name);
        }
    }
    println!("\n== {title}: all steps");
    println!("{:<14} {:>9} {:>11}", "", "time", "processors");
    let seconds = |time: Duration| format!("{:.1} s", time.as_secs_f64());
    for row in rows {
        println!("{:<14} {:>9} {:>11}  {}", row.name, seconds(row.took), seconds(row.processor), row.outcome);
    }
    let total: Duration = rows.iter().map(|row| row.took).sum();
    let processors: Duration = rows.iter().map(|row| row.processor).sum();
    println!("{:<14} {:>9} {:>11}", "total", seconds(total), seconds(processors));
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

/// Returns the first line, shortened to fit into a table; the whole text is printed before it.
fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().chars().take(120).collect()
}
