//! Running the fuzz targets.

use std::{
    fs,
    path::Path,
    process::{Command, ExitStatus, Stdio},
    sync::Mutex,
    thread,
    time::Duration,
};

use super::targets::{Fuzz, TARGETS, Target};
use crate::{failure::Failure, program, workspace::Workspace};

/// Targets that run at the same time.
const LANES: usize = 2;

/// Limits of one input in seconds and of a target in MiB: exceeding them is an error.
const LIMITS: [&str; 2] = ["-timeout=10", "-rss_limit_mb=2048"];

struct Ended {
    name: &'static str,
    status: ExitStatus,
    runs: u64,
    /// The output of libFuzzer.
    printed: String,
}

/// The time of each target, and the seed of its random numbers; `None`: another seed each time.
#[derive(Clone, Copy)]
pub(super) struct Effort {
    pub(super) time: Duration,
    pub(super) seed: Option<u32>,
}

/// Builds all targets and runs these. Fails if any crashes, after all have ended.
pub(super) fn all(targets: &[&'static Target], effort: Effort, workspace: &Workspace) -> Result<(), Failure> {
    let fuzz = Fuzz::find(workspace)?;
    nothing_forgotten(&fuzz)?;
    build(&fuzz)?;
    let host = host(&fuzz)?;
    let binaries = fuzz.target.join(host).join("release");

    let waiting = Mutex::new(targets.iter());
    let ended = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..LANES {
            scope.spawn(|| {
                while let Some(target) = waiting.lock().ok().and_then(|mut targets| targets.next()) {
                    println!("{}: {} s", target.name, effort.time.as_secs());
                    let result = one(&fuzz, &binaries, target, effort);
                    if let Ok(mut ended) = ended.lock() {
                        ended.push(result);
                    }
                }
            });
        }
    });
    let ended = ended.into_inner().map_err(|_| "a thread has panicked")?;
    let ended: Vec<_> = ended.into_iter().collect::<Result<_, _>>().map_err(Failure::from)?;
    conclude(&ended, effort.time)
}

pub(super) fn build(fuzz: &Fuzz) -> Result<(), Failure> {
    program::run(&mut fuzz.nightly(&["cargo", "fuzz", "build"]))
}

/// Inputs that libFuzzer finds go to a separate folder; the seeds are only read.
fn one(fuzz: &Fuzz, binaries: &Path, target: &Target, effort: Effort) -> Result<Ended, String> {
    let name = target.name;
    let found = fuzz.target.join("corpus").join(name);
    let artifacts = fuzz.directory.join("artifacts").join(name);
    for folder in [&found, &artifacts] {
        fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    }
    let mut command = Command::new(binaries.join(name));
    command
        .current_dir(&fuzz.directory)
        .arg(&found)
        .arg(Path::new("corpus").join(name))
        .arg(format!("-max_total_time={}", effort.time.as_secs()))
        .arg(format!("-dict={}.dict", target.dictionary))
        .arg(format!("-artifact_prefix=artifacts/{name}/"))
        .arg("-print_final_stats=1")
        .args(LIMITS)
        .args(effort.seed.map(|seed| format!("-seed={seed}")))
        .stdin(Stdio::null());
    let output = command.output().map_err(|error| format!("{name} cannot be started: {error}"))?;
    let printed = String::from_utf8_lossy(&output.stderr).into_owned();
    let runs = printed.lines().find_map(|line| line.strip_prefix("stat::number_of_executed_units:"));
    let runs = runs.and_then(|number| number.trim().parse().ok()).unwrap_or(0);
    Ok(Ended { name, status: output.status, runs, printed })
}

fn conclude(ended: &[Ended], time: Duration) -> Result<(), Failure> {
    println!("\n| target | runs | runs per second |\n|---|--:|--:|");
    for it in ended {
        println!("| {} | {} | {} |", it.name, it.runs, it.runs / time.as_secs().max(1));
    }
    let mut failed = Vec::new();
    for it in ended {
        if !it.status.success() {
            let artifact = it.printed.lines().find_map(|line| line.split("Test unit written to ").nth(1));
            let lines: Vec<_> = it.printed.lines().collect();
            println!(
                "\n{} ({}):\n{}",
                it.name,
                it.status,
                lines[lines.len().saturating_sub(40)..].join("\n")
            );
            failed.push(match artifact {
                Some(artifact) => format!("cargo +nightly fuzz run {} fuzz/{artifact}", it.name),
                None => format!("{}: {}", it.name, it.status),
            });
        } else if it.runs == 0 {
            failed.push(format!("{}: it ran nothing", it.name));
        }
    }
    if failed.is_empty() {
        return Ok(());
    }
    Err(format!("these targets failed; the command runs the input again:\n{}", failed.join("\n")).into())
}

/// Checks that the targets of `fuzz/Cargo.toml` and of the table are the same.
fn nothing_forgotten(fuzz: &Fuzz) -> Result<(), Failure> {
    let listed = program::output(&mut fuzz.nightly(&["cargo", "fuzz", "list"]))?;
    let mut listed: Vec<_> = listed.lines().collect();
    let mut known: Vec<_> = TARGETS.iter().map(|target| target.name).collect();
    listed.sort_unstable();
    known.sort_unstable();
    if listed == known {
        return Ok(());
    }
    Err(format!("fuzz/Cargo.toml has the targets {listed:?}, and `cargo xtask fuzz` knows {known:?}").into())
}

fn host(fuzz: &Fuzz) -> Result<String, Failure> {
    let printed = program::output(&mut fuzz.nightly(&["rustc", "-vV"]))?;
    let host = printed.lines().find_map(|line| line.strip_prefix("host: "));
    Ok(host.ok_or("rustc does not say what it runs on")?.to_owned())
}
